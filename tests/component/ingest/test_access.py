"""Keys, quotas and idempotency over HTTP, without a network and without a Kafka."""

import asyncio
from datetime import timedelta

import orjson
import pytest
from support.articles import make_value
from support.intake import MovedClock, WritingPublisher, serving

from services.ingest.key_store import KeyStore, read_keys
from services.ingest.keys import new_text
from services.ingest.publish import NotPublished
from services.runtime.clock import SystemClock

JSON = {"Content-Type": "application/json"}
NDJSON = {"Content-Type": "application/x-ndjson"}
ID = "0d7a5c1e-2f9b-5d3c-8a61-7f0e6c2b9d14"


@pytest.fixture
def store(tmp_path) -> KeyStore:
    """Return the keys of one service, made before it starts."""
    store = KeyStore(tmp_path / "keys.sqlite")
    store.create("somebody-else")
    return store


@pytest.fixture
def keys_file(tmp_path, store):
    return tmp_path / "keys.sqlite"


def bearer(text: str) -> dict[str, str]:
    return JSON | {"Authorization": f"Bearer {text}"}


def batch(*titles: str) -> bytes:
    return b"\n".join(make_value(title=title, url=None, body=title) for title in titles)


def refused(intake, reason: str) -> float | None:
    return intake.metrics.registry.get_sample_value("claimwire_requests_refused_total", {"reason": reason})


async def post(client, headers, *, path: str = "/v1/articles", content: bytes | None = None):
    return await client.post(path, content=content or make_value(), headers=headers)


@pytest.mark.parametrize("header", ["Authorization", "X-API-Key"])
async def test_whoever_has_a_key_comes_in(store, keys_file, header):
    """Either header; the record has the key's name."""
    _, text = store.create("desk")
    given = {"Authorization": f"bearer {text}"} if header == "Authorization" else {"X-API-Key": text}
    async with serving(keys_file=keys_file) as (client, intake):
        response = await post(client, JSON | given)
    assert response.status_code == 202
    assert dict(intake.publisher.records[0].headers)["claimwire-producer"] == b"desk"


async def test_every_way_in_has_the_producers_name(store, keys_file):
    """Batches and retractions too."""
    _, text = store.create("desk")
    async with serving(keys_file=keys_file) as (client, intake):
        await post(client, bearer(text) | NDJSON, path="/v1/articles:batch", content=batch("a", "b"))
        await post(client, bearer(text), path=f"/v1/articles/{ID}:retract", content=b'{"reason":"x"}')
    assert [dict(r.headers)["claimwire-producer"] for r in intake.publisher.records] == [b"desk"] * 3


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"Authorization": "Basic dTpw"},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer nonsense"},
        {"Authorization": f"Bearer {new_text()}"},
        {"X-API-Key": new_text()[:-1]},
    ],
)
@pytest.mark.parametrize("path", ["/v1/articles", "/v1/articles:batch", f"/v1/articles/{ID}:retract"])
async def test_whoever_has_none_is_told_how(keys_file, path, given):
    """401 with a challenge, whatever is asked for; nothing is published."""
    async with serving(keys_file=keys_file) as (client, intake):
        response = await post(client, JSON | given, path=path)
        assert refused(intake, "unauthorised") == 1
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"].startswith('Bearer realm="claimwire"')
    assert ("error=" in response.headers["WWW-Authenticate"]) == (given not in ({}, {"Authorization": "Basic dTpw"}))
    assert response.json()["type"] == "urn:claimwire:problem:unauthorised"
    assert not intake.publisher.records


async def test_a_body_that_nobody_vouches_for_is_not_read(keys_file):
    """A stranger costs no memory; one that waits for 100-continue is sent away."""

    async def never():
        raise AssertionError("it was read")
        yield b""

    async with serving(keys_file=keys_file) as (client, _):
        response = await client.post("/v1/articles", content=never(), headers=JSON | {"Expect": "100-continue"})
    assert response.status_code == 401
    assert response.headers["Connection"] == "close"


