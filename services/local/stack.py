"""All of Claimwire on this machine, each part a process of its own: Kafka, ingest, enrich workers."""

import asyncio
import os
import sys
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx
import orjson

from services.contract.topics import TOPICS
from services.enrich.settings import EnrichSettings
from services.fetch.settings import FetchSettings
from services.ingest.settings import IngestSettings
from services.local.broker import EmbeddedBroker
from services.local.ports import free_port, is_free
from services.local.process import GuardedProcess
from services.local.supervise import Keeper
from services.runtime.effective import said_of_unknown, unknown_variables
from services.runtime.kafka import Kafka
from services.runtime.settings import KafkaSettings, read
from services.runtime.topics import create_topics

DEFAULT_INGEST_PORT = 8080
DEFAULT_BROKER_PORT = 9092
_READY_SECONDS = 120.0
# A service that ends so often before it was ever ready will not be ready at all.
_ENDINGS = 3

Tell = Callable[[str], None]


class StackError(RuntimeError):
    """Raised when a part of Claimwire does not start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StackOptions:
    """What may differ from one start to another."""

    workers: int = 1
    ingest_port: int | None = None  # None: the default port if it is free, else any; 0: any
    bootstrap_servers: str | None = None  # None: an embedded broker
    broker_port: int | None = 0  # None: the default port if it is free, else any
    is_temporary: bool = False  # the folder goes when this process is killed


class Stack:
    """`async with Stack(folder, options) as stack:`: inside, everything is ready; afterwards, everything is gone.

    `step` hears what is being done, `notice` what a person should know.
    """

    def __init__(self, folder: Path, options: StackOptions, *, step: Tell, notice: Tell) -> None:
        self.folder = folder
        self.bootstrap_servers = options.bootstrap_servers or ""
        self._options = options
        self._step = step
        self._notice = notice
        self._broker: Keeper | None = None
        self._ingest: _Service | None = None
        self._workers: list[_Service] = []
        self._exits = AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Start everything. Raises `StackError` and what the broker raises."""
        try:
            await self._start()
        except BaseException:
            await self._exits.aclose()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop everything: first who reads, then who writes, then Kafka."""
        self._step("Stopping")
        await self._exits.aclose()

    @property
    def kafka(self) -> Kafka:
        """How the cluster is reached."""
        given = read(KafkaSettings).kafka if self._options.bootstrap_servers else Kafka("")
        return replace(given, bootstrap_servers=self.bootstrap_servers)

    @property
    def ingest_url(self) -> str:
        """Where articles are submitted."""
        return "" if self._ingest is None else self._ingest.url

    @property
    def worker_urls(self) -> list[str]:
        """The health servers of the enrich workers."""
        return [worker.url for worker in self._workers]

    @property
    def metrics_urls(self) -> list[str]:
        """Where metrics are scraped: of ingest, then of each worker."""
        return [f"{url}/metrics" for url in [self.ingest_url, *self.worker_urls]]

    def describe(self) -> dict[str, Any]:
        """Return the addresses, names and process ids that a program needs: the JSON of `claimwire up --json`."""
        return {
            "bootstrap_servers": self.bootstrap_servers,
            "ingest_url": self.ingest_url,
            "topics": {name: topic.name for name, topic in TOPICS.items()},
            "metrics": self.metrics_urls,
            "pids": {
                "broker": None if self._broker is None else _pid(self._broker),
                "ingest": None if self._ingest is None else _pid(self._ingest.keeper),
                "enrich": [_pid(worker.keeper) for worker in self._workers],
            },
            "data": str(self.folder),
        }

    async def _start(self) -> None:
        # What a service would refuse is said here, once, before anything is started.
        kinds = (IngestSettings, EnrichSettings)
        for kind in kinds:
            read(kind)
        for variable, meant in unknown_variables((*kinds, FetchSettings), os.environ).items():
            self._notice(said_of_unknown(variable, meant))
        self.folder.mkdir(parents=True, exist_ok=True)
        if not self.bootstrap_servers:
            await self._start_broker()
        self._step("Creating topics")
        await create_topics(self.kafka)
        count = self._options.workers
        self._step(f"Starting ingest and {count} enrich worker{'s' if count > 1 else ''}")
        self._ingest = self._service("ingest", port=self._ingest_port())
        self._workers = [self._service(f"enrich-{number + 1}") for number in range(count)]
        self._exits.push_async_callback(self._ingest.keeper.stop)
        self._exits.push_async_callback(self._stop_workers)
        for service in [self._ingest, *self._workers]:
            await service.keeper.start()
        async with httpx.AsyncClient(trust_env=False, timeout=5) as client:
            for service in [self._ingest, *self._workers]:
                await service.ready(client)

    async def _start_broker(self) -> None:
        self._step("Starting Kafka")
        broker = EmbeddedBroker(
            self.folder / "kafka",
            port=self._broker_port(),
            remove_if_orphaned=self.folder if self._options.is_temporary else None,
            notice=self._notice,
        )
        was_started = False

        async def launch() -> GuardedProcess:
            nonlocal was_started
            if was_started:
                await broker.restart()
            else:
                await broker.start()
                was_started = True
            return broker.process

        self._exits.push_async_callback(broker.stop)
        self._broker = Keeper("kafka", launch, notice=self._notice)
        self._exits.push_async_callback(self._broker.stop)
        await self._broker.start()
        self.bootstrap_servers = broker.bootstrap_servers

    async def _stop_workers(self) -> None:
        await asyncio.gather(*(worker.keeper.stop() for worker in self._workers))

    def _broker_port(self) -> int:
        given = self._options.broker_port
        if given is not None:
            return given
        return DEFAULT_BROKER_PORT if is_free(DEFAULT_BROKER_PORT) else 0

    def _ingest_port(self) -> int | None:
        given = self._options.ingest_port
        if given == 0:
            return None
        port = DEFAULT_INGEST_PORT if given is None else given
        if is_free(port):
            return port
        if given is not None:
            raise StackError(f"port {port} is taken; choose another with --port, or any free one with --port 0")
        self._notice(f"Port {port} is taken: ingest listens on another one.")
        return None

    def _service(self, name: str, *, port: int | None = None) -> "_Service":
        kind = name.partition("-")[0]
        env = {
            "KAFKA_BOOTSTRAP_SERVERS": self.bootstrap_servers,
            # The embedded broker asks nobody who they are, whatever the environment says of another cluster.
            "CLAIMWIRE_KAFKA_SECURITY_PROTOCOL": self.kafka.security_protocol,
            # On loopback and among friends: `claimwire submit` has no key to show.
            "CLAIMWIRE_INGEST_KEYS_FILE": "",
        }
        if kind == "enrich" and "CLAIMWIRE_ENRICH_PROCESSES" not in os.environ:
            # The workers share the machine's cores, one of which is left to Kafka.
            env["CLAIMWIRE_ENRICH_PROCESSES"] = str(max(1, ((os.cpu_count() or 2) - 1) // self._options.workers))
        return _Service(name, kind, folder=self.folder, port=port, env=env, notice=self._notice)


class _Service:
    """One of our services as a kept process, which keeps its port when it is started again."""

    def __init__(
        self, name: str, kind: str, *, folder: Path, port: int | None, env: dict[str, str], notice: Tell
    ) -> None:
        self.url = ""
        self.keeper = Keeper(name, self._launch, notice=notice)
        self._kind = kind
        self._port = port
        self._env = env
        self._log = folder / f"{name}.log"
        self._ready_file = folder / f"{name}.ready.json"

    async def ready(self, client: httpx.AsyncClient) -> None:
        """Wait until the service says that it is ready. Raises `StackError`."""
        try:
            async with asyncio.timeout(_READY_SECONDS):
                while not await self._is_ready(client):
                    if self.keeper.endings >= _ENDINGS:
                        raise StackError(f"{self.keeper.name} does not start. Its last words:\n{self._last_words()}")
                    await asyncio.sleep(0.05)
        except TimeoutError:
            raise StackError(
                f"{self.keeper.name} was not ready within {_READY_SECONDS:.0f} s. Its last words:\n{self._last_words()}"
            ) from None

    async def _launch(self) -> GuardedProcess:
        self._ready_file.unlink(missing_ok=True)
        port = self._port or free_port()
        own = {
            "ingest": {"CLAIMWIRE_INGEST_PORT": str(port), "CLAIMWIRE_INGEST_READY_FILE": str(self._ready_file)},
            "enrich": {
                "CLAIMWIRE_ENRICH_HEALTH_PORT": str(port),
                "CLAIMWIRE_ENRICH_READY_FILE": str(self._ready_file),
            },
        }[self._kind]
        # -P: a folder named `services` where the user happens to be is not ours.
        command = [sys.executable, "-P", "-m", f"services.{self._kind}"]
        return GuardedProcess(command, log=self._log, env=self._env | own)

    async def _is_ready(self, client: httpx.AsyncClient) -> bool:
        try:
            url = orjson.loads(self._ready_file.read_bytes())["url"]
            answer = await client.get(f"{url}/readyz")
        except (FileNotFoundError, httpx.HTTPError):
            return False
        self.url = url
        self._port = httpx.URL(url).port
        return answer.status_code == httpx.codes.OK

    def _last_words(self) -> str:
        return "" if self.keeper.process is None else self.keeper.process.log_tail()


def _pid(keeper: Keeper) -> int | None:
    return None if keeper.process is None else keeper.process.pid
