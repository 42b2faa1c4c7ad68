"""Articles to the ingest service: order, retries, and an end for each."""

from collections.abc import Callable
from dataclasses import dataclass, field

import httpx
import orjson
import pytest
from support.articles import make_article

from services.local import submit as module
from services.local.submissions import Submission
from services.local.submit import submit

UNAVAILABLE = {"type": "urn:claimwire:problem:unavailable", "status": 503}
INVALID = {"type": "urn:claimwire:problem:invalid-article", "status": 422}


@dataclass
class Service:
    """An ingest service that does as `trouble` says, which is asked for each line and each time."""

    trouble: Callable[[dict, int], dict | None] = lambda _article, _seen: None
    whole: list[httpx.Response] = field(default_factory=list)
    accepted: list[str] = field(default_factory=list)
    calls: int = 0
    _seen: dict[str, int] = field(default_factory=dict)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.calls += 1
        if self.whole:
            return self.whole.pop(0)
        results = []
        for number, line in enumerate(request.content.split(b"\n"), 1):
            article = orjson.loads(line)
            title = article["title"]
            self._seen[title] = self._seen.get(title, 0) + 1
            if problem := self.trouble(article, self._seen[title]):
                status = "failed" if problem["status"] == 503 else "rejected"
                results.append({"line": number, "status": status, "problem": problem})
            else:
                self.accepted.append(title)
                place = {"article_id": title, "action": "add", "partition": 0, "offset": len(self.accepted)}
                results.append({"line": number, "status": "accepted"} | place)
        return httpx.Response(200, content=b"\n".join(orjson.dumps(result) for result in results))


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch):
    monkeypatch.setattr(module, "_BACKOFF_SECONDS", (0.0,))


def make_submissions(*titles: str, **fields) -> list[Submission]:
    return [
        Submission(f"{title}.json", make_article(title=title, url=f"https://news.example/{title}") | fields)
        for title in titles
    ]


async def send(service: Callable, submissions: list[Submission], **options):
    return await submit(submissions, url="http://ingest", transport=httpx.MockTransport(service), **options)


async def test_every_submission_has_its_end_in_order():
    """Accepted and rejected, each with its file."""
    service = Service(trouble=lambda article, _: INVALID if article["title"] == "b" else None)
    summary = await send(service, make_submissions("a", "b", "c"))
    assert [end.origin for end in summary.accepted] == ["a.json", "c.json"]
    assert [(end.origin, end.problem) for end in summary.rejected] == [("b.json", INVALID)]
    assert not summary.failed
    assert not summary.is_complete


async def test_a_failed_line_is_sent_again_and_only_that():
    """What was accepted is not repeated."""
    service = Service(trouble=lambda article, seen: UNAVAILABLE if article["title"] == "b" and seen < 3 else None)
    summary = await send(service, make_submissions("a", "b", "c"))
    assert summary.is_complete
    assert service.accepted == ["a", "c", "b"]


async def test_a_replacement_still_comes_last_when_what_it_replaces_failed():
    """The later lines of the same article are sent again behind it."""
    service = Service(trouble=lambda article, seen: UNAVAILABLE if article["title"] == "add" and seen == 1 else None)
    same = {"url": "https://news.example/same"}
    await send(service, make_submissions("add", "replace", **same))
    assert service.accepted == ["replace", "add", "replace"]


async def test_batches_that_share_an_article_wait_for_each_other(monkeypatch):
    """Order is kept over batches too, also while one is being retried."""
    monkeypatch.setattr(module, "BATCH_ARTICLES", 1)
    service = Service(trouble=lambda article, seen: UNAVAILABLE if article["title"] == "add" and seen < 4 else None)
    await send(service, make_submissions("add", "replace", url="https://news.example/same"))
    assert service.accepted == ["add", "replace"]


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_a_refused_batch_is_sent_again(status):
    """After what Retry-After says."""
    service = Service(whole=[httpx.Response(status, headers={"Retry-After": "0"}, json={"title": "later"})])
    assert (await send(service, make_submissions("a"))).is_complete


async def test_an_unreachable_service_is_tried_again_and_then_a_failure():
    """The summary says what was not sent, and why."""
    calls = []

    def unreachable(request):
        calls.append(request)
        raise httpx.ConnectError("refused")

    summary = await send(unreachable, make_submissions("a"), attempts=3)
    assert len(calls) == 3
    assert [end.origin for end in summary.failed] == ["a.json"]
    assert "refused" in summary.failed[0].problem["detail"]


async def test_another_server_is_not_tried_again():
    """A 404 or an answer that is not ours will not change."""
    service = Service(whole=[httpx.Response(404, content=b"<html>")])
    summary = await send(service, make_submissions("a"))
    assert service.calls == 1
    assert summary.rejected[0].problem["status"] == 404


async def test_a_batch_over_the_services_limit_is_halved():
    """A service with lower limits than the client thinks is served in smaller parts."""

    class Small(Service):
        def __call__(self, request):
            if request.content.count(b"\n") > 1:
                self.calls += 1
                return httpx.Response(413, json={"title": "too many"})
            return super().__call__(request)

    service = Small()
    summary = await send(service, make_submissions(*"abcdefg"))
    assert summary.is_complete
    assert service.accepted == list("abcdefg")


async def test_an_article_over_the_limit_is_rejected():
    """Alone and still too large: there is nothing to halve."""
    service = Service(whole=[httpx.Response(413, json={"title": "too large"})])
    assert (await send(service, make_submissions("a"))).rejected[0].problem["status"] == 413


async def test_progress_is_told_batch_by_batch(monkeypatch):
    """A caller can show how far it is."""
    monkeypatch.setattr(module, "BATCH_ARTICLES", 2)
    told = []
    await send(Service(), make_submissions(*"abcde"), on_progress=lambda summary: told.append(len(summary.accepted)))
    assert told == [2, 4, 5]


async def test_a_key_is_shown_with_every_batch() -> None:
    """Where the service asks for one."""
    shown: list[str | None] = []
    service = Service()

    def answer(request: httpx.Request) -> httpx.Response:
        shown.append(request.headers.get("authorization"))
        return service(request)

    article = Submission("a", make_article(title="a"))
    await submit([article], url="http://ingest.example", key="cw_x", transport=httpx.MockTransport(answer))
    await submit([article], url="http://ingest.example", transport=httpx.MockTransport(answer))
    assert shown == ["Bearer cw_x", None]
