"""A batch: one article a line in, one result a line out, in order. Partial success is normal.

Lines are handed to Kafka in their order and confirmed side by side, so records of one article keep their order.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import orjson

from services.ingest import problems
from services.ingest.accept import Record
from services.ingest.problems import Rejected, later
from services.ingest.publish import AtCapacity, Delivered, Handed, NotPublished, OverTopicLimit, Publisher

# Lines of one batch on their way at a time: enough for full Kafka batches, few enough that many batches share.
_WINDOW = 512
# Decoding occupies the event loop; other requests get a turn after so many lines.
_LINES_PER_TURN = 16


@dataclass(slots=True)
class Line:
    """One line's way through: its record, if it is an article, and its end."""

    number: int
    record: Record | None = None
    handed: Handed | None = None
    end: Delivered | Rejected | None = None

    @property
    def status(self) -> str:
        """What became of it."""
        if isinstance(self.end, Delivered):
            return "accepted"
        return "failed" if self.end is None or self.end.kind.status >= 500 else "rejected"

    def result(self) -> dict[str, object]:
        """Return the line's result as the members of its JSON object."""
        result: dict[str, object] = {"line": self.number, "status": self.status}
        if self.record is not None:
            result |= {"article_id": self.record.article_id, "action": self.record.action}
        match self.end:
            case Delivered(topic, partition, offset):
                result |= {"topic": topic, "partition": partition, "offset": offset}
            case Rejected() as problem:
                result["problem"] = problem.document()
        return result


def numbered_lines(body: bytes, *, max_lines: int) -> list[tuple[int, bytes]]:
    """Return the lines that are not blank, with their numbers from 1. Raises `Rejected` if they are too many."""
    lines = [(number, text) for number, line in enumerate(body.split(b"\n"), 1) if (text := line.strip())]
    if len(lines) > max_lines:
        raise Rejected(
            problems.TOO_MANY,
            f"{len(lines):,} articles; the limit is {max_lines:,} in one batch",
            members={"limit_articles": max_lines},
        )
    return lines


async def publish_lines(
    lines: list[tuple[int, bytes]],
    *,
    accept: Callable[[bytes], Record],
    publisher: Publisher,
    timeout_seconds: float,
) -> list[Line]:
    """Publish the lines that are articles; return what became of each.

    Lines whose turn has not come after `timeout_seconds` fail: a partition that hangs costs its own lines and some
    time, not a multiple of it.
    """
    clock = asyncio.get_running_loop().time
    give_up = clock() + timeout_seconds
    done: list[Line] = []
    under_way: deque[Line] = deque()
    for number, text in lines:
        line = Line(number)
        done.append(line)
        if number % _LINES_PER_TURN == 0:
            await asyncio.sleep(0)
        try:
            line.record = accept(text)
        except Rejected as rejection:
            line.end = rejection
            continue
        if clock() > give_up:
            line.end = not_published(NotPublished(f"the batch was not through after {timeout_seconds:g} s"))
            continue
        if len(under_way) >= _WINDOW:
            await _settle(under_way.popleft(), publisher)
        await _hand_over(line, line.record, under_way, publisher)
    while under_way:
        await _settle(under_way.popleft(), publisher)
    return done


async def _hand_over(line: Line, record: Record, under_way: deque[Line], publisher: Publisher) -> None:
    while True:
        try:
            line.handed = await publisher.hand_over(record)
        except AtCapacity as error:
            if not under_way:
                line.end = not_published(error)
                return
            await _settle(under_way.popleft(), publisher)  # room will come from this batch itself
        except NotPublished as error:
            line.end = not_published(error)
            return
        else:
            under_way.append(line)
            return


async def _settle(line: Line, publisher: Publisher) -> None:
    if line.handed is None:
        return
    try:
        line.end = await publisher.confirm(line.handed)
    except NotPublished as error:
        line.end = not_published(error)


def not_published(error: NotPublished) -> Rejected:
    """Return the problem that tells a client that its article was not published."""
    match error:
        case OverTopicLimit():
            return Rejected(problems.TOO_LARGE, str(error))
        case AtCapacity():
            return later(problems.OVERLOADED, str(error), retry_after_seconds=1)
        case _:
            return later(problems.UNAVAILABLE, str(error), retry_after_seconds=2)


def ndjson(lines: list[Line]) -> Iterator[bytes]:
    """Return the results, one JSON object a line."""
    for line in lines:
        yield orjson.dumps(line.result()) + b"\n"
