"""The order and the arithmetic of delivery, on a producer that only writes down. The real Kafka is in integration."""

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
from aiokafka import TopicPartition
from hypothesis import given
from hypothesis import strategies as st
from support.make import make_record

from services.contract.rejected import Reason
from services.contract.topics import RAW
from services.enrich.budget import BudgetExceededError, DeadLetterBudget
from services.enrich.delivery import PartitionDelivery
from services.enrich.handle import Handled, OutRecord, RawRecord, Rejection
from services.runtime.clock import SystemClock

PARTITION = TopicPartition(RAW.name, 0)


@dataclass
class WritingProducer:
    """Keeps what was sent; what a transaction did not commit is forgotten, as for a read_committed reader."""

    committed: list[bytes] = field(default_factory=list)
    offset: int | None = None
    sizes: list[int] = field(default_factory=list)
    fails_at: int | None = None
    is_stopped: bool = False
    _pending: list[bytes] = field(default_factory=list)
    _pending_offset: int | None = None

    @asynccontextmanager
    async def transaction(self):
        self._pending, self._pending_offset = [], None
        yield
        self.committed += self._pending
        self.offset = self._pending_offset
        self.sizes.append(len(self._pending))

    async def send(self, topic, *, key, value, headers):
        if self.fails_at is not None and len(self.committed) + len(self._pending) >= self.fails_at:
            raise ConnectionError("fenced")
        self._pending.append(value)
        sent = asyncio.get_running_loop().create_future()
        sent.set_result(None)
        return sent

    async def send_offsets_to_transaction(self, offsets, group):
        self._pending_offset = offsets[PARTITION]

    async def stop(self):
        self.is_stopped = True


def handled(record: RawRecord, *, is_rejected: bool = False) -> Handled:
    """Return an outcome whose one record holds the raw offset."""
    out = OutRecord(topic="t", key=None, value=str(record.offset).encode(), headers=())
    rejection = Rejection(Reason.NOT_JSON) if is_rejected else None
    return Handled(records=(out,), outcome=rejection, channel="kafka")


def make_delivery(producer: WritingProducer, work, **fields) -> tuple[PartitionDelivery, list[BaseException]]:
    """Return a delivery that starts at offset 0, and the failures it reports."""
    failures: list[BaseException] = []

    async def log_has_everything(partition, offset):
        return offset

    defaults = {
        "group": "g",
        "next_offset": 0,
        "window": 8,
        "batch_records": 5,
        "first_offset_from": log_has_everything,
        "budget": DeadLetterBudget(in_a_row=1_000, share=1.0),
        "clock": SystemClock(),
        "on_done": lambda *_: None,
        "on_failure": failures.append,
    }
    return PartitionDelivery(PARTITION, producer=producer, work=work, **defaults | fields), failures


@given(st.lists(st.integers(0, 5), min_size=1, max_size=40), st.integers(1, 10), st.integers(1, 10))
def test_what_is_committed_is_always_a_contiguous_prefix(delays, window, batch_records) -> None:
    """In whatever order the records get done: committed in their order, none missing, none twice, offset behind them."""

    async def scenario() -> None:
        producer, transactions = WritingProducer(), []

        async def work(record: RawRecord) -> Handled:
            for _ in range(delays[record.offset]):
                await asyncio.sleep(0)
            return handled(record)

        delivery, failures = make_delivery(
            producer, work, window=window, batch_records=batch_records, on_done=transactions.append
        )
        for offset in range(len(delays)):
            await delivery.put(make_record(offset=offset))
            assert delivery.in_flight <= window
            assert producer.committed == [str(number).encode() for number in range(len(producer.committed))]
            assert producer.offset in (None, len(producer.committed))
        await delivery.drain()
        await delivery.stop()
        assert not failures
        assert producer.committed == [str(number).encode() for number in range(len(delays))]
        assert producer.offset == len(delays)
        assert all(each.passed == len(each.done) for each in transactions)
        assert max(producer.sizes) <= batch_records

    asyncio.run(scenario())


async def done_at_once(record: RawRecord) -> Handled:
    """Work that takes no time."""
    return handled(record)


async def test_records_that_come_back_after_a_rebalance_are_skipped() -> None:
    """Below the committed offset, or taken before."""
    producer = WritingProducer()
    delivery, _ = make_delivery(producer, done_at_once, next_offset=3)
    for offset in (0, 1, 2, 3, 4, 3, 4, 5):
        await delivery.put(make_record(offset=offset))
    await delivery.drain()
    await delivery.stop()
    assert producer.committed == [b"3", b"4", b"5"]


async def test_a_record_that_comes_too_early_is_not_believed() -> None:
    """A stale record from before the rebalance must not make us skip those between."""
    producer = WritingProducer()
    delivery, _ = make_delivery(producer, done_at_once)
    for offset in (7, 0, 1):
        await delivery.put(make_record(offset=offset))
    await delivery.drain()
    await delivery.stop()
    assert producer.committed == [b"0", b"1"]


