"""Fetches Apache Kafka from Maven Central once; afterwards it is on disk and no network is needed."""

import fcntl
import os
import sys
from collections.abc import Callable
from pathlib import Path

KAFKA_VERSION = "4.4.0"
# Kafka itself brings no link from its logging interface to log4j: without one it prints nothing at all. The "!" keeps
# the versions that log4j would like for other libraries out of it.
_COORDINATES = f"org.apache.kafka:kafka_2.13:{KAFKA_VERSION}+org.apache.logging.log4j:log4j-slf4j-impl:2.25.5!"


class NoKafkaError(RuntimeError):
    """Raised when Kafka's jars are not on disk and cannot be fetched."""


def cache_dir() -> Path:
    """Return the folder for what can be fetched or made again: CLAIMWIRE_CACHE_DIR, else one in the user's cache."""
    if given := os.environ.get("CLAIMWIRE_CACHE_DIR"):
        return Path(given).expanduser()
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "claimwire"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "claimwire"


def kafka_jars(notice: Callable[[str], None]) -> list[Path]:
    """Return the class path of Kafka. Raises `NoKafkaError`."""
    folder = cache_dir()
    folder.mkdir(parents=True, exist_ok=True)
    listing = folder / f"kafka-{KAFKA_VERSION}.jars"
    # One process fetches, others wait for it.
    with (folder / "kafka.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if (jars := _listed(listing)) is None:
            notice(f"Fetching Apache Kafka {KAFKA_VERSION} from Maven Central, 43 MB, this once …")
            jars = _fetch()
            listing.write_text("".join(f"{jar}\n" for jar in jars))
    return jars


def _listed(listing: Path) -> list[Path] | None:
    if not listing.exists():
        return None
    jars = [Path(line) for line in listing.read_text().splitlines()]
    return jars if jars and all(jar.is_file() for jar in jars) else None


def _fetch() -> list[Path]:
    try:
        import jgo  # noqa: PLC0415 - half a second that only the first start pays

        artifacts = jgo.resolve(_COORDINATES)
        jars = [artifact.resolve() for artifact in artifacts if artifact.packaging == "jar"]
    except Exception as error:  # jgo lets through whatever its HTTP, XML and file code raises
        raise NoKafkaError(
            f"Apache Kafka {KAFKA_VERSION} cannot be fetched from Maven Central ({type(error).__name__}: {error}). "
            "Connect to the network once, or set KAFKA_BOOTSTRAP_SERVERS to use a Kafka that runs elsewhere."
        ) from error
    return sorted(jars)
