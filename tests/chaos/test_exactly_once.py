"""Whoever is killed when: every record comes out exactly once for a read_committed reader, in order, none made up.

Twenty thousand records about five thousand articles, two workers that are started again when they end.
"""

import asyncio
import signal
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from support.history import History, check
from support.traffic import caught_up, observe, outcomes, produce, read_all, small_articles
from support.workers import Workers

from services.contract.topics import LATEST
from services.local.broker import EmbeddedBroker
from services.runtime.topics import create_topics

pytestmark = [pytest.mark.chaos, pytest.mark.kafka, pytest.mark.timeout(240)]

RECORDS = 20_000
PER_SECOND = 2_000


@dataclass
class Run:
    """A broker of its own, two workers, and what has been observed."""

    broker: EmbeddedBroker
    workers: Workers
    history: History

    async def under_load(self, *trouble) -> None:
        """Produce, and let each trouble happen while it goes on; then wait until all has been worked off."""
        async with asyncio.TaskGroup() as tasks:
            articles = small_articles(RECORDS, articles=RECORDS // 4)
            tasks.create_task(produce(self.broker.bootstrap_servers, articles, self.history, per_second=PER_SECOND))
            for happens in trouble:
                await asyncio.sleep(2)
                await happens()
        await caught_up(self.broker.bootstrap_servers, "claimwire-enrich", seconds=120)

    async def verdict(self):
        """Return what the history checker says, after a look at the compacted topic."""
        await observe(self.broker.bootstrap_servers, self.history)
        assert len(self.history.raw) >= RECORDS
        assert len(self.history.acknowledged) == RECORDS
        latest = {outcome.raw for outcome in outcomes(await read_all(self.broker.bootstrap_servers, LATEST))}
        assert latest <= {outcome.raw for outcome in self.history.outcomes}
        return check(self.history)


@pytest.fixture
async def run(tmp_path: Path) -> AsyncIterator[Run]:
    """Return a run with both workers ready and kept."""
    async with EmbeddedBroker() as broker:
        await create_topics(broker.kafka)
        workers = Workers(broker.bootstrap_servers, tmp_path)
        try:
            await workers.start("a", "b")
            workers.keep("a", "b")
            yield Run(broker, workers, History())
        finally:
            await workers.stop()


async def test_workers_that_are_killed(run: Run) -> None:
    """SIGKILL for one worker, then for the other."""

    async def kill_a() -> None:
        run.workers.send("a", signal.SIGKILL)

    async def kill_b() -> None:
        run.workers.send("b", signal.SIGKILL)

    await run.under_load(kill_a, kill_b)
    assert not await run.verdict()
    assert await run.workers.ended(2) == [128 + signal.SIGKILL] * 2


async def test_workers_that_are_stopped_in_order(run: Run) -> None:
    """SIGTERM for one worker, then for the other: both end with exit code 0."""

    async def end_a() -> None:
        run.workers.send("a", signal.SIGTERM)

    async def end_b() -> None:
        run.workers.send("b", signal.SIGTERM)

    await run.under_load(end_a, end_b)
    assert not await run.verdict()
    assert await run.workers.ended(2) == [0, 0]


async def test_a_worker_that_sleeps_and_comes_back(run: Run) -> None:
    """Stopped for 16 s, longer than the session: it was replaced meanwhile, is fenced, and ends with exit code 1."""

    async def sleep_and_wake() -> None:
        run.workers.send("a", signal.SIGSTOP)
        await asyncio.sleep(16)
        run.workers.send("a", signal.SIGCONT)

    await run.under_load(sleep_and_wake)
    assert not await run.verdict()
    assert await run.workers.ended(1) == [1]


async def test_a_broker_that_is_killed_and_comes_back(run: Run) -> None:
    """Kafka itself is killed and started again, twice."""

    async def kill_and_restart() -> None:
        run.broker.kill()
        await asyncio.sleep(1)
        await run.broker.restart()

    await run.under_load(kill_and_restart, kill_and_restart)
    assert not await run.verdict()
