"""One article's whole way, from the request to the committed result, as one trace and in the logs."""

from pathlib import Path

import httpx
import orjson
import pytest
from support.articles import make_value
from support.collector import Collector

from services.contract.codec import header
from services.contract.topics import ENRICHED
from services.enrich.steps import STEPS
from services.local.records import reader
from services.local.stack import Stack, StackOptions

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(180)]

TRACE, CALLER = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
TEXT = "The minister of finance said on Monday that taxes would rise by three percent in Utrecht."


async def test_a_trace_goes_through_both_services(kafka: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The caller's span, ours at the door, the record's way through the worker and each step in it; logs name it too."""
    with Collector() as collector:
        monkeypatch.setenv("CLAIMWIRE_TRACING", "otlp")
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
        monkeypatch.setenv("CLAIMWIRE_LOG_FORMAT", "json")
        monkeypatch.setenv("CLAIMWIRE_LOG_LEVEL", "DEBUG")
        options = StackOptions(ingest_port=0, bootstrap_servers=kafka)
        async with (
            Stack(tmp_path, options, step=lambda _: None, notice=lambda _: None) as stack,
            httpx.AsyncClient(trust_env=False, timeout=30) as client,
            reader(stack.kafka, ENRICHED.name) as records,
        ):
            await records.seek_to_end()
            answer = await client.post(
                f"{stack.ingest_url}/v1/articles",
                content=make_value(body=TEXT, url="https://news.example/trace"),
                headers={"Content-Type": "application/json", "traceparent": f"00-{TRACE}-{CALLER}-01"},
            )
            id = answer.json()["article_id"]
            async for record in records.follow():
                if record.key == id.encode():
                    break
    # Stopping sent what was left.
    spans = {span.name: (service, span) for service, span in collector.spans if span.trace_id.hex() == TRACE}
    door_service, door = spans["POST /v1/articles"]
    way_service, way = spans["process news.articles.raw.v1"]
    assert (door_service, way_service) == ("claimwire-ingest", "claimwire-enrich")
    assert door.parent_span_id.hex() == CALLER
    assert spans["send news.articles.raw.v1"][1].parent_span_id == door.span_id
    assert way.parent_span_id == door.span_id
    assert header(record.headers, "traceparent") == f"00-{TRACE}-{door.span_id.hex()}-01".encode()
    for step in STEPS:
        _, span = spans[step.name]
        assert span.parent_span_id == way.span_id
        assert way.start_time_unix_nano <= span.start_time_unix_nano <= span.end_time_unix_nano
        assert span.end_time_unix_nano <= way.end_time_unix_nano

    for service, message in (("ingest", "accepted"), ("enrich-1", "committed as enriched")):
        log = (tmp_path / f"{service}.log").read_text()
        lines = [orjson.loads(line) for line in log.splitlines()]
        (line,) = [line for line in lines if line["message"] == message and line.get("trace_id") == TRACE]
        assert line["article_id"] == id
        assert "minister of finance" not in log
