"""Spans for OpenTelemetry, where the extra `tracing` is installed and switched on; else nothing but the trace's id.

A trace begins with the producer's `traceparent` or at our door, and goes through both topics in that header. The worker
passes the header on as it came: what it emits is a function of its input, and its spans are made beside it.
"""

import secrets
import threading
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.sdk.trace.export import SpanExporter
    from opentelemetry.trace import Span as SdkSpan

Attributes = Mapping[str, str | int | float | bool]
_STOP_SECONDS = 2.0

Kind = Literal["server", "producer", "consumer", "internal"]


class TracingError(RuntimeError):
    """Raised when spans are asked for and cannot be made."""


class Span(Protocol):
    """What is being done."""

    @property
    def traceparent(self) -> bytes:
        """What names it to those that follow from it."""

    def note(self, attributes: Attributes) -> None:
        """Note what has become known meanwhile."""


class Tracing(Protocol):
    """Makes spans, or does as if."""

    def span(
        self, name: str, /, *, kind: Kind, parent: bytes | None, attributes: Attributes
    ) -> AbstractContextManager[Span]:
        """Time what is done inside; an exception is noted as the span's status."""

    def record(
        self, name: str, /, *, kind: Kind, parent: bytes | None, start: datetime, end: datetime, attributes: Attributes
    ) -> bytes | None:
        """Note what was done; return the `traceparent` of what belongs to it."""

    def stop(self) -> None:
        """Send what was not sent yet."""


@dataclass(frozen=True, slots=True)
class _Untraced:
    traceparent: bytes

    def note(self, attributes: Attributes) -> None:
        """Forget it."""


@dataclass(frozen=True, slots=True)
class _Traced:
    traceparent: bytes
    _span: "SdkSpan"

    def note(self, attributes: Attributes) -> None:
        """Note what has become known meanwhile."""
        self._span.set_attributes(attributes)


class NoTracing:
    """Makes no spans; a trace that has no id yet gets one, so that logs and records can be matched."""

    @contextmanager
    def span(self, _name: str, *, parent: bytes | None, **_: object) -> Iterator[Span]:
        """Yield the parent, or a new trace's beginning."""
        yield _Untraced(parent or f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01".encode("ascii"))

    def record(self, _name: str, *, parent: bytes | None, **_: object) -> bytes | None:
        """Return the parent."""
        return parent

    def stop(self) -> None:
        """Do nothing."""


class OpenTelemetry:
    """Makes spans and sends them to `exporter`, in batches, from a thread of the SDK."""

    def __init__(self, service: str, version: str, exporter: "SpanExporter") -> None:
        from opentelemetry.sdk.resources import Resource  # noqa: PLC0415 - an optional package
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415
        from opentelemetry.trace import SpanKind  # noqa: PLC0415
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator  # noqa: PLC0415

        resource = Resource.create({"service.name": service, "service.version": version})
        self._provider = TracerProvider(resource=resource)
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer("claimwire", version)
        self._propagator = TraceContextTextMapPropagator()
        self._kinds = {kind.name.lower(): kind for kind in SpanKind}

    @contextmanager
    def span(self, name: str, *, kind: Kind, parent: bytes | None, attributes: Attributes) -> Iterator[Span]:
        """Time what is done inside."""
        with self._tracer.start_as_current_span(
            name, context=self._context(parent), kind=self._kinds[kind], attributes=attributes
        ) as span:
            yield _Traced(self._traceparent(None), span)

    def record(
        self, name: str, /, *, kind: Kind, parent: bytes | None, start: datetime, end: datetime, attributes: Attributes
    ) -> bytes | None:
        """Make a span of what was done; return its `traceparent`."""
        from opentelemetry.trace import set_span_in_context  # noqa: PLC0415

        span = self._tracer.start_span(
            name,
            context=self._context(parent),
            kind=self._kinds[kind],
            attributes=attributes,
            start_time=_nanoseconds(start),
        )
        span.end(_nanoseconds(end))
        return self._traceparent(set_span_in_context(span))

    def stop(self) -> None:
        """Send what was not sent yet; a collector that hangs must not keep a process from ending."""
        last = threading.Thread(target=self._provider.shutdown, daemon=True)
        last.start()
        last.join(_STOP_SECONDS)

    def _context(self, parent: bytes | None) -> "Context":
        from opentelemetry.context import Context  # noqa: PLC0415

        carrier = {} if parent is None else {"traceparent": parent.decode("ascii")}
        return self._propagator.extract(carrier, Context())

    def _traceparent(self, context: "Context | None") -> bytes:
        carrier: dict[str, str] = {}
        self._propagator.inject(carrier, context)
        return carrier["traceparent"].encode("ascii")


def _nanoseconds(time: datetime) -> int:
    return round(time.timestamp() * 1_000_000_000)


def tracing(how: Literal["off", "otlp"], *, service: str, version: str) -> Tracing:
    """Return what makes the spans of a service. Raises `TracingError` if the packages are not there."""
    if how == "off":
        return NoTracing()
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
    except ImportError as error:
        raise TracingError(
            f"CLAIMWIRE_TRACING=otlp needs packages that are not installed ({error.name}): pip install 'claimwire[tracing]'"
        ) from None
    return OpenTelemetry(f"claimwire-{service}", version, OTLPSpanExporter())
