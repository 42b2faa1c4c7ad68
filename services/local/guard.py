"""Runs a program that must not outlive whoever started it: `python -m services.local.guard -- program argument…`.

Prints the program's pid, then waits for it. When standard input ends, because the parent closed it or was killed, the
program gets SIGTERM, a grace time, and SIGKILL, with all of its own children. It does not restart anything.
Standard library only: one of these runs beside every process.
"""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import threading
from contextlib import suppress

_PR_SET_PDEATHSIG = 1  # linux/prctl.h
# The parent says this before it closes the pipe; a parent that was killed says nothing.
LEAVING = b"."


def main(arguments: list[str]) -> int:
    """Run the program; return its exit code, as a shell would."""
    parser = argparse.ArgumentParser(prog="services.local.guard")
    parser.add_argument("--grace", type=float, default=15.0, help="seconds between SIGTERM and SIGKILL")
    parser.add_argument("--remove", metavar="FOLDER", help="what to remove at the end if the parent was killed")
    parser.add_argument("program", nargs=argparse.REMAINDER)
    options = parser.parse_args(arguments)
    command = options.program[1:] if options.program[:1] == ["--"] else options.program

    # Its own session: neither Ctrl-C on the terminal nor a signal to the parent's group reaches the program directly.
    # Standard output of the program goes to standard error, which the parent sends to a file; ours tells the pid.
    program = subprocess.Popen(  # noqa: S603 - running the given program is the purpose
        command,
        stdin=subprocess.DEVNULL,
        stdout=sys.stderr.fileno(),
        start_new_session=True,
        preexec_fn=_end_with_guard if sys.platform == "linux" else None,  # noqa: PLW1509 - there is one thread yet
    )
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: _signal_group(program, signal.SIGTERM))
    watch = _ParentWatch(program, options.grace)
    watch.start()
    sys.stdout.write(f"{program.pid}\n")
    with suppress(BrokenPipeError):
        sys.stdout.flush()
    code = program.wait()
    _signal_group(program, signal.SIGKILL)  # what the program itself left behind
    if watch.is_orphaned and options.remove:
        shutil.rmtree(options.remove, ignore_errors=True)
    return code if code >= 0 else 128 - code


def _end_with_guard() -> None:
    """Let the kernel send SIGTERM if even this guard is killed. Linux only; elsewhere that leaves the program behind."""
    import ctypes  # noqa: PLC0415 - in the child, where it is needed

    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


class _ParentWatch(threading.Thread):
    """Ends the program when the parent goes."""

    def __init__(self, program: "subprocess.Popen[bytes]", grace_seconds: float) -> None:
        super().__init__(daemon=True)
        self.is_orphaned = False
        self._program = program
        self._grace_seconds = grace_seconds

    def run(self) -> None:
        said = b""
        while more := os.read(0, 64):
            said += more
        self.is_orphaned = LEAVING not in said
        _signal_group(self._program, signal.SIGTERM)
        try:
            self._program.wait(self._grace_seconds)
        except subprocess.TimeoutExpired:
            _signal_group(self._program, signal.SIGKILL)


def _signal_group(program: "subprocess.Popen[bytes]", number: int) -> None:
    with suppress(ProcessLookupError, PermissionError):  # macOS answers EPERM for a group of zombies
        os.killpg(program.pid, number)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
