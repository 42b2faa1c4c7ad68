"""`python -m services.ingest`: reads the settings, listens, and leaves in order when told to."""

import logging
import signal
import socket
import sqlite3
import sys

import uvicorn
import uvloop
from prometheus_client import CollectorRegistry

from services.ingest.api import Intake
from services.ingest.app import build
from services.ingest.body import Budget
from services.ingest.connection import bounded_protocol
from services.ingest.door import Door
from services.ingest.idempotency import Answers
from services.ingest.key_store import KeysFileError
from services.ingest.publish import Publisher
from services.ingest.settings import IngestSettings
from services.runtime import logs
from services.runtime.build import revision, version
from services.runtime.clock import Clock, SystemClock
from services.runtime.effective import warn_of_unknown
from services.runtime.metrics import IngestMetrics
from services.runtime.ready_file import write_ready_file
from services.runtime.settings import read
from services.runtime.tracing import Tracing, TracingError, tracing

log = logging.getLogger("services.ingest")


def main() -> int:
    """Run the service; return the exit status."""
    settings = read(IngestSettings)
    logs.configure("ingest", format=settings.log_format, level=settings.log_level)
    warn_of_unknown(IngestSettings)
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)  # its INFO says in five lines what ours say in one
    # These write several lines a second while a broker is away; the publisher says it once.
    for name in ("aiokafka", "aiokafka.conn", "aiokafka.cluster", "aiokafka.producer.sender"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    # What uvicorn raises again when it has finished; before that, there is nothing to finish.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _leave)
    try:
        spans = tracing(settings.tracing, service="ingest", version=version())
    except TracingError as error:
        sys.exit(f"claimwire: {error}")
    clock = SystemClock()
    answers = Answers(
        settings.idempotency_file,
        max_bytes=settings.idempotency_max_bytes,
        keep_seconds=settings.idempotency_seconds,
        clock=clock,
    )
    try:
        door = Door(settings.keys_file, clock=clock)
        answers.open()
    except KeysFileError as error:
        sys.exit(f"claimwire: CLAIMWIRE_INGEST_KEYS_FILE: {error}")
    except sqlite3.Error as error:
        sys.exit(f"claimwire: CLAIMWIRE_INGEST_IDEMPOTENCY_FILE={settings.idempotency_file}: {error}")
    try:
        uvloop.run(_serve(settings, spans, clock=clock, door=door, answers=answers))
    finally:  # uvicorn ends with the signal that it was sent
        spans.stop()
    return 0


def _leave(_signal: int, _frame: object) -> None:
    raise SystemExit(0)


async def _serve(settings: IngestSettings, spans: Tracing, *, clock: Clock, door: Door, answers: Answers) -> None:
    metrics = IngestMetrics(CollectorRegistry())
    metrics.build_info.labels(version(), revision()).set(1)
    publisher = Publisher(
        kafka=settings.kafka,
        ack_timeout_seconds=settings.ack_timeout_seconds,
        linger_seconds=settings.linger_seconds,
        max_in_flight=settings.max_in_flight,
        metrics=metrics,
        clock=clock,
    )
    intake = Intake(
        publisher=publisher,
        settings=settings,
        metrics=metrics,
        clock=clock,
        budget=Budget(settings.max_held_bytes),
        door=door,
        answers=answers,
        tracing=spans,
    )
    server = _Server(_config(build(intake, version=version()), settings), settings)
    await server.serve()


def _config(app: object, settings: IngestSettings) -> uvicorn.Config:
    return uvicorn.Config(
        app,  # type: ignore[arg-type]
        host=settings.host,
        port=settings.port,
        http=bounded_protocol(header_timeout_seconds=settings.header_timeout_seconds),
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=round(settings.drain_seconds),
    )


class _Server(uvicorn.Server):
    """Says where it listens, once it does."""

    def __init__(self, config: uvicorn.Config, settings: IngestSettings) -> None:
        super().__init__(config)
        self._settings = settings

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        if not self.started:
            return
        port = self.servers[0].sockets[0].getsockname()[1]
        host = f"[{self._settings.host}]" if ":" in self._settings.host else self._settings.host
        url = f"http://{host}:{port}"
        log.info("listening on %s", url)
        if self._settings.ready_file:
            write_ready_file(self._settings.ready_file, url=url)


if __name__ == "__main__":
    sys.exit(main())
