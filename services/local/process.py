"""Starts a program under the guard, so that it ends with this process whatever happens to this process.

Bound to no event loop: a process started in one may be waited for in another, as test sessions do.
"""

import asyncio
import os
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from services.local.guard import LEAVING

_POLL_SECONDS = 0.05
# The guard's own grace time and a little more, then the guard is considered hung.
_GUARD_SECONDS = 5.0


class GuardedProcess:
    """A running program. `pid` is the program's own, not the guard's."""

    def __init__(
        self,
        arguments: Sequence[str],
        *,
        log: Path,
        env: Mapping[str, str] | None = None,
        grace_seconds: float = 15.0,
        remove_if_orphaned: Path | None = None,
    ) -> None:
        self.log = log
        self._grace_seconds = grace_seconds
        guard = [sys.executable, "-P", "-m", "services.local.guard", "--grace", str(grace_seconds)]
        if remove_if_orphaned is not None:
            guard += ["--remove", str(remove_if_orphaned)]
        with log.open("ab") as output:
            self._log_start = output.tell()
            # A session of its own for the guard too: whoever kills our process group must not kill the guard.
            self._guard = subprocess.Popen(  # noqa: S603 - the arguments come from this package
                [*guard, "--", *arguments],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=output,
                env={**os.environ, **(env or {})},
                start_new_session=True,
            )
        assert self._guard.stdout is not None  # noqa: S101 - a pipe was asked for
        with self._guard.stdout as told:
            line = told.readline()
        if not line.strip():
            self._close()
            self._guard.wait()
            raise OSError(f"{arguments[0]} could not be started; see {log}")
        self.pid = int(line)

    @property
    def exit_code(self) -> int | None:
        """The program's exit code once it has ended, 128 + n if signal n ended it, else None."""
        return self._guard.poll()

    async def wait(self) -> int:
        """Wait until the program has ended; return its exit code."""
        while (code := self.exit_code) is None:
            await asyncio.sleep(_POLL_SECONDS)
        self._close()
        return code

    async def stop(self) -> int:
        """Ask the program to end, kill it with its children after the grace time; return its exit code."""
        self._close()  # the guard does the rest
        try:
            async with asyncio.timeout(self._grace_seconds + _GUARD_SECONDS):
                return await self.wait()
        except TimeoutError:
            self.kill()
            return await self.wait()

    def kill(self) -> None:
        """Kill the program as `kill -9` does."""
        if self.exit_code is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)

    def log_tail(self, lines: int = 15) -> str:
        """Return the last lines that the program wrote, not those of an earlier run."""
        with self.log.open("rb") as log:
            log.seek(self._log_start)
            return b"".join(deque(log, lines)).decode(errors="replace").rstrip()

    def _close(self) -> None:
        pipe = self._guard.stdin
        if pipe is not None and not pipe.closed:
            with suppress(BrokenPipeError):  # the guard has gone before us
                pipe.write(LEAVING)
                pipe.flush()
            with suppress(BrokenPipeError):
                pipe.close()
