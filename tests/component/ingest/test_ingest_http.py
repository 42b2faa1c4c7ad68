"""The ingest service's answers, without a network and without a Kafka."""

import asyncio
import gzip

import orjson
import pytest
from support.articles import make_value
from support.intake import WritingPublisher, serving

from services.ingest.problems import KINDS
from services.ingest.publish import AtCapacity, NotPublished, OverTopicLimit

JSON = {"Content-Type": "application/json"}
NDJSON = {"Content-Type": "application/x-ndjson"}
ID = "0d7a5c1e-2f9b-5d3c-8a61-7f0e6c2b9d14"


def assert_problem(response, name: str, status: int) -> dict:
    assert response.status_code == status
    assert response.headers["Content-Type"] == "application/problem+json"
    document = response.json()
    assert (document["type"], document["status"]) == (f"urn:claimwire:problem:{name}", status)
    return document


async def test_an_accepted_article_has_a_place_and_a_location():
    """202 carries the record's coordinates."""
    async with serving() as (client, intake):
        response = await client.post("/v1/articles", content=make_value(), headers=JSON)
    (record,) = intake.publisher.records
    assert response.status_code == 202
    assert response.headers["Location"] == f"/v1/articles/{record.article_id}"
    assert response.json() == {
        "article_id": str(record.article_id),
        "status": "accepted",
        "action": "add",
        "topic": "news.articles.raw.v1",
        "partition": 0,
        "offset": 0,
    }


async def test_the_callers_trace_goes_on():
    """The record carries the request's traceparent."""
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    async with serving() as (client, intake):
        await client.post("/v1/articles", content=make_value(), headers=JSON | {"traceparent": trace})
    assert dict(intake.publisher.records[0].headers)["traceparent"] == trace.encode()


async def test_every_submission_is_an_event_of_its_own():
    """Sent twice, an article has one id and two event ids."""
    async with serving() as (client, intake):
        for _ in range(2):
            await client.post("/v1/articles", content=make_value(), headers=JSON)
    first, second = intake.publisher.records
    assert first.key == second.key
    assert dict(first.headers)["ce_id"] != dict(second.headers)["ce_id"]


@pytest.mark.parametrize(
    ("error", "name", "status"),
    [
        (NotPublished("gone"), "unavailable", 503),
        (AtCapacity("full"), "overloaded", 503),
        (OverTopicLimit("large"), "too-large", 413),
    ],
)
async def test_what_kafka_did_not_confirm_is_never_accepted(error, name, status):
    """503 says when to come again."""
    async with serving(WritingPublisher(trouble=lambda _: error)) as (client, _):
        response = await client.post("/v1/articles", content=make_value(), headers=JSON)
    assert_problem(response, name, status)
    assert ("Retry-After" in response.headers) == (status == 503)


@pytest.mark.parametrize(("path", "headers"), [("", JSON), (":batch", NDJSON), (f"/{ID}:retract", JSON)])
async def test_at_capacity_a_body_is_not_even_read(path, headers):
    """503 early rather than late: the client may keep its bytes."""

    async def never():
        raise AssertionError("it was read")
        yield b""

    async with serving(WritingPublisher(is_full=True)) as (client, _):
        response = await client.post(f"/v1/articles{path}", content=never(), headers=headers)
    assert_problem(response, "overloaded", 503)
    assert response.headers["Retry-After"] == "1"


async def test_without_memory_for_it_a_body_is_not_even_read():
    """What it announces is compared with what there is."""
    async with serving() as (client, intake):
        with intake.budget.hold() as held:
            held.take(intake.settings.max_held_bytes - 100)
            response = await client.post("/v1/articles", content=make_value(), headers=JSON)
            assert_problem(response, "overloaded", 503)
        assert (await client.post("/v1/articles", content=make_value(), headers=JSON)).status_code == 202


async def test_a_batch_of_which_kafka_took_nothing_is_a_503():
    """Not a 200 in which every line failed."""
    body = b"\n".join([make_value(title="1"), b"{", make_value(title="2")])
    async with serving(WritingPublisher(trouble=lambda _: NotPublished("gone"))) as (client, _):
        response = await client.post("/v1/articles:batch", content=body, headers=NDJSON)
    assert_problem(response, "unavailable", 503)
    assert "Retry-After" in response.headers


async def test_a_batch_of_bad_lines_is_a_200():
    """Its client's fault is told line by line."""
    async with serving() as (client, _):
        response = await client.post("/v1/articles:batch", content=b"{\n[]\n", headers=NDJSON)
    assert response.status_code == 200
    assert [orjson.loads(line)["status"] for line in response.content.splitlines()] == ["rejected", "rejected"]


