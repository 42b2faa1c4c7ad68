"""Spans for OpenTelemetry, where the extra `tracing` is installed and switched on; else nothing but the trace's id.

A trace begins with the producer's `traceparent` or at our door, and goes through both topics in that header. The worker
passes the header on as it came: what it emits is a function of its input, and its spans are made beside it.
"""

import logging
import secrets
import threading
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from importlib.util import find_spec
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.sdk.trace.export import SpanExporter
    from opentelemetry.trace import Span as SdkSpan

log = logging.getLogger(__name__)

Attributes = Mapping[str, str | int | float | bool]
_STOP_SECONDS = 2.0
_FIRST_FAULT_OF_OURS = 500

Kind = Literal["server", "producer", "consumer", "internal"]


class TracingError(RuntimeError):
    """Raised when spans are asked for and cannot be made."""


class Span(Protocol):
    """What is being done."""

    @property
    def traceparent(self) -> bytes:
        """What names it to those that follow from it."""

    def end(self, status: int) -> None:
        """Note the HTTP status that it ended with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Something that was done, and when; `parts` are what it consisted of."""

    name: str
    kind: Kind
    start: datetime
    end: datetime
    attributes: Attributes
    parts: tuple["Stretch", ...] = ()


class Tracing(Protocol):
    """Makes spans, or does as if."""

    @property
    def is_on(self) -> bool:
        """Whether anybody gets to see what is recorded."""

    def span(
        self, name: str, /, *, kind: Kind, parent: bytes | None, attributes: Attributes
    ) -> AbstractContextManager[Span]:
        """Time what is done inside. An exception fails the span; its message, which may quote an article, stays here."""

    def record(self, stretch: Stretch, *, parent: bytes | None) -> None:
        """Note what was done, with its parts."""

    def stop(self) -> None:
        """Send what was not sent yet."""


@dataclass(frozen=True, slots=True)
class _Untraced:
    traceparent: bytes

    def end(self, status: int) -> None:
        """Forget it."""


class NoTracing:
    """Makes no spans; a trace that has no id yet gets one, so that logs and records can be matched."""

    is_on = False

    @contextmanager
    def span(self, _name: str, /, *, parent: bytes | None, **_: object) -> Iterator[Span]:
        """Yield the parent, or a new trace's beginning."""
        yield _Untraced(parent or _new_trace())

    def record(self, stretch: Stretch, *, parent: bytes | None) -> None:
        """Forget it."""

    def stop(self) -> None:
        """Do nothing."""


@dataclass(frozen=True, slots=True)
class _Traced:
    traceparent: bytes
    _span: "SdkSpan"

    def end(self, status: int) -> None:
        """Note the status; one of ours is a failure of the span."""
        self._span.set_attribute("http.response.status_code", status)
        if status >= _FIRST_FAULT_OF_OURS:
            _fail(self._span, str(status))


class OpenTelemetry:
    """Makes spans and sends them to `exporter`, in batches, from a thread of the SDK."""

    is_on = True

    def __init__(self, service: str, version: str, exporter: "SpanExporter") -> None:
        from opentelemetry.sdk.resources import Resource  # noqa: PLC0415 - an optional package
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415
        from opentelemetry.trace import SpanKind  # noqa: PLC0415
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator  # noqa: PLC0415

        resource = Resource.create({"service.name": service, "service.version": version})
        self._provider = TracerProvider(
            resource=resource, shutdown_on_exit=False
        )  # stop() does, and does not wait for ever
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer("claimwire", version)
        self._propagator = TraceContextTextMapPropagator()
        self._kinds = {kind.name.lower(): kind for kind in SpanKind}

    @contextmanager
    def span(self, name: str, /, *, kind: Kind, parent: bytes | None, attributes: Attributes) -> Iterator[Span]:
        """Time what is done inside."""
        with self._tracer.start_as_current_span(
            name,
            context=self._context(parent),
            kind=self._kinds[kind],
            attributes=attributes,
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            carrier: dict[str, str] = {}
            self._propagator.inject(carrier)
            # Without one (OTEL_SDK_DISABLED) the trace still has an id for logs and records.
            traceparent = carrier["traceparent"].encode("ascii") if carrier else parent or _new_trace()
            try:
                yield _Traced(traceparent, span)
            except BaseException as error:
                _fail(span, type(error).__name__)
                raise

    def record(self, stretch: Stretch, *, parent: bytes | None) -> None:
        """Make a span of what was done, and one of each part inside it."""
        self._record(stretch, self._context(parent))

    def stop(self) -> None:
        """Send what was not sent yet; a collector that hangs must not keep a process from ending."""
        last = threading.Thread(target=self._provider.shutdown, daemon=True)
        last.start()
        last.join(_STOP_SECONDS)

    def _record(self, stretch: Stretch, context: "Context") -> None:
        from opentelemetry.trace import set_span_in_context  # noqa: PLC0415

        span = self._tracer.start_span(
            stretch.name,
            context=context,
            kind=self._kinds[stretch.kind],
            attributes=stretch.attributes,
            start_time=_nanoseconds(stretch.start),
        )
        if "error.type" in stretch.attributes:
            _fail(span, str(stretch.attributes["error.type"]))
        inside = set_span_in_context(span, context)
        for part in stretch.parts:
            self._record(part, inside)
        span.end(_nanoseconds(stretch.end))

    def _context(self, parent: bytes | None) -> "Context":
        from opentelemetry.context import Context  # noqa: PLC0415

        carrier = {} if parent is None else {"traceparent": parent.decode("ascii")}
        return self._propagator.extract(carrier, Context())


def _fail(span: "SdkSpan", kind: str) -> None:
    from opentelemetry.trace import StatusCode  # noqa: PLC0415

    span.set_attribute("error.type", kind)
    span.set_status(StatusCode.ERROR)


def _new_trace() -> bytes:
    return f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01".encode("ascii")


def _nanoseconds(time: datetime) -> int:
    return round(time.timestamp() * 1_000_000_000)


def tracing(how: Literal["off", "otlp"], *, service: str, version: str) -> Tracing:
    """Return what makes the spans of a service. Raises `TracingError`; the packages must be there."""
    if how == "off":
        return NoTracing()
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415

    try:
        exporter = OTLPSpanExporter()
        made = OpenTelemetry(f"claimwire-{service}", version, exporter)
    except ValueError as error:  # of one of OpenTelemetry's own variables
        raise TracingError(f"OpenTelemetry refuses a setting of its own: {error}") from None
    log.info("spans go to %s", exporter._endpoint)  # noqa: SLF001 - the one place that knows
    return made


def can_trace() -> bool:
    """Return whether the packages of the extra `tracing` are there."""
    try:
        return find_spec("opentelemetry.exporter.otlp.proto.http") is not None
    except ModuleNotFoundError:
        return False
