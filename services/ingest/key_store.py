"""Where keys are kept: a small SQLite file that `claimwire keys` writes and every ingest process reads.

Nothing here keeps a file open: what the file says is read again whenever it has changed, also by being replaced.
"""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from services.ingest.keys import Key, digest_of, id_of, new_text, quota_of, require_name

_VERSION = 1
_TABLE = """
CREATE TABLE keys (
  id TEXT PRIMARY KEY, name TEXT NOT NULL, digest BLOB NOT NULL, quota TEXT,
  created_at INTEGER NOT NULL, lifetime INTEGER, expires_at INTEGER, revoked_at INTEGER
) STRICT
"""
_COLUMNS = "id, name, digest, quota, created_at, lifetime, expires_at, revoked_at"
_BUSY_SECONDS = 5.0
_READ_SECONDS = 0.2  # requests wait meanwhile; writers do not block readers for longer than an instant
# The owner's alone: whoever can write it can let themselves in.
_MODE = 0o600

# How SQLite says, in the first byte, that it cannot make its files beside ours.
_NO_FOLDER = {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY}

# What tells one state of the file from another.
Signature = tuple[tuple[int, int, int], ...]


class KeysFileError(Exception):
    """Raised when the file of keys cannot be read or written: says which and why."""


class NoSuchKey(LookupError):  # noqa: N818 - named by what happened
    """Raised when a key is named that is not there, or not in a state for what was asked."""


def signature(path: Path) -> Signature:
    """Return what changes when the keys do. Raises `KeysFileError` if there is no file."""
    try:
        found = [path.stat()]
    except OSError as error:
        raise _unusable(path, error) from None
    log = path.with_name(path.name + "-wal")  # a change can be in there alone
    if log.exists():
        found.append(log.stat())
    return tuple((each.st_ino, each.st_mtime_ns, each.st_size) for each in found)


def read_keys(path: Path) -> dict[str, Key]:
    """Return all keys by id, also those that open nothing any more. Raises `KeysFileError`."""
    signature(path)
    address = path.absolute().as_uri() + "?mode=ro"
    try:
        return _read(address)
    except (sqlite3.Error, ValueError) as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF not in _NO_FOLDER:
            raise _unusable(path, error) from None
    # A write-ahead log needs a folder that can be written to. A mounted secret has none, and nobody who writes.
    try:
        return _read(address + "&immutable=1")
    except (sqlite3.Error, ValueError) as error:
        raise _unusable(path, error) from None


def _read(address: str) -> dict[str, Key]:
    with closing(sqlite3.connect(address, uri=True, timeout=_READ_SECONDS)) as connection:
        _require_version(connection)
        rows = connection.execute(f"SELECT {_COLUMNS} FROM keys ORDER BY created_at, rowid").fetchall()  # noqa: S608 - a constant
    return {row[0]: _key(row) for row in rows}


class KeyStore:
    """Changes keys. Each change is on disk when its method returns."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def create(self, name: str, *, quota: str | None = None, lifetime: timedelta | None = None) -> tuple[Key, str]:
        """Make a key; return it and its text, which nothing keeps. Raises `ValueError` for a wrong name or quota."""
        require_name(name)
        if lifetime is not None and lifetime <= timedelta(0):
            raise ValueError("a key has to hold for some time")
        checked = str(quota_of(quota)) if quota else None
        with self._writing() as connection:
            return _insert(connection, name, checked, lifetime, _now())

    def revoke(self, id: str) -> Key:
        """Make a key open nothing from now on. Raises `NoSuchKey`."""
        with self._writing() as connection:
            key = _find(connection, id)
            if key.revoked_at is None:
                now = _now()
                connection.execute("UPDATE keys SET revoked_at = ? WHERE id = ?", (_unix(now), id))
                key = replace(key, revoked_at=now)
        return key

    def rotate(self, id: str, *, grace: timedelta) -> tuple[Key, str]:
        """Make a key like another, with its name, quota and lifetime; the other one ends after `grace`.

        Raises `NoSuchKey`, also if the other was revoked: whoever lost it would get a new one.
        """
        with self._writing() as connection:
            old = _find(connection, id)
            if old.revoked_at is not None:
                raise NoSuchKey(f"the key {id} was revoked; create a new one")
            now = _now()
            ends = min(now + grace, old.expires_at or datetime.max.replace(tzinfo=UTC))
            connection.execute("UPDATE keys SET expires_at = ? WHERE id = ?", (_unix(ends), id))
            return _insert(connection, old.name, str(old.quota) if old.quota else None, old.lifetime, now)

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        try:
            if not self._path.exists():
                self._path.touch(_MODE)
            with closing(sqlite3.connect(self._path, timeout=_BUSY_SECONDS, isolation_level=None)) as connection:
                connection.execute("PRAGMA journal_mode = WAL")
                connection.execute("BEGIN IMMEDIATE")
                if connection.execute("PRAGMA user_version").fetchone() == (0,):
                    connection.execute(_TABLE)
                    connection.execute(f"PRAGMA user_version = {_VERSION}")
                _require_version(connection)
                try:
                    yield connection
                except BaseException:
                    connection.execute("ROLLBACK")
                    raise
                connection.execute("COMMIT")
                # So that a copy of the file alone, such as a mounted secret, is complete.
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        except (sqlite3.Error, OSError) as error:
            raise _unusable(self._path, error) from None


def _insert(
    connection: sqlite3.Connection, name: str, quota: str | None, lifetime: timedelta | None, now: datetime
) -> tuple[Key, str]:
    text = new_text()
    seconds = int(lifetime.total_seconds()) if lifetime else None
    expires = _unix(now + lifetime) if lifetime else None
    row = (id_of(text), name, digest_of(text), quota, _unix(now), seconds, expires, None)
    connection.execute(f"INSERT INTO keys ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)  # noqa: S608 - a constant
    return _key(row), text


def _find(connection: sqlite3.Connection, id: str) -> Key:
    row = connection.execute(f"SELECT {_COLUMNS} FROM keys WHERE id = ?", (id,)).fetchone()  # noqa: S608 - a constant
    if row is None:
        raise NoSuchKey(f"there is no key {id}; `claimwire keys list` shows those that there are")
    return _key(row)


def _require_version(connection: sqlite3.Connection) -> None:
    (found,) = connection.execute("PRAGMA user_version").fetchone()
    if found != _VERSION:
        raise sqlite3.DatabaseError(f"it is version {found} of this file; known here: {_VERSION}")


def _key(row: tuple[object, ...]) -> Key:
    id, name, digest, quota, created, lifetime, expires, revoked = row
    return Key(
        id=str(id),
        name=str(name),
        digest=bytes(digest),  # type: ignore[call-overload]  # the table is strict
        quota=quota_of(str(quota)) if quota else None,
        created_at=_moment(created),
        lifetime=timedelta(seconds=int(str(lifetime))) if lifetime is not None else None,
        expires_at=_moment(expires) if expires is not None else None,
        revoked_at=_moment(revoked) if revoked is not None else None,
    )


def _moment(unix: object) -> datetime:
    return datetime.fromtimestamp(int(str(unix)), UTC)


def _unix(moment: datetime) -> int:
    return int(moment.timestamp())


def _now() -> datetime:
    return datetime.fromtimestamp(int(time.time()), UTC)


def _unusable(path: Path, error: Exception) -> KeysFileError:
    if isinstance(error, FileNotFoundError):
        return KeysFileError(f"{path} does not exist; `claimwire keys create NAME --file {path}` makes it")
    reason = error.strerror if isinstance(error, OSError) else error
    return KeysFileError(f"{path} cannot be used as a file of keys: {reason}")