async def test_a_retraction_is_accepted():
    """Its record has the id of the path."""
    async with serving() as (client, intake):
        response = await client.post(f"/v1/articles/{ID}:retract", content=b'{"reason":"false"}', headers=JSON)
    assert (response.status_code, response.json()["action"]) == (202, "retract")
    assert intake.publisher.records[0].key == ID.encode()


@pytest.mark.parametrize(
    ("request_line", "headers", "body", "name", "status"),
    [
        ("GET /nothing", {}, b"", "not-found", 404),
        ("GET /v1/articles/", {}, b"", "not-found", 404),
        ("GET /v1/articles", {}, b"", "method-not-allowed", 405),
        ("DELETE /livez", {}, b"", "method-not-allowed", 405),
        ("POST /v1/articles", {}, b"{}", "unsupported-media-type", 415),
        ("POST /v1/articles", JSON | {"Content-Encoding": "br"}, b"{}", "unsupported-encoding", 415),
        ("POST /v1/articles", JSON | {"Content-Encoding": "gzip"}, b"{}", "bad-encoding", 400),
        ("POST /v1/articles", JSON, b"{", "not-json", 400),
        ("POST /v1/articles", JSON, b"", "not-json", 400),
        ("POST /v1/articles", JSON, b"{}", "invalid-article", 422),
        (f"POST /v1/articles/{ID}:retract", JSON, b"{}", "invalid-article", 422),
        ("POST /v1/articles/it:retract", JSON, b'{"reason":"x"}', "invalid-article", 422),
        ("POST /v1/articles", JSON, b"x" * 5_000_000, "too-large", 413),
        (f"POST /v1/articles/{ID}:retract", JSON, b"x" * 70_000, "too-large", 413),
        ("POST /v1/articles:batch", JSON, b"{}", "unsupported-media-type", 415),
        ("POST /v1/articles:batch", NDJSON, b"{}\n" * 5_001, "too-many-articles", 413),
        ("POST /v1/articles:batch", NDJSON, b" " * 17_000_000, "too-large", 413),
    ],
)
async def test_every_refusal_is_a_problem(request_line, headers, body, name, status):
    """A stable type and the status of HTTP."""
    method, path = request_line.split()
    async with serving() as (client, _):
        response = await client.request(method, path, content=body, headers=headers)
    assert_problem(response, name, status)


async def test_a_broken_rule_is_shown_by_its_pointer():
    """422 lists each with an RFC 6901 pointer."""
    async with serving() as (client, _):
        response = await client.post("/v1/articles", content=b'{"title":3,"body":"x"}', headers=JSON)
    assert [error["pointer"] for error in assert_problem(response, "invalid-article", 422)["errors"]] == ["/title"]


async def test_a_body_that_does_not_come_is_given_up():
    """408, and the connection is not used again."""

    async def never():
        yield b"{"
        await asyncio.Event().wait()

    async with serving(body_timeout_seconds=0.01) as (client, _):
        response = await client.post("/v1/articles", content=never(), headers=JSON)
    assert_problem(response, "too-slow", 408)
    assert response.headers["Connection"] == "close"


async def test_a_bug_gives_nothing_away(caplog):
    """500 is a problem without a trace; the log has it."""
    async with serving(WritingPublisher(trouble=lambda _: KeyError("secret"))) as (client, _):
        response = await client.post("/v1/articles", content=make_value(), headers=JSON)
    assert_problem(response, "internal", 500)
    assert b"secret" not in response.content
    assert b"Traceback" not in response.content
    assert "secret" in caplog.text


async def test_a_compressed_batch_is_read():
    """Compression works for batches as for single articles."""
    async with serving() as (client, intake):
        body = gzip.compress(b"\n".join(make_value(title=str(n)) for n in range(3)))
        await client.post("/v1/articles:batch", content=body, headers=NDJSON | {"Content-Encoding": "gzip"})
    assert len(intake.publisher.records) == 3


async def test_readiness_says_why_not():
    """It lives, and it is not ready."""
    async with serving(WritingPublisher(obstacle="no broker")) as (client, _):
        live, ready = await client.get("/livez"), await client.get("/readyz")
    assert live.status_code == 200
    assert (ready.status_code, ready.json()["failures"]) == (503, {"kafka": "no broker"})


