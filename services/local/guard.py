"""Runs a program that must not outlive whoever started it: `python -m services.local.guard -- program argument…`.

Prints the program's pid, then waits for it. When standard input ends, because the parent closed it or was killed, the
program gets SIGTERM, a grace time, and SIGKILL, with all of its own children. It does not restart anything.
Standard library only: one of these runs beside every process.
"""

import os
import signal
import subprocess
import sys
import threading
from contextlib import suppress

GRACE_SECONDS = 15.0


def main(arguments: list[str]) -> int:
    """Run the program; return its exit code, as a shell would."""
    grace_seconds = GRACE_SECONDS
    if arguments[:1] == ["--grace"]:
        grace_seconds, arguments = float(arguments[1]), arguments[2:]
    if arguments[:1] == ["--"]:
        arguments = arguments[1:]
    # Its own session: neither Ctrl-C on the terminal nor a signal to the parent's group reaches the program directly.
    # Standard output of the program goes to standard error, which the parent sends to a file; ours tells the pid.
    program = subprocess.Popen(  # noqa: S603 - running the given program is the purpose
        arguments, stdin=subprocess.DEVNULL, stdout=sys.stderr.fileno(), start_new_session=True
    )
    sys.stdout.write(f"{program.pid}\n")
    sys.stdout.flush()
    end = threading.Thread(target=_end_with_parent, args=(program, grace_seconds), daemon=True)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: _signal_group(program, signal.SIGTERM))
    end.start()
    code = program.wait()
    _signal_group(program, signal.SIGKILL)  # what the program itself left behind
    return code if code >= 0 else 128 - code


def _end_with_parent(program: "subprocess.Popen[bytes]", grace_seconds: float) -> None:
    while os.read(0, 4096):
        pass
    _signal_group(program, signal.SIGTERM)
    try:
        program.wait(grace_seconds)
    except subprocess.TimeoutExpired:
        _signal_group(program, signal.SIGKILL)


def _signal_group(program: "subprocess.Popen[bytes]", number: int) -> None:
    with suppress(ProcessLookupError, PermissionError):  # macOS answers EPERM for a group of zombies
        os.killpg(program.pid, number)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
