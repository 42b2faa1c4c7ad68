"""The client side of `claimwire submit`: sends articles to the ingest service in batches, until each has an end.

`services.local.submissions` reads them from files. Nothing here knows the terminal: results go to the caller.
"""

import asyncio
import random
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import orjson

from services.contract import codec, identity
from services.contract.article import ArticleV1
from services.local.submissions import Submission

BATCH_ARTICLES = 500
BATCH_BYTES = 4 * 1024 * 1024
_CONCURRENT_BATCHES = 4
_BACKOFF_SECONDS = (0.2, 0.5, 1.0, 2.0, 4.0)
_MAX_RETRY_AFTER_SECONDS = 30.0
# An answer comes within the service's own time limit, unless a large body takes long to arrive.
_TIMEOUT = httpx.Timeout(60.0, connect=5.0)
_PASSING = frozenset({0, 408, 429, 500, 502, 503, 504})
_PATH = "/v1/articles:batch"


@dataclass(frozen=True, slots=True)
class Accepted:
    """An article that Kafka has."""

    origin: str
    article_id: str
    action: str
    partition: int
    offset: int


@dataclass(frozen=True, slots=True)
class Refused:
    """An article that was rejected (it breaks a rule) or failed (it may succeed later); `problem` says why."""

    origin: str
    problem: dict[str, Any]

    @property
    def is_passing(self) -> bool:
        """Whether sending it again may succeed. Without a status there was no answer."""
        status = self.problem.get("status", 0)
        return status in _PASSING


End = Accepted | Refused


@dataclass(slots=True)
class Summary:
    """What became of every submission, in their order."""

    accepted: list[Accepted] = field(default_factory=list)
    rejected: list[Refused] = field(default_factory=list)
    failed: list[Refused] = field(default_factory=list)

    def add(self, end: End) -> None:
        """Add what became of one submission."""
        if isinstance(end, Accepted):
            self.accepted.append(end)
        elif end.is_passing:
            self.failed.append(end)
        else:
            self.rejected.append(end)

    @property
    def is_complete(self) -> bool:
        """Whether all were accepted."""
        return not self.rejected and not self.failed


async def submit(
    submissions: Iterable[Submission],
    *,
    url: str,
    key: str | None = None,
    on_progress: Callable[[Summary], None] = lambda _: None,
    attempts: int = 6,
    transport: httpx.AsyncBaseTransport | None = None,
) -> Summary:
    """Send the articles to the ingest service at `url`, with an API key if it asks for one; return what became of each.

    Batches travel side by side, but for those that share an article: a replacement comes after what it replaces.
    """
    summary = Summary()
    running: deque[tuple[frozenset[str], asyncio.Task[list[End]]]] = deque()

    async def collect() -> None:
        _, task = running.popleft()
        for end in await task:
            summary.add(end)
        on_progress(summary)

    headers = {} if key is None else {"Authorization": f"Bearer {key}"}
    async with (
        httpx.AsyncClient(
            base_url=url, headers=headers, timeout=_TIMEOUT, trust_env=False, transport=transport
        ) as client,
        asyncio.TaskGroup() as group,
    ):
        for batch in _batches(submissions):
            ids = frozenset(item.article_id for item in batch if item.article_id)
            while len(running) >= _CONCURRENT_BATCHES or any(ids & others for others, _ in running):
                await collect()
            running.append((ids, group.create_task(_send(client, batch, attempts=attempts))))
        while running:
            await collect()
    return summary


@dataclass(frozen=True, slots=True)
class _Item:
    origin: str
    line: bytes
    article_id: str | None  # as the service will derive it; None if it will refuse the article