async def test_operators_need_no_key(keys_file):
    """Probes, metrics and the documents are not what keys are for."""
    async with serving(keys_file=keys_file) as (client, _):
        for path in ("/livez", "/readyz", "/metrics", "/openapi.json", "/docs"):
            assert (await client.get(path)).status_code == 200


async def test_changes_are_seen_without_a_restart(store, keys_file):
    """A key made, rotated, revoked and expired, a second later each."""
    clock = MovedClock(seconds=SystemClock().now().timestamp())
    async with serving(keys_file=keys_file, clock=clock) as (client, _):

        async def status(text: str) -> tuple[int, str]:
            clock.seconds += 1
            response = await post(client, bearer(text))
            return response.status_code, response.json().get("detail", "")

        first, text = store.create("desk", lifetime=timedelta(hours=1))
        assert (await status(text))[0] == 202
        second, successor = store.rotate(first.id, grace=timedelta(minutes=30))
        assert ((await status(text))[0], (await status(successor))[0]) == (202, 202)
        clock.seconds += 31 * 60
        assert await status(text) == (401, f"the key {first.id} has expired")
        assert (await status(successor))[0] == 202
        store.revoke(second.id)
        assert await status(successor) == (401, f"the key {second.id} was revoked")


async def test_a_file_that_goes_away_keeps_nobody_out(store, keys_file, caplog):
    """What was known stays in force, and the log says so once; when it is back, what it says holds."""
    clock = MovedClock()
    key, text = store.create("desk")
    away = keys_file.with_name("away")
    async with serving(keys_file=keys_file, clock=clock) as (client, _):
        keys_file.rename(away)
        for _ in range(3):
            clock.seconds += 1
            assert (await post(client, bearer(text))).status_code == 202
        KeyStore(away).revoke(key.id)
        away.rename(keys_file)
        clock.seconds += 1
        assert (await post(client, bearer(text))).status_code == 401
    assert caplog.text.count("stay in force") == 1


async def test_what_is_over_the_quota_comes_later(store, keys_file):
    """429 with the seconds; after them it is taken. Another's quota is another's."""
    clock = MovedClock()
    _, text = store.create("desk", quota="2/min")
    _, other = store.create("other", quota="2/min")
    async with serving(keys_file=keys_file, clock=clock) as (client, intake):
        assert [(await post(client, bearer(text))).status_code for _ in range(3)] == [202, 202, 429]
        over = await post(client, bearer(text))
        assert over.json()["type"] == "urn:claimwire:problem:over-quota"
        assert over.headers["Retry-After"] == "30"
        assert refused(intake, "over_quota") == 2
        assert (await post(client, bearer(other))).status_code == 202
        clock.seconds += 30
        assert (await post(client, bearer(text))).status_code == 202
    assert len(intake.publisher.records) == 4


async def test_every_answer_says_what_is_left(store, keys_file):
    """Successes, mistakes and refusals; nothing where there is no quota."""
    _, text = store.create("desk", quota="3/min")
    _, free = store.create("free")
    async with serving(keys_file=keys_file, clock=MovedClock()) as (client, _):
        answers = [await post(client, bearer(text), content=content) for content in (None, b"{", None, None)]
        unlimited = await post(client, bearer(free))
    assert [answer.status_code for answer in answers] == [202, 400, 202, 429]
    assert [answer.headers["RateLimit"] for answer in answers] == [
        '"articles";r=2;t=20',
        '"articles";r=1;t=40',
        '"articles";r=0;t=60',
        '"articles";r=0;t=60',
    ]
    assert {answer.headers["RateLimit-Policy"] for answer in answers} == {'"articles";q=3;w=60;qu="articles"'}
    assert "RateLimit" not in unlimited.headers


