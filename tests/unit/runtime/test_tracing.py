"""Traces go on from where the caller's was; without OpenTelemetry they still have ids."""

import re
import time
from datetime import UTC, datetime, timedelta

import pytest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode
from pydantic import ValidationError

from services.contract.codec import traceparent
from services.runtime.settings import ServiceSettings
from services.runtime.tracing import NoTracing, OpenTelemetry, Stretch, TracingError, can_trace, tracing

VALID = b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
INVALID = [
    None,
    b"",
    b"nonsense",
    VALID.upper(),
    VALID + b"-more",
    b"ff" + VALID[2:],
    b"00-" + b"0" * 32 + b"-b7ad6b7169203331-01",
    b"00-0af7651916cd43dd8448eb211c80319c-" + b"0" * 16 + b"-01",
    VALID + b"\n" + VALID,
]


@pytest.mark.parametrize("given", [VALID, b"  " + VALID + b" "])
def test_takes_over_a_valid_traceparent(given: bytes) -> None:
    """A caller's trace goes on."""
    assert traceparent(given) == VALID


def test_writes_a_later_version_as_00() -> None:
    """What a later version adds is dropped: only version 00 is known here."""
    assert traceparent(b"01" + VALID[2:] + b"-more") == VALID


@pytest.mark.parametrize("given", INVALID)
def test_starts_a_trace_instead_of_an_invalid_one(given: bytes | None) -> None:
    """Nothing invalid is passed on, and every request has a trace of its own."""
    parent = traceparent(given)
    assert parent is None
    with (
        NoTracing().span("a", kind="server", parent=parent, attributes={}) as one,
        NoTracing().span("b", kind="server", parent=parent, attributes={}) as other,
    ):
        assert re.fullmatch(rb"00-[0-9a-f]{32}-[0-9a-f]{16}-01", one.traceparent)
        assert one.traceparent != other.traceparent


AT = datetime(2026, 1, 1, tzinfo=UTC)


def stretch(name: str, **fields) -> Stretch:
    """Return two seconds of something."""
    given = {"kind": "consumer", "start": AT, "end": AT + timedelta(seconds=2), "attributes": {}}
    return Stretch(name=name, **given | fields)


def test_spans_have_the_parent_that_they_were_given() -> None:
    """One open span inside the caller's trace, one noted afterwards inside that, with a part."""
    exporter = InMemorySpanExporter()
    spans = OpenTelemetry("test", "0", exporter)
    with spans.span("outer", kind="server", parent=VALID, attributes={"a": 1}) as outer:
        outer.end(202)
    spans.record(stretch("inner", parts=(stretch("part"),)), parent=outer.traceparent)
    spans.stop()
    found = {span.name: span for span in exporter.get_finished_spans()}
    assert f"{found['outer'].context.trace_id:032x}" == VALID[3:35].decode()
    assert f"{found['outer'].parent.span_id:016x}" == VALID[36:52].decode()
    assert dict(found["outer"].attributes) == {"a": 1, "http.response.status_code": 202}
    assert found["inner"].parent.span_id == found["outer"].context.span_id
    assert found["part"].parent.span_id == found["inner"].context.span_id
    assert found["inner"].end_time - found["inner"].start_time == 2_000_000_000
    assert found["inner"].resource.attributes["service.name"] == "test"


def test_what_failed_is_a_failed_span_and_quotes_nothing() -> None:
    """An exception, an answer of ours that is an error, a dead letter; by their kinds, without their words."""
    exporter = InMemorySpanExporter()
    spans = OpenTelemetry("test", "0", exporter)
    with pytest.raises(ValueError, match="says"), spans.span("raises", kind="server", parent=None, attributes={}):
        raise ValueError("what an article says")
    with spans.span("answers", kind="server", parent=None, attributes={}) as answers:
        answers.end(503)
    spans.record(stretch("letter", attributes={"error.type": "timeout"}), parent=None)
    spans.stop()
    found = exporter.get_finished_spans()
    assert [span.status.status_code for span in found] == [StatusCode.ERROR] * 3
    assert [span.attributes["error.type"] for span in found] == ["ValueError", "503", "timeout"]
    assert "article" not in "".join(span.to_json() for span in found)


def test_switched_off_by_opentelemetry_itself_a_trace_still_has_an_id(monkeypatch: pytest.MonkeyPatch) -> None:
    """OTEL_SDK_DISABLED is a standard variable; requests and records go on."""
    monkeypatch.setenv("OTEL_SDK_DISABLED", "true")
    spans = OpenTelemetry("test", "0", InMemorySpanExporter())
    with spans.span("x", kind="server", parent=None, attributes={}) as span:
        assert re.fullmatch(rb"00-[0-9a-f]{32}-[0-9a-f]{16}-01", span.traceparent)
    with spans.span("x", kind="server", parent=VALID, attributes={}) as span:
        assert span.traceparent[3:35] == VALID[3:35]
    spans.record(stretch("x"), parent=None)


def test_a_collector_that_hangs_keeps_nobody() -> None:
    """The last spans are lost then; the process ends."""

    class Hanging(InMemorySpanExporter):
        def export(self, spans):
            time.sleep(30)

    spans = OpenTelemetry("test", "0", Hanging())
    with spans.span("x", kind="server", parent=None, attributes={}):
        pass
    started = time.monotonic()
    spans.stop()
    assert time.monotonic() - started < 10


def test_without_the_packages_the_setting_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """The extra is optional, and the message says how to have it."""
    monkeypatch.setattr("services.runtime.settings.can_trace", lambda: False)
    with pytest.raises(ValidationError, match=re.escape("pip install 'claimwire[tracing]'")):
        ServiceSettings(CLAIMWIRE_TRACING="otlp")
    assert can_trace()


def test_what_opentelemetry_refuses_is_one_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its own variables are read by it."""
    monkeypatch.setenv("OTEL_BSP_MAX_QUEUE_SIZE", "10")
    with pytest.raises(TracingError, match="refuses a setting"):
        tracing("otlp", service="ingest", version="0")
