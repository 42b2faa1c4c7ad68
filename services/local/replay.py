"""Sends dead letters again: the original key, value and headers, to the raw topic, marked as a replay.

What has been superseded meanwhile is left alone: an article that is newer in the `latest` topic must not go back.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import orjson
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from services.contract.article import ArticleV1
from services.contract.codec import CHANNEL, DecodeError, decode, header
from services.contract.identity import article_id
from services.contract.rejected import Original, Reason, RejectedV1, Stage
from services.contract.topics import DEAD_LETTER, LATEST, MAX_REQUEST_BYTES, RAW
from services.local.records import reader
from services.runtime.kafka import Kafka

REPLAYS = "claimwire-replays"

Headers = tuple[tuple[str, bytes | None], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which dead letters to send again. Empty: all."""

    reasons: frozenset[Reason] = frozenset()
    stage: Stage | None = None
    since: datetime | None = None
    until: datetime | None = None
    limit: int | None = None

    def holds(self, letter: RejectedV1) -> bool:
        """Whether the letter is one of them, as far as the letter itself tells; times are those of the raw record."""
        at = letter.original.timestamp_ms / 1000
        return (
            (not self.reasons or letter.reason in self.reasons)
            and (self.stage is None or letter.stage is self.stage)
            and (self.since is None or at >= self.since.timestamp())
            and (self.until is None or at < self.until.timestamp())
        )


@dataclass(slots=True)
class Replayed:
    """What became of the dead letters."""

    read: int = 0
    unreadable: int = 0
    not_selected: int = 0
    superseded: int = 0
    sent: int = 0
    failures: list[str] = field(default_factory=list)


async def replay(kafka: Kafka, selection: Selection, *, dry_run: bool = False) -> Replayed:
    """Send the selected dead letters again; those that are there when it starts, each once. Raises `KafkaError`."""
    counts = Replayed()
    selected = [letter async for letter in _selected(kafka, selection, counts)]
    versions = await _versions(kafka, {id for letter in selected if (id := identity(letter.original))})
    to_send: list[Original] = []
    for letter in newest(selected):
        if is_superseded(letter.original, versions.get(identity(letter.original) or "")):
            counts.superseded += 1
        elif selection.limit is None or len(to_send) < selection.limit:
            to_send.append(letter.original)
        else:
            counts.not_selected += 1
    if dry_run:
        counts.sent = len(to_send)
    else:
        await _send(kafka, to_send, counts)
    return counts


def newest(letters: Iterable[RejectedV1]) -> list[RejectedV1]:
    """Return the last letter of each article, or of each record that names none, in the order of the raw topic.

    A letter that failed again after a replay is there twice; and an older version must not be sent behind a newer.
    """
    last: dict[object, RejectedV1] = {}
    for letter in sorted(letters, key=lambda letter: (letter.original.timestamp_ms, letter.original.offset)):
        original = letter.original
        subject = identity(original) or (original.key, original.value)
        last.pop(subject, None)
        last[subject] = letter
    return list(last.values())


def identity(original: Original) -> str | None:
    """Return the id of the article that the record holds, or None if it holds none that can be told."""
    try:
        article = decode(original.value, ArticleV1, max_bytes=MAX_REQUEST_BYTES)
        return str(article_id(article, key=original.key))
    except (DecodeError, ValueError):
        pass
    try:  # a record that cannot be read may still say by its key which article it is
        return str(UUID((original.key or b"").decode("ascii")))
    except ValueError:
        return None


def is_superseded(original: Original, latest_version: int | None) -> bool:
    """Whether sending the record again would take its article back to an older version."""
    if latest_version is None:
        return False
    try:
        own = decode(original.value, ArticleV1, max_bytes=MAX_REQUEST_BYTES).version
    except DecodeError:
        own = None
    # A producer's own version counts; without one, it is the time at which the raw topic took the record.
    return latest_version >= own if own is not None else latest_version > original.timestamp_ms


def replay_headers(original: Headers) -> Headers:
    """Return the original headers, marked as a replay, with how many times it has been one."""
    before = header(original, REPLAYS)
    count = int(before) if before and before.isdigit() else 0
    kept = tuple((name, value) for name, value in original if name not in {CHANNEL, REPLAYS})
    return (*kept, (CHANNEL, b"replay"), (REPLAYS, b"%d" % (count + 1)))


async def _selected(kafka: Kafka, selection: Selection, counts: Replayed) -> AsyncIterator[RejectedV1]:
    async with reader(kafka, DEAD_LETTER.name) as records:
        await records.seek(None)
        async for record in records.until(await records.ends()):
            counts.read += 1
            try:
                letter = decode(record.value, RejectedV1, max_bytes=MAX_REQUEST_BYTES)
            except DecodeError:
                counts.unreadable += 1
                continue
            if selection.holds(letter):
                yield letter
            else:
                counts.not_selected += 1


async def _versions(kafka: Kafka, ids: set[str]) -> dict[str, int]:
    """Return the newest version of each of these articles, as far as there is one."""
    versions: dict[str, int] = {}
    if not ids:
        return versions
    async with reader(kafka, LATEST.name) as records:
        await records.seek(None)
        async for record in records.until(await records.ends()):
            id = (record.key or b"").decode(errors="replace")
            if id in ids and record.value:
                versions[id] = max(orjson.loads(record.value)["version"], versions.get(id, 0))
    return versions


async def _send(kafka: Kafka, originals: Iterable[Original], counts: Replayed) -> None:
    producer = AIOKafkaProducer(
        **kafka.client(),
        acks="all",
        enable_idempotence=True,
        max_request_size=MAX_REQUEST_BYTES,
        client_id="claimwire-replay",
    )
    await producer.start()
    try:
        waiting = []
        for original in originals:
            if original.key is None and original.value is None:
                reason = original.omitted or "there is neither key nor value to send"
                counts.failures.append(f"{_position(original)}: {reason}")
                continue
            try:
                sent = await producer.send(
                    RAW.name, original.value, key=original.key, headers=list(replay_headers(original.headers))
                )
            except KafkaError as error:  # too large for the raw topic, for one
                counts.failures.append(f"{_position(original)}: {error}")
            else:
                waiting.append((original, sent))
        for original, answer in zip(
            (original for original, _ in waiting),
            await asyncio.gather(*(sent for _, sent in waiting), return_exceptions=True),
            strict=True,
        ):
            if isinstance(answer, BaseException):
                counts.failures.append(f"{_position(original)}: {answer}")
            else:
                counts.sent += 1
    finally:
        await producer.stop()


def _position(original: Original) -> str:
    return f"{original.topic}/{original.partition}/{original.offset}"
