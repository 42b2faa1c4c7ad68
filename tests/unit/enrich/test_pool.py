"""The pool survives what an article does to its process, and says which article it was."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry
from support.make import make_record
from support.pool_work import obey

from services.contract.rejected import Reason
from services.enrich.handle import Rejection
from services.enrich.pool import Pool
from services.runtime.metrics import EnrichMetrics


@pytest.fixture
async def pool() -> AsyncIterator[Pool]:
    """Return a pool of two processes that obey; an article may take a second."""
    pool = await Pool(processes=2, timeout_seconds=1.0, metrics=EnrichMetrics(CollectorRegistry()), work=obey).start()
    yield pool
    pool.stop()


async def test_an_article_that_hangs_is_a_dead_letter(pool: Pool) -> None:
    """The other process goes on meanwhile, and the one that hung is replaced."""
    hanging = asyncio.create_task(pool.run(make_record(b"hang")))
    others = await asyncio.gather(*(pool.run(make_record(b"work")) for _ in range(8)))
    assert all(other.outcome == Rejection(Reason.NOT_JSON) for other in others)
    assert (await hanging).outcome == Rejection(Reason.TIMEOUT)
    both = await asyncio.gather(*(pool.run(make_record(b"work")) for _ in range(8)))
    assert len(both) == 8


async def test_an_article_that_kills_its_process_twice_is_a_dead_letter(pool: Pool) -> None:
    """The record comes back as it was, for whoever looks into it."""
    assert (await pool.run(make_record(b"die"))).outcome == Rejection(Reason.PROCESS_DIED)
    assert (await pool.run(make_record(b"work"))).outcome == Rejection(Reason.NOT_JSON)


async def test_a_process_that_dies_once_costs_nothing(pool: Pool, tmp_path: Path) -> None:
    """It may have been killed for what others did: the article gets a second try."""
    handled = await pool.run(make_record(f"die-once:{tmp_path / 'dead'}".encode()))
    assert handled.outcome == Rejection(Reason.NOT_JSON)


async def test_whoever_stops_waiting_leaves_the_pool_whole(pool: Pool) -> None:
    """Cancelled callers (a rebalance) do not use up processes."""
    for _ in range(4):
        task = asyncio.create_task(pool.run(make_record(b"work")))
        await asyncio.sleep(0)
        task.cancel()
    results = await asyncio.gather(*(pool.run(make_record(b"work")) for _ in range(4)))
    assert len(results) == 4


async def test_stop_ends_all_processes(pool: Pool) -> None:
    """Also one that hangs."""
    hanging = asyncio.create_task(pool.run(make_record(b"hang")))
    await asyncio.sleep(0.1)
    pids = [pid for process in pool._all for pid in process._executor._processes]
    assert len(pids) == 2
    pool.stop()
    hanging.cancel()
    async with asyncio.timeout(5):
        while any(_is_running(pid) for pid in pids):
            await asyncio.sleep(0.01)


def _is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z" and pid != os.getpid()