async def test_metrics_have_the_routes_template_and_never_a_path():
    """Whatever paths and methods clients make up, the labels stay few."""
    async with serving() as (client, _):
        await client.post("/v1/articles", content=make_value(), headers=JSON)
        await client.post(f"/v1/articles/{ID}:retract", content=b'{"reason":"x"}', headers=JSON)
        await client.get("/v1/articles")
        for path in ("/made/up", "/v1/articles/x/y"):
            await client.request("BREW", path)
        text = (await client.get("/metrics")).text
    counted = [line for line in text.splitlines() if line.startswith("claimwire_http_requests_total{")]
    counted = [line for line in counted if not line.endswith(" 0.0")]
    assert sorted(counted) == [
        'claimwire_http_requests_total{code="202",method="POST",route="/v1/articles"} 1.0',
        'claimwire_http_requests_total{code="202",method="POST",route="/v1/articles/{article_id}:retract"} 1.0',
        'claimwire_http_requests_total{code="404",method="other",route="unmatched"} 2.0',
        'claimwire_http_requests_total{code="405",method="GET",route="/v1/articles"} 1.0',
    ]
    assert ID not in text


async def test_metrics_count_articles_by_their_end():
    """Accepted, rejected (with the reason) and failed."""
    publisher = WritingPublisher(trouble=lambda record: NotPublished("gone") if b"bad luck" in record.value else None)
    async with serving(publisher) as (client, intake):
        lines = [make_value(), b"{}", make_value(title="bad luck"), b"{"]
        await client.post("/v1/articles:batch", content=b"\n".join(lines), headers=NDJSON)
        await client.post("/v1/articles", content=b"", headers=JSON)
    value = intake.metrics.registry.get_sample_value
    outcomes = {
        outcome: value("claimwire_articles_submitted_total", {"channel": "http", "outcome": outcome})
        for outcome in ("accepted", "rejected", "failed")
    }
    assert outcomes == {"accepted": 1, "rejected": 3, "failed": 1}
    reasons = {
        reason: value("claimwire_articles_rejected_total", {"channel": "http", "reason": reason})
        for reason in ("invalid", "not_json", "empty")
    }
    assert reasons == {"invalid": 1, "not_json": 1, "empty": 1}


async def test_the_page_asks_nobody_else():
    """/docs and all that it loads come from here, and the policy permits nothing else."""
    async with serving() as (client, _):
        page = await client.get("/docs")
        for address in ("/docs/swagger-ui.css", "/docs/swagger-ui-bundle.js", "/docs/start.js", "/openapi.json"):
            assert (await client.get(address)).status_code == 200
            assert address in page.text or address == "/openapi.json"
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert "//" not in page.text.replace("<!doctype", "")
    assert "<script>" not in page.text


async def test_the_document_describes_every_route_and_problem():
    """OpenAPI 3.1, each reference resolves, and no problem is left out."""
    async with serving() as (client, _):
        document = (await client.get("/openapi.json")).json()
    assert document["openapi"].startswith("3.1")
    assert set(document["paths"]) == {
        "/v1/articles",
        "/v1/articles:batch",
        "/v1/articles/{article_id}:retract",
    }
    text = orjson.dumps(document).decode()
    for name in {part.split('"')[0] for part in text.split("#/components/schemas/")[1:]}:
        assert name in document["components"]["schemas"]
    unrouted = {"not-found", "method-not-allowed"}  # they belong to no route
    assert {kind.name for kind in KINDS if kind.type not in text} == unrouted


async def test_the_documents_examples_are_accepted():
    """What the reference shows works."""
    async with serving() as (client, intake):
        document = (await client.get("/openapi.json")).json()
        for path, item in document["paths"].items():
            ((media_type, content),) = item["post"]["requestBody"]["content"].items()
            for example in content["examples"].values():
                body = orjson.dumps(example["value"])
                address = path.replace("{article_id}", ID)
                response = await client.post(address, content=body, headers={"Content-Type": media_type})
                assert response.status_code in {200, 202}
    assert len(intake.publisher.records) == 3


async def test_series_stay_few_whatever_clients_ask_for():
    """Paths, methods, media types and ids of anybody's choosing cost no series each."""
    async with serving() as (client, intake):

        async def count(numbers: range) -> int:
            for n in numbers:
                await client.request(f"METHOD{n}", f"/path/{n}")
                await client.get(f"/v1/articles/{n}?q={n}")
                await client.post(f"/v1/articles/{n}:retract", content=b"{}", headers=JSON)
                await client.post("/v1/articles", content=b"{", headers={"Content-Type": f"x/{n}"})
            return sum(len(family.samples) for family in intake.metrics.registry.collect())

        assert await count(range(1)) == await count(range(1, 30))
