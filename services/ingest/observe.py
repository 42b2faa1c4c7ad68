"""Counts, times and traces every request, and logs what nobody caught; the client's answer to that is made by `app`.

The label `route` is a route's template or "unmatched", never a path: its values are few, whatever clients ask for.
"""

import logging
import time
from collections.abc import Iterable

from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.contract.codec import TRACEPARENT, trace_id, traceparent
from services.runtime.metrics import IngestMetrics
from services.runtime.tracing import Tracing

log = logging.getLogger(__name__)

UNMATCHED = "unmatched"
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Observed:
    """ASGI middleware, outside everything else."""

    def __init__(self, app: ASGIApp, *, routes: Iterable[BaseRoute], metrics: IngestMetrics, tracing: Tracing) -> None:
        self._app = app
        self._routes = tuple(routes)
        self._metrics = metrics
        self._tracing = tracing
        for route in self._routes:
            if (path := str(getattr(route, "path", ""))).startswith("/v1/"):
                metrics.http_requests.labels(
                    path, "POST", "500"
                )  # begins at zero, so that the first one is an increase

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        route = self._template(scope)
        if not route.startswith("/v1/"):  # a probe or a scrape is no part of any article's way
            await self._timed(scope, receive, send, route)
            return
        parent = traceparent(dict(scope["headers"]).get(TRACEPARENT.encode()))
        attributes = {"http.request.method": scope["method"], "http.route": route}
        with self._tracing.span(
            f"{scope['method']} {route}", kind="server", parent=parent, attributes=attributes
        ) as span:
            scope.setdefault("state", {})["traceparent"] = span.traceparent
            status = await self._timed(scope, receive, send, route, trace_id=trace_id(span.traceparent))
            span.end(status)

    async def _timed(
        self, scope: Scope, receive: Receive, send: Send, route: str, *, trace_id: str | None = None
    ) -> int:
        """Answer the request; return the status, 499 if the client did not wait for one."""
        method = scope["method"] if scope["method"] in _METHODS else "other"
        status = 0
        is_answered = False

        async def observed_send(message: Message) -> None:
            nonlocal status, is_answered
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (b"x-content-type-options", b"nosniff")]
            elif message["type"] == "http.response.body":
                is_answered = not message.get("more_body", False)
            await send(message)

        in_flight = self._metrics.http_requests_in_flight.labels(route)
        in_flight.inc()
        started = time.perf_counter()
        try:
            await self._app(scope, receive, observed_send)
        except Exception:
            log.exception("a request failed unexpectedly", extra={"route": route, "trace_id": trace_id})
            if not is_answered:  # the connection is cut, so that half an answer is not taken for a whole one
                raise
        finally:
            in_flight.dec()
            self._metrics.http_requests.labels(route, method, str(status or 499)).inc()
            self._metrics.http_request_duration_seconds.labels(route, method).observe(
                time.perf_counter() - started, {"trace_id": trace_id} if trace_id else None
            )
        return status or 499

    def _template(self, scope: Scope) -> str:
        for route in self._routes:
            match, _ = route.matches(scope)
            if match is not Match.NONE:
                return str(getattr(route, "path", UNMATCHED))
        return UNMATCHED