async def test_a_batch_costs_what_it_has(store, keys_file):
    """Each article; one larger than the quota comes in and is paid for before the next."""
    clock = MovedClock()
    _, text = store.create("desk", quota="10/min")
    headers = bearer(text) | NDJSON
    async with serving(keys_file=keys_file, clock=clock) as (client, _):
        some = await post(client, headers, path="/v1/articles:batch", content=batch(*"abcd"))
        assert some.headers["RateLimit"] == '"articles";r=6;t=24'
        assert (await post(client, headers, path="/v1/articles:batch", content=batch(*"abcdefghijkl"))).is_success
        over = await post(client, headers, path="/v1/articles:batch", content=batch("a"))
        assert (over.status_code, over.headers["Retry-After"]) == (429, "42")
        clock.seconds += 42
        assert (await post(client, headers, path="/v1/articles:batch", content=batch("a"))).status_code == 200


async def test_batches_side_by_side_cannot_borrow_twice(store, keys_file):
    """The second is refused when the first has used up what there was."""
    _, text = store.create("desk", quota="2/min")
    entered = asyncio.Barrier(2)

    async def content(lines: bytes):
        await entered.wait()
        yield lines

    async with serving(keys_file=keys_file, clock=MovedClock()) as (client, intake):
        posts = [
            client.post("/v1/articles:batch", content=content(batch(*"abcde")), headers=bearer(text) | NDJSON)
            for _ in range(2)
        ]
        statuses = [response.status_code for response in await asyncio.gather(*posts)]
    assert sorted(statuses) == [200, 429]
    assert len(intake.publisher.records) == 5


async def test_a_failure_of_ours_costs_nothing(store, keys_file):
    """What Kafka did not take can be sent again within the quota."""
    trouble: list[Exception] = [NotPublished("gone")]
    _, text = store.create("desk", quota="3/min")
    publisher = WritingPublisher(trouble=lambda record: trouble[0] if trouble and b"bad" in record.value else None)
    headers = bearer(text) | NDJSON
    async with serving(publisher, keys_file=keys_file, clock=MovedClock()) as (client, _):
        single = await post(client, bearer(text), content=make_value(title="bad"))
        whole = await post(client, headers, path="/v1/articles:batch", content=batch("bad 1", "bad 2") + b"\n{")
        partial = await post(client, headers, path="/v1/articles:batch", content=batch("bad 3", "good"))
    assert [response.status_code for response in (single, whole, partial)] == [503, 503, 200]
    assert [response.headers["RateLimit"].split(";")[1] for response in (single, whole, partial)] == [
        "r=3",
        "r=3",
        "r=2",
    ]


@pytest.mark.parametrize(
    ("path", "headers", "content"),
    [
        ("/v1/articles", JSON, make_value()),
        ("/v1/articles:batch", NDJSON, batch("a", "b") + b"\n{"),
        (f"/v1/articles/{ID}:retract", JSON, b'{"reason":"x"}'),
    ],
)
async def test_the_same_request_has_the_same_answer(path, headers, content):
    """Byte for byte, and nothing is published again."""
    async with serving() as (client, intake):
        asked = headers | {"Idempotency-Key": '"one"'}
        first, again = [await post(client, asked, path=path, content=content) for _ in range(2)]
        published = len(intake.publisher.records)
        other = await post(client, headers | {"Idempotency-Key": '"two"'}, path=path, content=content)
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again.headers.get("Location") == first.headers.get("Location")
    assert again.headers["Content-Type"] == first.headers["Content-Type"]
    assert again.headers["Idempotent-Replayed"] == "true"
    assert not {"Idempotent-Replayed"} & {*first.headers, *other.headers}
    assert len(intake.publisher.records) == 2 * published


async def test_an_article_that_is_answered_again_is_counted_once():
    """Accepted is what Kafka has."""
    async with serving() as (client, intake):
        for _ in range(3):
            await post(client, JSON | {"Idempotency-Key": "one"})
    value = intake.metrics.registry.get_sample_value
    assert value("claimwire_articles_submitted_total", {"channel": "http", "outcome": "accepted"}) == 1
    assert value("claimwire_requests_replayed_total") == 2


async def test_a_key_used_for_something_else_is_a_422():
    """Another body is another request."""
    async with serving() as (client, intake):
        asked = JSON | {"Idempotency-Key": "one"}
        await post(client, asked)
        response = await post(client, asked, content=make_value(title="other"))
    assert response.status_code == 422
    assert response.json()["type"] == "urn:claimwire:problem:idempotency-mismatch"
    assert len(intake.publisher.records) == 1


