"""Runs one enrich worker: `python -m services.enrich`. Ends with 0 on SIGTERM, with 1 on any failure."""

import asyncio
import logging
import os
import sys
import threading
from collections.abc import Coroutine
from typing import Any

import faust
from aiokafka.errors import KafkaError
from prometheus_client import CollectorRegistry

from services.contract.enriched import StepStatus
from services.contract.topics import RAW
from services.enrich.app import EnrichApp, connect, create_app
from services.enrich.deliveries import Deliveries
from services.enrich.lag import LagMonitor
from services.enrich.observe import Observer
from services.enrich.offsets import Offsets
from services.enrich.pool import Pool
from services.enrich.settings import EnrichSettings
from services.enrich.steps import STEPS, check_order
from services.runtime import logs
from services.runtime.build import revision, version
from services.runtime.clock import SystemClock
from services.runtime.effective import warn_of_unknown
from services.runtime.health import Health, HealthServer
from services.runtime.loop import LoopWatch
from services.runtime.metrics import EnrichMetrics
from services.runtime.ready_file import write_ready_file
from services.runtime.settings import read
from services.runtime.topics import exists
from services.runtime.tracing import Tracing, TracingError, tracing

log = logging.getLogger("services.enrich")

# After a failure or past the time to drain, the process ends whatever still hangs.
_LAST_SECONDS = 5.0
_WATCH_SECONDS = 1.0


class Worker(faust.Worker):
    """Faust's worker with our own start and stop around it."""

    def __init__(self, app: EnrichApp, settings: EnrichSettings, spans: Tracing) -> None:
        super().__init__(app, override_logging=False, quiet=True, redirect_stdouts=False)
        self.spinner = None  # it writes escape codes, also where no terminal is
        clock = SystemClock()
        metrics = EnrichMetrics(CollectorRegistry())
        metrics.build_info.labels(version(), revision()).set(1)
        for step in STEPS:
            metrics.enrich_step.labels(step.name, StepStatus.ERROR)  # begins at zero
            model = settings.tagger if step.name == "entities" else step.model
            metrics.model_info.labels(step.name, model, step.version).set(1)
        self._settings = settings
        self._spans = spans
        self._failure: BaseException | None = None
        self._obstacle: str | None = None
        self._pool = Pool(
            processes=settings.processes,
            timeout_seconds=settings.article_timeout_seconds,
            metrics=metrics,
            on_failure=self.fail,
        )
        self._offsets = Offsets(kafka=settings.kafka, group=settings.group)
        self._lag = LagMonitor(kafka=settings.kafka, group=settings.group, metrics=metrics, clock=clock)
        self._loop_watch = LoopWatch(metrics.event_loop_lag_seconds, clock)
        self._deliveries = Deliveries(
            settings,
            pool=self._pool,
            offsets=self._offsets,
            observer=Observer(metrics, clock, spans),
            clock=clock,
            on_failure=self.fail,
        )
        metrics.window_in_flight.set_function(lambda: self._deliveries.in_flight)
        connect(app, self._deliveries)
        health = Health(
            live={"event_loop": self._loop_watch.stuck, "progress": self._deliveries.stalled},
            ready={
                "pool": self._pool_state,
                "topic": self._topic_state,
                "kafka": self._lag.blind,
                "group": self._group_state,
            },
        )
        metrics.watch_readiness(health.readyz)
        self._server = HealthServer(health, metrics.registry, host=settings.health_host, port=settings.health_port)
        self._background: list[asyncio.Future[None]] = []

    async def on_execute(self) -> None:
        """Serve health first, then load the models, then let Faust join the group."""
        self._server.start()
        if self._settings.ready_file:
            write_ready_file(self._settings.ready_file, url=self._server.url)
        log.info("health and metrics at %s", self._server.url)
        self._lag.start()
        self._keep(self._loop_watch.run())
        await asyncio.gather(self._pool.start(), self._wait_for_topic())
        await self._offsets.start()
        self._keep(self._watch())

    async def stop(self) -> None:
        """Finish what was taken, within the time to drain, while the partitions are still ours; then stop Faust."""
        seconds = self._settings.drain_seconds if self._failure is None else 0.0
        exit_after(seconds + _LAST_SECONDS)
        try:
            async with asyncio.timeout(seconds):
                await self._deliveries.drain()
        except TimeoutError:
            if self._failure is None:
                log.warning("not all was finished in time; the next owner goes on there")
        await self._deliveries.revoke()
        await super().stop()

    async def on_shutdown(self) -> None:
        """Leave nothing behind."""
        for task in self._background:
            task.cancel()
        self._lag.stop()
        await self._offsets.stop()
        self._pool.stop()
        self._spans.stop()
        self._server.stop()
        await super().on_shutdown()

    def fail(self, error: BaseException) -> None:
        """End the worker with exit code 1: nothing after a failed transaction can be right."""
        if self._failure is None:
            self._failure = error
            # What a bug raises may quote an article; what we and Kafka's client raise does not.
            said = f": {error}" if isinstance(error, RuntimeError | OSError) else ""
            log.critical("stopping: %s%s", type(error).__name__, said)
            exit_after(_LAST_SECONDS)
            self._keep(self.app.crash(error))

    async def _wait_for_topic(self) -> None:
        """Wait for Kafka and the raw topic: Faust would end without the one, and idle for ever without the other."""
        while (obstacle := await self._obstacle_to_topic()) is not None:
            if obstacle != self._obstacle:
                log.warning("not ready: %s", obstacle)
            self._obstacle = obstacle
            await asyncio.sleep(_WATCH_SECONDS)
        self._obstacle = None

    async def _obstacle_to_topic(self) -> str | None:
        kafka = self._settings.kafka
        try:
            if await exists(kafka, RAW):
                return None
        except (KafkaError, OSError) as error:
            return f"Kafka at {kafka} cannot be reached{kafka.doubts}: {type(error).__name__}"
        return f"the topic {RAW.name} does not exist; `claimwire topics create` makes it"

    def _keep(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        task.add_done_callback(self._ended)
        self._background.append(task)

    def _ended(self, task: "asyncio.Future[None]") -> None:
        if not task.cancelled() and (error := task.exception()):
            self.fail(error)

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(_WATCH_SECONDS)
            self._deliveries.note_ends(self._lag.ends)

    def _pool_state(self) -> str | None:
        return None if self._pool.is_started else "models are being loaded"

    def _topic_state(self) -> str | None:
        return self._obstacle

    def _group_state(self) -> str | None:
        return None if self._deliveries.is_settled else "waiting for the group's assignment"


def exit_after(seconds: float) -> None:
    """End the process with exit code 1 after this time, if it has not ended by itself."""
    timer = threading.Timer(seconds, os._exit, (1,))
    timer.daemon = True
    timer.start()


def main() -> None:
    """Run until SIGTERM or a failure."""
    settings = read(EnrichSettings)
    logs.configure("enrich", format=settings.log_format, level=settings.log_level)
    warn_of_unknown(EnrichSettings)
    check_order(STEPS)
    try:
        spans = tracing(settings.tracing, service="enrich", version=version())
    except TracingError as error:
        sys.exit(f"claimwire: {error}")
    app = create_app(settings)
    try:
        worker = Worker(app, settings, spans)
    except OSError as error:
        sys.exit(f"cannot serve health on {settings.health_host}:{settings.health_port}: {error}")
    worker.execute_from_commandline()


if __name__ == "__main__":
    main()