def _batches(submissions: Iterable[Submission]) -> Iterator[list[_Item]]:
    batch: list[_Item] = []
    size = 0
    for submission in submissions:
        item = _item(submission)
        if batch and (len(batch) >= BATCH_ARTICLES or size + len(item.line) > BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(item)
        size += len(item.line) + 1
    if batch:
        yield batch


def _item(submission: Submission) -> _Item:
    try:
        named = str(identity.article_id(codec.from_document(submission.article, ArticleV1)))
    except ValueError:
        named = None
    return _Item(submission.origin, orjson.dumps(submission.article), named)


async def _send(client: httpx.AsyncClient, batch: list[_Item], *, attempts: int) -> list[End]:
    """Send one batch until all of it is accepted or rejected, or `attempts` are used up."""
    ends: list[End | None] = [None] * len(batch)
    pending = list(range(len(batch)))
    for attempt in range(attempts):
        answer = await _post(client, [batch[index] for index in pending])
        if answer.is_too_large and len(pending) > 1:
            middle = len(batch) // 2
            halves = (batch[:middle], batch[middle:])
            return [end for half in halves for end in await _send(client, half, attempts=attempts)]
        for index, end in zip(pending, answer.ends, strict=True):
            ends[index] = end
        pending = _to_repeat(batch, ends)
        if not pending:
            break
        if attempt + 1 < attempts:
            await asyncio.sleep(answer.retry_after_seconds or _backoff_seconds(attempt))
    return [end for end in ends if end is not None]


def _to_repeat(batch: list[_Item], ends: list[End | None]) -> list[int]:
    """Return what has to be sent again: what failed, and what came after it for the same article."""
    repeated: set[str | None] = set()
    indices = []
    for index, (item, end) in enumerate(zip(batch, ends, strict=True)):
        has_failed = isinstance(end, Refused) and end.is_passing
        if has_failed or (item.article_id is not None and item.article_id in repeated):
            repeated.add(item.article_id)
            indices.append(index)
    return indices


def _backoff_seconds(attempt: int) -> float:
    longest = _BACKOFF_SECONDS[min(attempt, len(_BACKOFF_SECONDS) - 1)]
    return longest * random.uniform(0.5, 1.0)  # noqa: S311 - spreads clients, keeps no secret


@dataclass(frozen=True, slots=True)
class _Answer:
    ends: list[End]
    is_too_large: bool = False
    retry_after_seconds: float | None = None


async def _post(client: httpx.AsyncClient, items: list[_Item]) -> _Answer:
    content = b"\n".join(item.line for item in items)
    try:
        response = await client.post(_PATH, content=content, headers={"Content-Type": "application/x-ndjson"})
    except httpx.TransportError as error:
        detail = f"no answer from {client.base_url}: {error or type(error).__name__}"
        return _all_refused(items, {"title": "The service cannot be reached", "detail": detail})
    if response.status_code != httpx.codes.OK:
        refused = _all_refused(items, _problem(response))
        return _Answer(refused.ends, response.status_code == 413, _retry_after_seconds(response))
    try:
        results = [orjson.loads(line) for line in response.content.splitlines()]
        ends = [_end(item, result) for item, result in zip(items, results, strict=True)]
    except (ValueError, KeyError, TypeError):
        return _all_refused(items, {"title": "The answer is not one of the ingest service", "status": 400})
    waits = _retry_after_seconds(response)
    return _Answer(ends, retry_after_seconds=waits)


def _end(item: _Item, result: dict[str, Any]) -> End:
    if result["status"] == "accepted":
        return Accepted(item.origin, result["article_id"], result["action"], result["partition"], result["offset"])
    return Refused(item.origin, result["problem"])


def _all_refused(items: list[_Item], problem: dict[str, Any]) -> _Answer:
    return _Answer([Refused(item.origin, problem) for item in items])


def _problem(response: httpx.Response) -> dict[str, Any]:
    try:
        document = orjson.loads(response.content)
    except orjson.JSONDecodeError:
        document = None
    if not isinstance(document, dict):
        document = {"title": response.reason_phrase, "detail": f"HTTP status {response.status_code}"}
    return document | {"status": response.status_code}


def _retry_after_seconds(response: httpx.Response) -> float | None:
    value = response.headers.get("Retry-After", "")
    return min(float(value), _MAX_RETRY_AFTER_SECONDS) if value.isdecimal() else None
