"""Enriches articles without Kafka: lines of JSON in, lines of JSON out, in the same order, with bounded memory."""

import asyncio
import concurrent.futures
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import orjson
from prometheus_client import CollectorRegistry

from services.contract.codec import CHANNEL
from services.contract.topics import ENRICHED
from services.enrich.handle import Handled, RawRecord
from services.enrich.pool import Pool
from services.enrich.settings import EnrichSettings
from services.runtime.metrics import EnrichMetrics
from services.runtime.settings import read

_ARTICLE_SECONDS = 60.0
# So many lines for each process are read ahead, so that none waits while a long article holds up the order.
_AHEAD = 8


async def annotate(lines: Iterator[bytes], *, workers: int, language: str | None = None) -> AsyncIterator[bytes]:
    """Return for each line that is not blank the enriched article, or `{"error": …, "line": n}`.

    Articles without a language of their own are taken to declare `language`.
    """
    read(EnrichSettings)  # what is wrong is said once, here, and not by every process of the pool
    loop = asyncio.get_running_loop()
    results: asyncio.Queue[tuple[int, asyncio.Future[Handled]] | Exception | None] = asyncio.Queue(workers * _AHEAD)
    pool = Pool(processes=workers, timeout_seconds=_ARTICLE_SECONDS, metrics=EnrichMetrics(CollectorRegistry()))

    async def put(number: int, line: bytes) -> None:
        await results.put((number, asyncio.ensure_future(pool.run(_record(number, line, language)))))

    def feed() -> None:
        # A thread of its own, for reading may block for ever; a daemon, for nobody waits for it at the end.
        end: Exception | None = None
        try:
            for number, line in enumerate(lines, 1):
                # Files from Windows begin with a mark that is not JSON.
                if text := (line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line).strip():
                    asyncio.run_coroutine_threadsafe(put(number, text), loop).result()
        except concurrent.futures.CancelledError:
            return  # nobody wants more
        except Exception as error:  # noqa: BLE001 - said by whoever waits for the lines, in its own thread
            end = error
        with suppress(concurrent.futures.CancelledError, RuntimeError):
            asyncio.run_coroutine_threadsafe(results.put(end), loop).result()

    await pool.start()
    try:
        threading.Thread(target=feed, name="lines", daemon=True).start()
        while (result := await results.get()) is not None:
            if isinstance(result, Exception):
                raise result
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
    if not isinstance(article, dict) or article.get("language"):
        return line
    try:
        return orjson.dumps(article | {"language": language})
    except TypeError:  # nested deeper than can be written; it is said later
        return line


def _answer(number: int, handled: Handled) -> bytes:
    first = handled.records[0]
    if first.topic == ENRICHED.name:
        return first.value
    letter: dict[str, Any] = orjson.loads(first.value)
    error = {name: letter[name] for name in ("stage", "reason", "detail", "problems")}
    return orjson.dumps({"error": error, "line": number})
