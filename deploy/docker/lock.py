"""Writes the hashed requirements of each image: `python deploy/docker/lock.py`; with --check it only compares.

They are parts of requirements.lock, which holds every extra: uv picks what an extra needs, at the lock's versions. Run
it after the lock has changed.
"""

import subprocess
import sys
import tomllib
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
LOCK = "requirements.lock"
# File → the extras in it.
IMAGES = {"ingest": ("ingest", "tracing"), "enrich": ("enrich", "tracing")}
# What builds our own package: used in the build stage, in no image.
BUILD = "build"


def locked(requirements: list[str], *, extras: tuple[str, ...] = ()) -> str:
    """Return the part of the lock that these requirements or extras stand for, with its hashes."""
    wanted = [option for extra in extras for option in ("--extra", extra)]
    command = [
        *(sys.executable, "-m", "uv", "pip", "compile", "--quiet", "pyproject.toml" if extras else "-", *wanted),
        *("--constraint", LOCK, "--universal", "--python-version", "3.11", "--generate-hashes"),
        *("--no-header", "--no-annotate", "--no-emit-index-url", "--no-emit-find-links"),
    ]
    given = "\n".join(requirements)
    return subprocess.run(command, cwd=ROOT, input=given, capture_output=True, text=True, check=True).stdout  # noqa: S603 - ours


def files() -> dict[Path, str]:
    """Return each file and what belongs into it."""
    backend = tomllib.loads((ROOT / "pyproject.toml").read_text())["build-system"]["requires"]
    contents = {BUILD: locked(backend)} | {name: locked([], extras=extras) for name, extras in IMAGES.items()}
    return {HERE / f"{name}.txt": content for name, content in contents.items()}


def main() -> int:
    """Write the files, or with --check say which differ."""
    differ = [path for path, content in files().items() if not path.exists() or path.read_text() != content]
    if "--check" in sys.argv[1:]:
        for path in differ:
            print(f"{path.relative_to(ROOT)} is not what {LOCK} says: run python deploy/docker/lock.py")
        return 1 if differ else 0
    for path, content in files().items():
        path.write_text(content)
    return 0


if __name__ == "__main__":
    sys.exit(main())