async def test_a_gap_in_the_log_is_passed() -> None:
    """Retention has removed records 0 to 6: the log itself says that 7 is the first."""

    async def log_begins_at_seven(partition, offset):
        return max(offset, 7)

    producer, transactions = WritingProducer(), []
    delivery, _ = make_delivery(
        producer, done_at_once, first_offset_from=log_begins_at_seven, on_done=transactions.append
    )
    for offset in (7, 8):
        await delivery.put(make_record(offset=offset))
    await delivery.drain()
    await delivery.stop()
    assert (producer.committed, producer.offset) == ([b"7", b"8"], 9)
    assert sum(each.passed for each in transactions) == sum(len(each.done) for each in transactions) == 2


async def test_a_failed_transaction_is_reported_and_nothing_is_tried_again() -> None:
    """The worker must end: a fenced producer that tries again would be a second owner."""
    producer = WritingProducer(fails_at=2)
    delivery, failures = make_delivery(producer, done_at_once, batch_records=1)
    for offset in range(5):
        await delivery.put(make_record(offset=offset))
        await asyncio.sleep(0.01)
    assert [type(failure) for failure in failures] == [ConnectionError]
    assert producer.committed == [b"0", b"1"]
    await delivery.stop()
    assert producer.is_stopped


async def test_an_exceeded_budget_is_a_failure_before_its_batch_is_committed() -> None:
    """Bad code must not empty the topic into the dead letters."""

    async def reject_all(record: RawRecord) -> Handled:
        return handled(record, is_rejected=True)

    producer = WritingProducer()
    delivery, failures = make_delivery(
        producer, reject_all, batch_records=1, budget=DeadLetterBudget(in_a_row=3, share=1.0)
    )
    for offset in range(6):
        await delivery.put(make_record(offset=offset))
        await asyncio.sleep(0.01)
    assert [type(failure) for failure in failures] == [BudgetExceededError]
    assert producer.committed == [b"0", b"1", b"2"]
    await delivery.stop()


async def test_stop_lets_a_waiting_put_go() -> None:
    """A rebalance comes while the window is full: the agent must not hang in the old delivery."""

    async def never(record: RawRecord) -> Handled:
        return await asyncio.Event().wait()

    delivery, _ = make_delivery(WritingProducer(), never, window=1)
    await delivery.put(make_record(offset=0))
    waiting = asyncio.create_task(delivery.put(make_record(offset=1)))
    await asyncio.sleep(0)
    await delivery.stop()
    async with asyncio.timeout(1):
        await waiting
    assert delivery.in_flight == 0


async def test_a_commit_that_has_begun_is_finished_before_stop_returns() -> None:
    """Otherwise the next owner could not know whether it counts."""
    entered, may_go_on = asyncio.Event(), asyncio.Event()

    class SlowProducer(WritingProducer):
        async def send_offsets_to_transaction(self, offsets, group):
            entered.set()
            await may_go_on.wait()
            await super().send_offsets_to_transaction(offsets, group)

    producer = SlowProducer()
    delivery, failures = make_delivery(producer, done_at_once)
    await delivery.put(make_record(offset=0))
    await entered.wait()
    stopping = asyncio.create_task(delivery.stop())
    await asyncio.sleep(0)
    assert not producer.is_stopped
    may_go_on.set()
    await stopping
    assert (producer.committed, producer.offset, failures) == ([b"0"], 1, [])


@pytest.mark.parametrize("offset", [0, 1])
async def test_nothing_is_taken_after_stop(offset) -> None:
    """A record that Faust still had in its buffers is ignored."""
    producer = WritingProducer()
    delivery, _ = make_delivery(producer, done_at_once)
    await delivery.stop()
    await delivery.put(make_record(offset=offset))
    assert producer.committed == []


async def test_stale_records_by_the_hundred_cost_one_question() -> None:
    """Each question is a connection, and the whole worker waits for it."""
    questions = []

    async def log_has_everything(partition, offset):
        questions.append(offset)
        return offset

    delivery, _ = make_delivery(WritingProducer(), done_at_once, first_offset_from=log_has_everything)
    for offset in range(100, 200):
        await delivery.put(make_record(offset=offset))
    await delivery.stop()
    assert questions == [0]


async def test_a_log_that_does_not_answer_is_no_gap() -> None:
    """Not knowing must not look like knowing that nothing is there."""

    async def no_answer(partition, offset):
        raise TimeoutError

    producer = WritingProducer()
    delivery, _ = make_delivery(producer, done_at_once, first_offset_from=no_answer)
    with pytest.raises(TimeoutError):
        await delivery.put(make_record(offset=7))
    await delivery.stop()
    assert producer.committed == []


async def test_a_partition_is_still_only_while_it_has_something_to_do() -> None:
    """An idle hour is no stall."""
    clock = HandClock()
    delivery, _ = make_delivery(WritingProducer(), done_at_once, clock=clock)
    clock.seconds = 3_600.0
    delivery.note_end(0)
    assert delivery.still_seconds() == 0.0
    delivery.note_end(1)
    clock.seconds += 5.0
    assert delivery.still_seconds() == 5.0
    await delivery.stop()


@dataclass
class HandClock:
    """A clock that is moved by hand."""

    seconds: float = 0.0

    def now(self):
        return datetime.fromtimestamp(self.seconds, UTC)

    def monotonic(self):
        return self.seconds
