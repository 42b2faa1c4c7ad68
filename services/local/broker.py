"""A real Apache Kafka as a child of this process: one node, loopback only, gone when this process is.

Not for production: one copy of the data, no encryption, no passwords.
"""

import asyncio
import shutil
import tempfile
import uuid
from base64 import urlsafe_b64encode
from collections.abc import Callable
from contextlib import suppress
from importlib.resources import files
from pathlib import Path
from types import TracebackType
from typing import Self

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from services.contract.topics import MAX_REQUEST_BYTES
from services.local.java import find_java
from services.local.kafka_jars import kafka_jars
from services.local.ports import free_port
from services.local.process import GuardedProcess
from services.runtime.kafka import Kafka

START_SECONDS = 60.0
_HEAP = "512m"
_TRIES = 20


class BrokerError(RuntimeError):
    """Raised when the embedded broker does not come up."""


class EmbeddedBroker:
    """One Kafka broker. `async with EmbeddedBroker() as broker:` or `start` and `stop`.

    Without `data_dir` the data lives in a temporary folder and goes with the broker; with it, it stays. If this process
    is killed, `remove_if_orphaned` goes with the broker, too.
    """

    def __init__(
        self,
        data_dir: Path | None = None,
        *,
        port: int = 0,
        start_seconds: float = START_SECONDS,
        remove_if_orphaned: Path | None = None,
        notice: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._is_temporary = data_dir is None
        self._data_dir = data_dir
        self._given_port = port
        self._port = port
        self._controller_port = 0
        self._start_seconds = start_seconds
        self._remove_if_orphaned = remove_if_orphaned
        self._notice = notice
        self._process: GuardedProcess | None = None
        self._format_options: tuple[str, ...] = ()

    @property
    def bootstrap_servers(self) -> str:
        """What clients connect to; the same after a restart."""
        return f"127.0.0.1:{self._port}"

    @property
    def kafka(self) -> Kafka:
        """How clients of ours reach it."""
        return Kafka(self.bootstrap_servers)

    @property
    def pid(self) -> int:
        """The process id of Kafka itself."""
        return self._running.pid

    @property
    def data_dir(self) -> Path:
        """The folder that holds Kafka's data and `broker.log`."""
        if self._data_dir is None:
            raise BrokerError("the broker has not been started")
        return self._data_dir

    @property
    def process(self) -> GuardedProcess:
        """The process of Kafka."""
        return self._running

    async def __aenter__(self) -> Self:
        """Start."""
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop."""
        await self.stop()

    async def start(self) -> None:
        """Start Kafka and wait until it answers. Raises `BrokerError`, `NoJavaError` or `NoKafkaError`."""
        if self._data_dir is None:
            self._data_dir = Path(tempfile.mkdtemp(prefix="claimwire-kafka-"))
            self._remove_if_orphaned = self._data_dir
        try:
            self._data_dir.mkdir(parents=True, exist_ok=True)
            java = await asyncio.to_thread(find_java)
            jars = await asyncio.to_thread(kafka_jars, self._notice)
            await self._start_on_free_ports(_java_command(java, jars))
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Stop Kafka in order; remove its data if they are temporary."""
        if self._process is not None:
            await self._process.stop()
            self._process = None
        if self._is_temporary and self._data_dir is not None:
            shutil.rmtree(self._data_dir, ignore_errors=True)
            self._data_dir = None

    def kill(self) -> None:
        """Kill Kafka as `kill -9` does: nothing is flushed, no client is told."""
        self._running.kill()

    async def restart(self) -> None:
        """Bring Kafka back on the same ports with the same data, after `kill` or while it runs."""
        await self._running.stop()
        java = await asyncio.to_thread(find_java)
        jars = await asyncio.to_thread(kafka_jars, self._notice)
        await self._launch(_java_command(java, jars))

    @property
    def _running(self) -> GuardedProcess:
        if self._process is None:
            raise BrokerError("the broker is not running")
        return self._process

    async def _start_on_free_ports(self, java: list[str]) -> None:
        tries = 0
        while True:
            tries += 1
            self._port = self._given_port or free_port()
            self._controller_port = free_port()
            try:
                return await self._launch(java)
            except BrokerError as error:
                if tries == _TRIES or not (passes := _passing(error, has_fixed_port=bool(self._given_port))):
                    raise
                await asyncio.sleep(passes)

    async def _launch(self, java: list[str]) -> None:
        properties = self.data_dir / "server.properties"
        properties.write_text(self._properties())
        log = self.data_dir / "broker.log"
        try:
            async with asyncio.timeout(self._start_seconds):
                if not (self.data_dir / "log" / "meta.properties").exists():
                    await _format(java, properties, log, self._format_options)
                self._process = GuardedProcess(
                    [*java, "kafka.Kafka", str(properties)],
                    log=log,
                    grace_seconds=20,
                    remove_if_orphaned=self._remove_if_orphaned,
                )
                await self._ready(self._process)
        except TimeoutError:
            tail = "" if self._process is None else self._process.log_tail()
            raise BrokerError(
                f"Kafka was not ready within {self._start_seconds:.0f} s. Its last words:\n{tail}"
            ) from None

    async def _ready(self, process: GuardedProcess) -> None:
        while not await self._answers():
            if process.exit_code is not None:
                raise BrokerError(
                    f"Kafka ended while starting, exit code {process.exit_code}. Its last words:\n{process.log_tail()}"
                )
            await asyncio.sleep(0.05)

    async def _answers(self) -> bool:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", self._port)
        except OSError:
            return False
        writer.close()
        client = AIOKafkaAdminClient(bootstrap_servers=self.bootstrap_servers, request_timeout_ms=5_000)
        try:
            await client.start()
            cluster = await client.describe_cluster()
        except (KafkaError, OSError):
            return False
        finally:
            with suppress(KafkaError, OSError):
                await client.close()
        return bool(cluster["brokers"]) and cluster["controller_id"] >= 0

    def _properties(self) -> str:
        settings = {
            "process.roles": "broker,controller",
            "node.id": 1,
            "listeners": f"PLAINTEXT://127.0.0.1:{self._port},CONTROLLER://127.0.0.1:{self._controller_port}",
            "advertised.listeners": f"PLAINTEXT://127.0.0.1:{self._port}",
            "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
            "controller.listener.names": "CONTROLLER",
            # A fixed voter rather than a recorded one: the port may be another one at the next start.
            "controller.quorum.voters": f"1@127.0.0.1:{self._controller_port}",
            "log.dirs": self.data_dir / "log",
            # Topics are created with their settings or not at all.
            "auto.create.topics.enable": "false",
            "message.max.bytes": MAX_REQUEST_BYTES,
            "default.replication.factor": 1,
            "offsets.topic.replication.factor": 1,
            "offsets.topic.num.partitions": 4,
            "transaction.state.log.replication.factor": 1,
            "transaction.state.log.min.isr": 1,
            "transaction.state.log.num.partitions": 4,
            "share.coordinator.state.topic.replication.factor": 1,
            "share.coordinator.state.topic.min.isr": 1,
            "group.initial.rebalance.delay.ms": 0,
            # The check for timed-out transactions keeps its 10 s: after kill -9 a broker that is not in service again
            # when it aborts one drops the abort's markers (seen with 4.4.0), and readers get the aborted records.
            # After kill -9 the controller waits this long before it believes that the old broker is gone.
            "broker.session.timeout.ms": 3000,
            "broker.heartbeat.interval.ms": 500,
            # Sized for one machine: the defaults are those of a server.
            "num.network.threads": 2,
            "num.io.threads": 4,
            "background.threads": 2,
            "log.cleaner.dedupe.buffer.size": 16 * 1024 * 1024,
            "log.index.size.max.bytes": 1024 * 1024,
        }
        return "".join(f"{name}={value}\n" for name, value in settings.items())


def _passing(error: BrokerError, *, has_fixed_port: bool) -> float | None:
    """Return after how many seconds another start may succeed, or None."""
    said = str(error)
    if "Failed to acquire lock" in said:
        return 1.0  # the Kafka of a parent that was just killed is still closing its files
    if "Address already in use" in said and not has_fixed_port:
        return 0.01  # somebody took a port between our look and Kafka's
    return None


async def _format(java: list[str], properties: Path, log: Path, options: tuple[str, ...]) -> None:
    cluster_id = urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
    # One word: an id of its own that begins with "-" would be read as an option.
    arguments = [
        "kafka.tools.StorageTool",
        "format",
        f"--cluster-id={cluster_id}",
        "--config",
        str(properties),
        *options,
    ]
    process = GuardedProcess([*java, *arguments], log=log)
    try:
        code = await process.wait()
    finally:
        await process.stop()
    if code != 0:
        raise BrokerError(f"Kafka's data folder could not be prepared. Its last words:\n{process.log_tail()}")


def _java_command(java: Path, jars: list[Path]) -> list[str]:
    return [
        str(java),
        f"-Xmx{_HEAP}",
        "-XX:+UseSerialGC",
        "-XX:TieredStopAtLevel=1",
        "-Djava.awt.headless=true",
        f"-Dlog4j2.configurationFile={files('services.local') / 'log4j2.properties'}",
        "-cp",
        ":".join(map(str, jars)),
    ]
