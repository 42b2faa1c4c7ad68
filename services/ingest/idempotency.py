"""The same request twice, by its `Idempotency-Key`: the first answer again, and the articles only once.

Kept are answers that say that something was taken. A refusal changes nothing and would be the same again, so its key
stays free: a client may mend its body and send it under the same one. A failure must be sent again under the same key,
so it cannot be the answer for ever.

Answers are kept by one instance in SQLite, in a file or in memory, for a time and up to a size. Losing one is harmless:
the ids of articles are derived, so what is sent twice replaces itself. So this never fails a request either.
"""

import asyncio
import hashlib
import logging
import re
import sqlite3
import zlib
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import orjson

from services.ingest import problems
from services.ingest.problems import Rejected, later
from services.runtime.clock import Clock

log = logging.getLogger(__name__)

T = TypeVar("T")

HEADER = "Idempotency-Key"
REPLAYED = "Idempotent-Replayed"

_KEY = re.compile(r"[\x20-\x7e]{1,255}")
# What a row takes beside its answer, roughly.
_ROW_BYTES = 256
_BUSY_SECONDS = 2.0
_TABLES = """
CREATE TABLE IF NOT EXISTS answers (
  slot BLOB NOT NULL UNIQUE, request BLOB NOT NULL, at INTEGER NOT NULL,
  status INTEGER NOT NULL, headers BLOB NOT NULL, body BLOB NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS answers_at ON answers (at);
"""
_OUTDATED = "DELETE FROM answers WHERE at <= ? OR slot = ? RETURNING length(body)"
# The order of rows is that of their making: the oldest have the lowest rowid.
_OLDEST = "DELETE FROM answers WHERE rowid = (SELECT min(rowid) FROM answers) RETURNING length(body)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a request is answered with; `is_final` if sending it again is pointless."""

    status: int
    headers: dict[str, str]
    body: bytes
    is_final: bool = True


@dataclass(frozen=True, slots=True)
class Request:
    """A request that has a key: whose key it is, and what it asks for."""

    slot: bytes
    content: bytes


def request(key: str | None, *, caller: str | None, target: str, body: bytes) -> Request | None:
    """Return what tells this request from others; None if it has no key. Raises `Rejected`.

    A key is its sender's own: two callers can use the same.
    """
    if key is None:
        return None
    given = key.strip()
    if len(given) > 2 and given[0] == given[-1] == '"':  # a structured string, as the draft has it; many send it bare
        given = given[1:-1]
    if not _KEY.fullmatch(given):
        raise Rejected(problems.BAD_IDEMPOTENCY_KEY, "it has to be 1 to 255 printable ASCII characters")
    return Request(_digest(caller or "", given), _digest(target, body))


class Answers:
    """Remembers answers."""

    def __init__(self, path: Path | None, *, max_bytes: int, keep_seconds: int, clock: Clock) -> None:
        self._path = path
        self._max_bytes = max_bytes
        self._keep_seconds = keep_seconds
        self._clock = clock
        self._bytes = 0
        self._connection: sqlite3.Connection | None = None
        # SQLite waits for the disk; one thread, so that the loop does not.
        self._thread = ThreadPoolExecutor(1, "idempotency")
        self._under_way: dict[bytes, bytes] = {}

    def open(self) -> None:
        """Open the file. Raises `sqlite3.Error`."""
        self._thread.submit(self._opened).result()

    def close(self) -> None:
        """Close the file."""
        if self._connection is not None:
            self._thread.submit(self._connection.close).result()
            self._connection = None
        self._thread.shutdown()

    async def once(self, asked: Request | None, work: Callable[[], Awaitable[Answer]]) -> tuple[Answer, bool]:
        """Return the answer that the request got before, else that of `work`; and whether it was before.

        Raises `Rejected` if the key was used for another request, or the first answer is still being made.
        """
        if asked is None:
            return await work(), False
        if (running := self._under_way.get(asked.slot)) is not None:
            _require_same(asked, running)
            raise later(
                problems.IDEMPOTENCY_CONFLICT,
                "the first request with this key is not answered yet",
                retry_after_seconds=1,
            )
        self._under_way[asked.slot] = asked.content
        try:
            if (known := await self._in_thread(lambda: self._find(asked.slot))) is not None:
                content, answer = known
                _require_same(asked, content)
                return answer, True
            answer = await work()
            if answer.is_final:
                await self._in_thread(lambda: self._keep(asked, answer))
            return answer, False
        finally:
            del self._under_way[asked.slot]

    async def _in_thread(self, work: Callable[[], T]) -> T | None:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work)
        except sqlite3.Error as error:
            log.warning("an answer could not be looked up or kept: %s", error)
            return None

    def _find(self, slot: bytes) -> tuple[bytes, Answer] | None:
        row = (
            self._opened()
            .execute(
                "SELECT request, status, headers, body FROM answers WHERE slot = ? AND at > ?",
                (slot, self._horizon()),
            )
            .fetchone()
        )
        if row is None:
            return None
        content, status, headers, body = row
        return content, Answer(status=status, headers=orjson.loads(headers), body=zlib.decompress(body))

    def _keep(self, asked: Request, answer: Answer) -> None:
        connection = self._opened()
        body = zlib.compress(answer.body, 1)
        size = len(body) + _ROW_BYTES
        if size > self._max_bytes:
            return
        with connection:
            held = self._bytes + size - _forget(connection, _OUTDATED, self._horizon(), asked.slot)
            connection.execute(
                "INSERT INTO answers VALUES (?, ?, ?, ?, ?, ?)",
                (asked.slot, asked.content, self._now(), answer.status, orjson.dumps(answer.headers), body),
            )
            while held > self._max_bytes:
                held -= _forget(connection, _OLDEST)
        self._bytes = held

    def _opened(self) -> sqlite3.Connection:
        """Return the connection; in the thread that alone uses it."""
        if self._connection is None:
            connection = sqlite3.connect(self._path or ":memory:", timeout=_BUSY_SECONDS)
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")  # what a power cut takes is sent again
            connection.executescript(_TABLES)
            (self._bytes,) = connection.execute(
                "SELECT coalesce(sum(length(body) + ?), 0) FROM answers", (_ROW_BYTES,)
            ).fetchone()
            self._connection = connection
        return self._connection

    def _now(self) -> int:
        return int(self._clock.now().timestamp())

    def _horizon(self) -> int:
        return self._now() - self._keep_seconds


def _forget(connection: sqlite3.Connection, statement: str, *values: object) -> int:
    """Delete answers; return how much they took."""
    return sum(size + _ROW_BYTES for (size,) in connection.execute(statement, values).fetchall())


def _require_same(asked: Request, content: bytes) -> None:
    if asked.content != content:
        raise Rejected(problems.IDEMPOTENCY_MISMATCH, "it came with another body, or to another address, before")


def _digest(first: str, second: str | bytes) -> bytes:
    """Return a digest of both; no other two have the same."""
    after = second if isinstance(second, bytes) else second.encode()
    return hashlib.sha256(first.encode() + b"\0" + after).digest()
