"""Whether a process lives and is ready, and a small HTTP server that says so.

The server runs in a thread of its own: it answers, truthfully, also while the event loop hangs.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import orjson
from prometheus_client import CollectorRegistry

from services.runtime.metrics import exposition

# A check answers None if all is well, else the reason why not.
Check = Callable[[], str | None]


@dataclass(slots=True)
class Health:
    """The checks of one process: `live` ones fail when only a restart helps, `ready` ones while it cannot work."""

    live: dict[str, Check] = field(default_factory=dict)
    ready: dict[str, Check] = field(default_factory=dict)

    def livez(self) -> tuple[int, bytes]:
        """Return HTTP status and JSON body for the liveness probe."""
        return _answer(self.live)

    def readyz(self) -> tuple[int, bytes]:
        """Return HTTP status and JSON body for the readiness probe."""
        return _answer(self.live | self.ready)


def _answer(checks: dict[str, Check]) -> tuple[int, bytes]:
    failures = {name: reason for name, check in checks.items() if (reason := check()) is not None}
    body: dict[str, object] = {"status": "failing", "failures": failures} if failures else {"status": "ok"}
    return (503 if failures else 200), orjson.dumps(body) + b"\n"


class HealthServer:
    """Serves `/livez`, `/readyz` and `/metrics`."""

    def __init__(self, health: Health, registry: CollectorRegistry, *, host: str, port: int) -> None:
        self._server = ThreadingHTTPServer((host, port), _handler(health, registry))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, name="health", daemon=True)

    @property
    def url(self) -> str:
        """The address that it listens on."""
        host, port = self._server.server_address[:2]
        return f"http://{host!s}:{port}"

    def start(self) -> None:
        """Answer requests from now on."""
        self._thread.start()

    def stop(self) -> None:
        """Close the port."""
        self._server.shutdown()
        self._server.server_close()


def _handler(health: Health, registry: CollectorRegistry) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content_type = "application/json"
            match self.path.partition("?")[0]:
                case "/livez":
                    status, body = health.livez()
                case "/readyz":
                    status, body = health.readyz()
                case "/metrics":
                    content_type, body = exposition(registry, self.headers.get("Accept", ""))
                    status = 200
                case _:
                    status, body = 404, b'{"paths":["/livez","/readyz","/metrics"]}\n'
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Keep probes out of the logs."""

    return Handler
