"""Traces go on from where the caller's was; without OpenTelemetry they still have ids."""

import re
import time
from datetime import UTC, datetime, timedelta

import pytest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from services.contract.codec import traceparent
from services.runtime.tracing import NoTracing, OpenTelemetry, TracingError, tracing

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


def test_spans_have_the_parent_that_they_were_given() -> None:
    """One open span inside the caller's trace, one noted afterwards inside that."""
    exporter = InMemorySpanExporter()
    spans = OpenTelemetry("test", "0", exporter)
    with spans.span("outer", kind="server", parent=VALID, attributes={"a": 1}) as outer:
        outer.note({"b": 2})
    at = datetime(2026, 1, 1, tzinfo=UTC)
    spans.record(
        "inner",
        kind="consumer",
        parent=outer.traceparent,
        start=at,
        end=at + timedelta(seconds=2),
        attributes={},
    )
    spans.stop()
    first, second = exporter.get_finished_spans()
    assert f"{first.context.trace_id:032x}" == VALID[3:35].decode()
    assert f"{first.parent.span_id:016x}" == VALID[36:52].decode()
    assert dict(first.attributes) == {"a": 1, "b": 2}
    assert second.parent.span_id == first.context.span_id
    assert second.end_time - second.start_time == 2_000_000_000
    assert second.resource.attributes["service.name"] == "test"


def test_an_exception_is_a_failed_span() -> None:
    """And goes on to whoever handles it."""
    exporter = InMemorySpanExporter()
    spans = OpenTelemetry("test", "0", exporter)
    with pytest.raises(ZeroDivisionError), spans.span("x", kind="server", parent=None, attributes={}):
        raise ZeroDivisionError
    spans.stop()
    (span,) = exporter.get_finished_spans()
    assert span.status.status_code is StatusCode.ERROR


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


def test_without_the_packages_it_says_which_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """The extra is optional."""
    import sys

    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.http.trace_exporter", None)
    with pytest.raises(TracingError, match=re.escape("pip install 'claimwire[tracing]'")):
        tracing("otlp", service="ingest", version="0")
