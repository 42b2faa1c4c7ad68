"""Enriches articles without Kafka: lines of JSON in, lines of JSON out, in the same order, with bounded memory."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from typing import Any

import orjson

from services.contract.codec import CHANNEL
from services.contract.topics import ENRICHED
from services.enrich.handle import Handled, RawRecord
from services.enrich.pool import Pool

_ARTICLE_SECONDS = 60.0
# So many lines for each process are read ahead, so that none waits while a long article holds up the order.
_AHEAD = 8


async def annotate(lines: Iterator[bytes], *, workers: int, language: str | None = None) -> AsyncIterator[bytes]:
    """Return for each line that is not blank the enriched article, or `{"error": …, "line": n}`.

    Articles without a language of their own are taken to declare `language`.
    """
    loop = asyncio.get_running_loop()
    results: asyncio.Queue[tuple[int, asyncio.Future[Handled]] | None] = asyncio.Queue(workers * _AHEAD)
    pool = Pool(processes=workers, timeout_seconds=_ARTICLE_SECONDS)

    async def put(number: int, line: bytes) -> None:
        await results.put((number, asyncio.ensure_future(pool.run(_record(number, line, language)))))

    def read() -> None:
        # A thread of its own, for reading may block for ever; a daemon, for nobody waits for it at the end.
        for number, line in enumerate(lines, 1):
            if line.strip():
                asyncio.run_coroutine_threadsafe(put(number, line), loop).result()
        asyncio.run_coroutine_threadsafe(results.put(None), loop).result()

    await pool.start()
    try:
        threading.Thread(target=read, name="lines", daemon=True).start()
        while (result := await results.get()) is not None:
            number, handled = result
            yield _answer(number, await handled)
    finally:
        pool.stop()


def _record(number: int, line: bytes, language: str | None) -> RawRecord:
    return RawRecord(
        topic="annotate",
        partition=0,
        offset=number - 1,
        timestamp_ms=round(datetime.now(UTC).timestamp() * 1000),
        value=line if language is None else _declaring(line, language),
        headers=((CHANNEL, b"annotate"),),
    )


def _declaring(line: bytes, language: str) -> bytes:
    try:
        article = orjson.loads(line)
    except orjson.JSONDecodeError:
        return line  # it is said later what is wrong with it
    return orjson.dumps({"language": language} | article) if isinstance(article, dict) else line


def _answer(number: int, handled: Handled) -> bytes:
    first = handled.records[0]
    if first.topic == ENRICHED.name:
        return first.value
    letter: dict[str, Any] = orjson.loads(first.value)
    error = {name: letter[name] for name in ("stage", "reason", "detail", "problems")}
    return orjson.dumps({"error": error, "line": number})