async def test_a_mended_article_can_have_the_same_key():
    """A refusal changed nothing, so it is not kept."""
    async with serving() as (client, _):
        asked = JSON | {"Idempotency-Key": "one"}
        statuses = [(await post(client, asked, content=content)).status_code for content in (b"{}", make_value())]
    assert statuses == [422, 202]


async def test_what_failed_is_tried_again_under_its_key():
    """A 503, and a batch of which something failed, are not the answer for ever."""
    trouble: list[Exception] = [NotPublished("gone")]
    publisher = WritingPublisher(trouble=lambda record: trouble[0] if trouble and b"bad" in record.value else None)
    async with serving(publisher) as (client, _):

        async def ask():
            single = await post(client, JSON | {"Idempotency-Key": "one"}, content=make_value(title="bad"))
            many = await post(
                client,
                NDJSON | {"Idempotency-Key": "two"},
                path="/v1/articles:batch",
                content=batch("good", "bad"),
            )
            return single.status_code, [orjson.loads(line)["status"] for line in many.content.splitlines()]

        assert await ask() == (503, ["accepted", "failed"])
        trouble.clear()
        assert await ask() == (202, ["accepted", "accepted"])


async def test_two_at_once_are_published_once():
    """One is answered, the other told to come again."""
    may_end = asyncio.Event()

    class Slow(WritingPublisher):
        async def confirm(self, handed):
            await may_end.wait()
            return await super().confirm(handed)

    async with serving(Slow()) as (client, intake):
        asked = JSON | {"Idempotency-Key": "one"}
        first = asyncio.create_task(post(client, asked))
        async with asyncio.timeout(10):
            while not intake.publisher.records:
                await asyncio.sleep(0)
        twin = await post(client, asked)
        may_end.set()
        assert (await first).status_code == 202
        assert (await post(client, asked)).headers["Idempotent-Replayed"] == "true"
    assert (twin.status_code, twin.json()["type"]) == (409, "urn:claimwire:problem:idempotency-conflict")
    assert twin.headers["Retry-After"] == "1"
    assert len(intake.publisher.records) == 1


async def test_two_producers_can_use_one_key(store, keys_file):
    """Nobody is given another's answer; a producer's keys share theirs, so that one can be rotated."""
    key, text = store.create("desk")
    _, other = store.create("other")
    _, successor = store.rotate(key.id, grace=timedelta(hours=1))
    async with serving(keys_file=keys_file) as (client, _):
        answers = [await post(client, bearer(t) | {"Idempotency-Key": "one"}) for t in (text, other, successor)]
    assert ["Idempotent-Replayed" in answer.headers for answer in answers] == [False, False, True]


@pytest.mark.parametrize("is_asked", [True, False])
async def test_the_document_says_whether_a_key_is_needed(keys_file, is_asked):
    """As this service runs; the two ways to send one are named."""
    async with serving(keys_file=keys_file if is_asked else None) as (client, _):
        document = (await client.get("/openapi.json")).json()
    assert ({} in document["security"]) != is_asked
    assert set(document["components"]["securitySchemes"]) == {"bearer", "apiKey"}
    for item in document["paths"].values():
        names = {parameter["name"] for parameter in item["post"]["parameters"]}
        assert "Idempotency-Key" in names
        assert {"401", "409", "429"} <= set(item["post"]["responses"])


async def test_no_key_and_no_name_is_in_the_metrics(store, keys_file):
    """Whoever reads them learns who sends nothing."""
    key, text = store.create("desk", quota="1/min")
    async with serving(keys_file=keys_file) as (client, _):
        for headers in (bearer(text), bearer(text), bearer(new_text())):
            await post(client, headers | {"Idempotency-Key": "secret-word"})
        exported = (await client.get("/metrics")).text
    assert not [word for word in (key.id, "desk", text, "secret-word") if word in exported]
    assert len(read_keys(keys_file)) == 2
