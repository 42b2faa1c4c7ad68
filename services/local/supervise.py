"""Keeps processes running: starts one again that has ended, later each time, as an orchestrator would."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

from services.local.process import GuardedProcess
from services.runtime.clock import Clock, SystemClock

Launch = Callable[[], Awaitable[GuardedProcess]]

_FIRST_SECONDS = 0.5
_LONGEST_SECONDS = 15.0
_HEALTHY_SECONDS = 30.0


class Backoff:
    """How long to wait before a process is started again: doubled each time, reset by a long enough life."""

    def __init__(self) -> None:
        self._next_seconds = _FIRST_SECONDS

    def seconds_after(self, lived_seconds: float) -> float:
        """Return how long to wait after a process that lived so long."""
        if lived_seconds >= _HEALTHY_SECONDS:
            self._next_seconds = _FIRST_SECONDS
        seconds = self._next_seconds
        self._next_seconds = min(2 * seconds, _LONGEST_SECONDS)
        return seconds


class Keeper:
    """Keeps one process running, from `start` to `stop`."""

    def __init__(self, name: str, launch: Launch, *, notice: Callable[[str], None], clock: Clock | None = None) -> None:
        self.name = name
        self.endings = 0
        self._launch = launch
        self._notice = notice
        self._clock = clock or SystemClock()
        self._process: GuardedProcess | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def process(self) -> GuardedProcess | None:
        """The process that runs now or ran last."""
        return self._process

    async def start(self) -> None:
        """Launch the process, and launch it again whenever it ends. Raises what the first launch raises."""
        self._process = await self._launch()
        self._task = asyncio.create_task(self._keep(self._process))

    async def stop(self) -> None:
        """End the process and keep it ended."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        if self._process is not None:
            await self._process.stop()

    async def _keep(self, process: GuardedProcess) -> None:
        backoff = Backoff()
        started = self._clock.monotonic()
        running: GuardedProcess | None = process
        while True:
            if running is not None:
                code = await running.wait()
                ending = f"{self.name} ended with exit code {code}"
            self.endings += 1
            seconds = backoff.seconds_after(self._clock.monotonic() - started)
            self._notice(
                f"{ending}; starting it again in {seconds:g} s" + (f" (log: {process.log})" if process else "")
            )
            await asyncio.sleep(seconds)
            started = self._clock.monotonic()
            try:
                running = self._process = await self._launch()
            except (OSError, RuntimeError) as error:
                running, ending = None, f"{self.name} could not be started: {error}"
