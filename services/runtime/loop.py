"""Watches the event loop: how late it is, and whether it is stuck."""

import asyncio

from prometheus_client import Gauge

from services.runtime.clock import Clock

_TICK_SECONDS = 0.5
# A loop that has not run for so long will not recover by itself.
_STUCK_SECONDS = 30.0


class LoopWatch:
    """Measures the loop's lag while `run` runs in it; `stuck` may be asked from any thread."""

    def __init__(self, lag_seconds: Gauge, clock: Clock) -> None:
        self._lag_seconds = lag_seconds
        self._clock = clock
        self._last = clock.monotonic()

    async def run(self) -> None:
        """Tick for ever."""
        while True:
            self._last = self._clock.monotonic()
            await asyncio.sleep(_TICK_SECONDS)
            self._lag_seconds.set(max(0.0, self._clock.monotonic() - self._last - _TICK_SECONDS))

    def stuck(self) -> str | None:
        """Say for how long the loop has not run, if that is too long."""
        still = self._clock.monotonic() - self._last
        return f"the event loop has not run for {still:.0f} s" if still > _STUCK_SECONDS else None
