"""The supervisor: what ends is started again, later each time."""

import asyncio
import os
import signal
import sys

import pytest

from services.local.process import GuardedProcess
from services.local.supervise import Backoff, Keeper


def test_each_early_end_doubles_the_wait_up_to_15_seconds():
    """A process that cannot start must not burn the machine."""
    backoff = Backoff()
    assert [backoff.seconds_after(1) for _ in range(7)] == [0.5, 1, 2, 4, 8, 15, 15]


def test_30_healthy_seconds_reset_the_wait():
    """A process that ran well for a while is started again quickly."""
    backoff = Backoff()
    for _ in range(5):
        backoff.seconds_after(1)
    assert backoff.seconds_after(30) == 0.5


async def launch_sleep(log):
    return GuardedProcess([sys.executable, "-c", "import time; time.sleep(60)"], log=log)


async def until(holds):
    async with asyncio.timeout(20):
        while not holds():
            await asyncio.sleep(0.02)


async def test_a_killed_process_is_started_again_and_the_notice_says_so(tmp_path):
    """As an orchestrator would."""
    notices = []
    keeper = Keeper("sleeper", lambda: launch_sleep(tmp_path / "log"), notice=notices.append)
    await keeper.start()
    try:
        first = keeper.process.pid
        os.kill(first, signal.SIGKILL)
        await until(lambda: keeper.process.pid != first)
    finally:
        await keeper.stop()
    assert notices[0].startswith("sleeper ended with exit code 137; starting it again in 0.5 s")
    assert keeper.endings == 1


async def test_a_launch_that_fails_is_tried_again(tmp_path):
    """The broker may fail to come back at the first try."""
    launches = []

    async def launch():
        launches.append(None)
        if len(launches) == 2:
            raise OSError("not now")
        return await launch_sleep(tmp_path / "log")

    notices = []
    keeper = Keeper("sleeper", launch, notice=notices.append)
    await keeper.start()
    try:
        keeper.process.kill()
        await until(lambda: len(launches) == 3)
    finally:
        await keeper.stop()
    assert "could not be started: not now" in notices[1]


async def test_the_first_launch_fails_loudly():
    """Who starts something must hear that it cannot be started."""

    async def launch():
        raise OSError("never")

    with pytest.raises(OSError, match="never"):
        await Keeper("sleeper", launch, notice=print).start()


async def test_a_stopped_process_stays_ended(tmp_path):
    """Stopping is no failure."""
    notices = []
    keeper = Keeper("sleeper", lambda: launch_sleep(tmp_path / "log"), notice=notices.append)
    await keeper.start()
    await keeper.stop()
    assert keeper.process.exit_code == 128 + signal.SIGTERM
    assert notices == []
