"""The folder where a local Claimwire keeps its data and logs; one Claimwire a folder."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

DEFAULT = Path(".claimwire")


class FolderInUseError(RuntimeError):
    """Raised when another process already runs on the folder."""


@contextmanager
def data_folder(path: Path) -> Iterator[Path]:
    """Own the folder, created if need be, until the context ends. Raises `FolderInUseError`."""
    path = path.expanduser().absolute()
    if not path.exists():
        path.mkdir(parents=True)
        # Beside somebody's sources, this keeps it out of their commits.
        (path / ".gitignore").write_text("*\n")
    with (path / "lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise FolderInUseError(
                f"Claimwire already runs on {path} (process {lock.read().strip() or 'unknown'}). "
                "Stop it, or choose another folder with --data."
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield path


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """Own a folder that is removed when the context ends."""
    path = Path(tempfile.mkdtemp(prefix="claimwire-"))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)
