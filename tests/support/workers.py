"""Starts enrich workers as the processes they are in production, and starts again those that die."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import httpx
import orjson

from services.local.process import GuardedProcess


class Workers:
    """Workers by name. Ends only processes that it started."""

    def __init__(self, bootstrap_servers: str, folder: Path, **environment: str) -> None:
        self._environment = {
            "KAFKA_BOOTSTRAP_SERVERS": bootstrap_servers,
            "CLAIMWIRE_ENRICH_HEALTH_PORT": "0",
            "CLAIMWIRE_ENRICH_PROCESSES": "1",
        } | environment
        self._folder = folder
        self._processes: dict[str, GuardedProcess] = {}
        self._keepers: list[asyncio.Task[None]] = []
        self.exit_codes: list[int] = []

    async def start(self, *names: str) -> None:
        """Start workers under these names and wait until each is ready."""
        self.launch(*names)
        for name in names:
            await self.ready(name)

    def launch(self, *names: str) -> None:
        """Start workers under these names."""
        for name in names:
            self._start(name)

    async def ready(self, name: str) -> str:
        """Wait until the worker is ready; return the address of its health server."""
        url = await self.listening(name)
        async with asyncio.timeout(60), httpx.AsyncClient(trust_env=False) as client:
            while (await client.get(f"{url}/readyz")).status_code != httpx.codes.OK:
                await asyncio.sleep(0.05)
        return url

    async def listening(self, name: str) -> str:
        """Wait until the worker's health server listens; return its address."""
        file = self._ready_file(name)
        async with asyncio.timeout(60):
            while not file.exists():
                if not self._keepers and self._processes[name].exit_code is not None:
                    raise RuntimeError(f"worker {name} ended:\n{self._processes[name].log_tail()}")
                await asyncio.sleep(0.05)
        return orjson.loads(file.read_bytes())["url"]

    def send(self, name: str, signal_number: signal.Signals) -> None:
        """Send a signal to one worker."""
        os.kill(self._processes[name].pid, signal_number)

    async def exit_code(self, name: str) -> int:
        """Wait until the worker has ended."""
        return await self._processes[name].wait()

    async def ended(self, count: int) -> list[int]:
        """Wait until so many of the kept workers have ended; return all their exit codes."""
        async with asyncio.timeout(30):
            while len(self.exit_codes) < count:
                await asyncio.sleep(0.05)
        return self.exit_codes

    def keep(self, *names: str) -> None:
        """From now on start these workers again when they end, as an orchestrator would."""
        self._keepers += [asyncio.create_task(self._keep(name)) for name in names]

    async def stop(self) -> None:
        """End all workers."""
        for keeper in self._keepers:
            keeper.cancel()
        for process in self._processes.values():
            process.kill()
            await process.stop()

    async def _keep(self, name: str) -> None:
        while True:
            self.exit_codes.append(await self._processes[name].wait())
            await asyncio.sleep(0.5)
            self._start(name)

    def _start(self, name: str) -> None:
        self._ready_file(name).unlink(missing_ok=True)
        self._processes[name] = GuardedProcess(
            [sys.executable, "-m", "services.enrich"],
            log=self._folder / f"{name}.log",
            env=self._environment | {"CLAIMWIRE_ENRICH_READY_FILE": str(self._ready_file(name))},
        )

    def _ready_file(self, name: str) -> Path:
        return self._folder / f"{name}.ready.json"
