"""A batch: order, partial success, capacity."""

import asyncio
from datetime import UTC, datetime

import orjson
import pytest
from support.articles import make_value
from support.intake import WritingPublisher

from services.ingest import problems
from services.ingest.accept import Stamp, accept_article
from services.ingest.batch import ndjson, numbered_lines, publish_lines
from services.ingest.problems import Rejected
from services.ingest.publish import AtCapacity, NotPublished, OverTopicLimit

STAMP = Stamp(new_id=lambda: "one", time=datetime(2026, 3, 9, tzinfo=UTC), traceparent=b"t")


async def results_of(publisher, *lines: bytes, timeout_seconds: float = 60) -> list[dict]:
    numbered = numbered_lines(b"\n".join(lines), max_lines=5000)
    done = await publish_lines(
        numbered,
        accept=lambda text: accept_article(text, STAMP),
        publisher=publisher,
        timeout_seconds=timeout_seconds,
    )
    return [orjson.loads(line) for line in ndjson(done)]


async def test_one_result_a_line_in_order():
    """Good, bad and blank lines keep their numbers."""
    results = await results_of(WritingPublisher(), make_value(), b"", b"{bad", b" \r", make_value(url=None))
    assert [(result["line"], result["status"]) for result in results] == [
        (1, "accepted"),
        (3, "rejected"),
        (5, "accepted"),
    ]
    assert results[1]["problem"]["type"] == problems.NOT_JSON.type


async def test_records_are_handed_over_in_the_order_of_their_lines():
    """A replacement never comes before what it replaces."""
    publisher = WritingPublisher()
    await results_of(publisher, *(make_value(title=str(number)) for number in range(1200)))
    assert [orjson.loads(record.value)["title"] for record in publisher.records] == [str(n) for n in range(1200)]


async def test_a_line_that_kafka_does_not_take_fails_alone():
    """The other lines are accepted; the failed one says that it may be sent again."""
    results = await results_of(
        WritingPublisher(trouble=lambda record: NotPublished("gone") if b"second" in record.value else None),
        make_value(title="first"),
        make_value(title="second"),
        make_value(title="third"),
    )
    assert [result["status"] for result in results] == ["accepted", "failed", "accepted"]
    assert results[1]["problem"]["status"] == 503


async def test_a_record_over_the_topics_limit_is_rejected():
    """Sending it again would not help."""
    (result,) = await results_of(WritingPublisher(trouble=lambda _: OverTopicLimit("too large")), make_value())
    assert (result["status"], result["problem"]["status"]) == ("rejected", 413)


async def test_a_batch_waits_for_its_own_records_when_there_is_no_room():
    """One batch larger than what may be in flight gets through."""

    class Narrow(WritingPublisher):
        room = 2

        async def hand_over(self, record):
            if self.room == 0:
                raise AtCapacity("full")
            self.room -= 1
            return await super().hand_over(record)

        async def confirm(self, handed):
            self.room += 1
            return await super().confirm(handed)

    results = await results_of(Narrow(), *(make_value(title=str(number)) for number in range(20)))
    assert {result["status"] for result in results} == {"accepted"}


async def test_without_room_and_nothing_of_its_own_under_way_a_line_fails_at_once():
    """A full service says so early."""
    (result,) = await results_of(WritingPublisher(trouble=lambda _: AtCapacity("full")), make_value())
    assert result["problem"]["type"] == problems.OVERLOADED.type


async def test_lines_whose_turn_does_not_come_in_time_fail():
    """The answer comes although a partition hangs; what was handed over in time is accepted."""

    class Slow(WritingPublisher):
        async def hand_over(self, record):
            await asyncio.sleep(0.02)
            return await super().hand_over(record)

    results = await results_of(Slow(), make_value(title="1"), make_value(title="2"), timeout_seconds=0.001)
    assert [result["status"] for result in results] == ["accepted", "failed"]
    assert results[1]["problem"]["status"] == 503


def test_too_many_lines_are_refused_as_a_whole():
    """Blank lines do not count."""
    assert len(numbered_lines(b"a\n\nb\n", max_lines=2)) == 2
    with pytest.raises(Rejected) as raised:
        numbered_lines(b"a\nb\nc", max_lines=2)
    assert raised.value.document()["limit_articles"] == 2
