"""The guard: a program ends with whoever started it, however that was."""

import os
import signal
import subprocess
import sys

import pytest
from support.wait import is_gone, wait_until

from services.local.process import GuardedProcess

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]
# A program that ignores SIGTERM, with a child that does, too.
STUBBORN = [
    sys.executable,
    "-c",
    "import os, signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); os.fork(); print('on', flush=True); time.sleep(60)",
]


def group_is_gone(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return True
    return False


async def test_the_pid_is_the_programs_own(tmp_path):
    """`pid` names the program, not its guard."""
    process = GuardedProcess([sys.executable, "-c", "import os; print(os.getpid())"], log=tmp_path / "log")
    await process.wait()
    assert process.log_tail() == str(process.pid)


@pytest.mark.parametrize("code", [0, 1, 7])
async def test_the_exit_code_is_passed_on(tmp_path, code):
    """What the program returned is what its parent gets."""
    process = GuardedProcess([sys.executable, "-c", f"raise SystemExit({code})"], log=tmp_path / "log")
    assert await process.wait() == code


async def test_a_killed_program_gives_128_and_the_signal(tmp_path):
    """As in a shell."""
    process = GuardedProcess(SLEEP, log=tmp_path / "log")
    process.kill()
    assert await process.wait() == 128 + signal.SIGKILL


async def test_stop_ends_a_program_that_listens(tmp_path):
    """SIGTERM comes first."""
    process = GuardedProcess(SLEEP, log=tmp_path / "log")
    assert await process.stop() == 128 + signal.SIGTERM


async def test_stop_kills_a_program_that_does_not_listen_and_its_children(tmp_path):
    """SIGKILL to the whole group comes after the grace time."""
    process = GuardedProcess(STUBBORN, log=tmp_path / "log", grace_seconds=0.2)
    wait_until(lambda: "on" in process.log_tail())
    assert await process.stop() == 128 + signal.SIGKILL
    wait_until(lambda: group_is_gone(process.pid))


async def test_what_a_program_leaves_behind_is_killed(tmp_path):
    """A child that outlives the program ends with it."""
    leaves = "import os, time\nif os.fork() == 0:\n    time.sleep(60)"
    process = GuardedProcess([sys.executable, "-c", leaves], log=tmp_path / "log")
    assert await process.wait() == 0
    wait_until(lambda: group_is_gone(process.pid))


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_killed_parent_leaves_nothing_behind(tmp_path, number):
    """Neither the program nor what was to be removed: the guard sees the end of its pipe."""
    folder = tmp_path / "data"
    folder.mkdir()
    parent = subprocess.Popen(
        [
            sys.executable,
            "-c",
            f"""if True:
            import pathlib, sys, time
            from services.local.process import GuardedProcess
            folder = pathlib.Path({str(folder)!r})
            process = GuardedProcess({SLEEP!r}, log=folder / "log", remove_if_orphaned=folder)
            print(process.pid, flush=True)
            time.sleep(60)""",
        ],
        stdout=subprocess.PIPE,
    )
    with parent:
        pid = int(parent.stdout.readline())
        parent.send_signal(number)
    wait_until(lambda: is_gone(pid))
    wait_until(lambda: not folder.exists())


async def test_a_stopped_program_removes_nothing(tmp_path):
    """What goes with a killed parent stays when the parent stops the program itself."""
    folder = tmp_path / "data"
    folder.mkdir()
    process = GuardedProcess(SLEEP, log=tmp_path / "log", remove_if_orphaned=folder)
    await process.stop()
    assert folder.exists()


def test_a_program_that_does_not_exist_is_an_error(tmp_path):
    """The reason is in the log that the error names."""
    with pytest.raises(OSError, match="could not be started"):
        GuardedProcess([str(tmp_path / "no-such-program")], log=tmp_path / "log")
    assert "FileNotFoundError" in (tmp_path / "log").read_text()


async def test_the_log_tail_is_of_this_run_only(tmp_path):
    """Last words of an earlier run would mislead."""
    (tmp_path / "log").write_text("Address already in use\n")
    process = GuardedProcess([sys.executable, "-c", "print('fine')"], log=tmp_path / "log")
    await process.wait()
    assert process.log_tail() == "fine"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process that its parent is gone")
async def test_a_killed_guard_takes_its_program_along(tmp_path):
    """Else the program would hold its port, and the one that is started in its place could not have it."""
    process = GuardedProcess(SLEEP, log=tmp_path / "log")
    os.kill(process._guard.pid, signal.SIGKILL)
    wait_until(lambda: is_gone(process.pid))
    await process.wait()
