"""Waits for what processes do: a condition with a deadline, never a fixed time."""

import os
import time
from collections.abc import Callable


def wait_until(holds: Callable[[], object], seconds: float = 10.0) -> None:
    """Return as soon as the condition holds; fail if it does not in time."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.02)


def is_gone(pid: int) -> bool:
    """Whether no process has this id."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False
