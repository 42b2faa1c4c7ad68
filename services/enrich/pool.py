"""Runs `handle` in processes of its own, one article a process at a time.

Each process is an executor by itself, so that when one hangs or dies it is known which article it worked on: that
article becomes a dead letter, the process is replaced, and nothing else notices.
"""

import asyncio
import logging
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from multiprocessing import forkserver
from pathlib import Path
from typing import ParamSpec, Self, TypeVar

from services.contract.rejected import Reason
from services.enrich.handle import Handled, RawRecord, handle, reject
from services.enrich.settings import EnrichSettings
from services.runtime import logs
from services.runtime.metrics import EnrichMetrics

log = logging.getLogger(__name__)

# Loading the resources takes seconds; on a machine that does much else, many.
_START_SECONDS = 120.0
# A process that died may have been killed for what others did (memory): the article gets a second try.
_TRIES = 2

P = ParamSpec("P")
R = TypeVar("R")
Work = Callable[[RawRecord], Handled]


class PoolError(RuntimeError):
    """Raised when a process of the pool cannot be started: the worker cannot work."""


class Pool:
    """Processes that enrich. `run` never raises for what an article does."""

    def __init__(
        self,
        *,
        processes: int,
        timeout_seconds: float,
        metrics: EnrichMetrics,
        work: Work | None = None,
        preload: str = "services.enrich.warm",
        on_failure: Callable[[BaseException], None] | None = None,
    ) -> None:
        # forkserver, never fork: Faust runs a thread, and a copy of a locked lock never opens.
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload([preload])
        self._timeout_seconds = timeout_seconds
        self._work = work or handle_in_child
        self._count = processes
        self._metrics = metrics
        self._idle: asyncio.Queue[_Process] = asyncio.Queue()
        self._all: set[_Process] = set()
        self._on_failure = on_failure
        self._is_started = False
        self._running: set[asyncio.Task[Handled]] = set()

    async def start(self) -> Self:
        """Start all processes and wait until they can work. Raises `PoolError`."""
        for process in await asyncio.gather(*(self._new() for _ in range(self._count))):
            self._idle.put_nowait(process)
        self._is_started = True
        self._metrics.pool_memory_bytes.set_function(self._memory_bytes)
        self._metrics.pool_processes.labels("idle").set_function(self._idle.qsize)
        self._metrics.pool_processes.labels("busy").set_function(lambda: self._count - self._idle.qsize())
        return self

    @property
    def is_started(self) -> bool:
        """Whether there is a process to work with."""
        return self._is_started

    async def run(self, record: RawRecord) -> Handled:
        """Return what follows from `record`. Raises `PoolError` if a process cannot be replaced."""
        asked = asyncio.get_running_loop().time()
        process = await self._idle.get()
        self._metrics.pool_wait_seconds.observe(asyncio.get_running_loop().time() - asked)
        # From here on the process is busy whether the caller still waits or not: it comes back by itself.
        task = asyncio.create_task(self._run_on(process, record))
        self._running.add(task)
        task.add_done_callback(self._finished)
        return await asyncio.shield(task)

    def _finished(self, task: asyncio.Task[Handled]) -> None:
        self._running.discard(task)
        # Whoever waited may have gone (a rebalance), and the process with it: somebody must hear of it.
        if self._on_failure and not task.cancelled() and (error := task.exception()):
            self._on_failure(error)

    async def _run_on(self, process: "_Process", record: RawRecord) -> Handled:
        for _ in range(_TRIES):
            try:
                async with asyncio.timeout(self._timeout_seconds):
                    handled = await process.call(self._work, record)
            except TimeoutError:
                log.error("an article took too long", extra=record.where)  # noqa: TRY400 - the trace is ours, not its
                self._idle.put_nowait(await self._replacement(process, Reason.TIMEOUT))
                return reject(record, Reason.TIMEOUT, f"more than {self._timeout_seconds:g} s")
            except BrokenProcessPool:
                log.warning("a process died over an article", extra=record.where)
                process = await self._replacement(process, Reason.PROCESS_DIED)
            else:
                self._idle.put_nowait(process)
                return handled
        self._idle.put_nowait(process)
        return reject(record, Reason.PROCESS_DIED, f"{_TRIES} processes died over it")

    def stop(self) -> None:
        """End all processes, whatever they do."""
        for process in self._all:
            process.kill()
        for process in self._all:
            process.join()
        self._all.clear()

    def _memory_bytes(self) -> float:
        """Return the memory of all processes and of their common origin; asked by another thread, at each scrape."""
        origin = forkserver._forkserver._forkserver_pid  # type: ignore[attr-defined]  # noqa: SLF001 - there is no public way
        pids = [origin, *(pid for process in list(self._all) for pid in process.pids)]
        return float(sum(_proportional_bytes(pid) for pid in pids if pid is not None))

    async def _replacement(self, process: "_Process", reason: Reason) -> "_Process":
        self._metrics.pool_replacements.labels(reason).inc()
        self._all.discard(process)
        process.kill()
        return await self._new()

    async def _new(self) -> "_Process":
        process = _Process(self._context)
        self._all.add(process)
        try:
            async with asyncio.timeout(_START_SECONDS):
                await process.call(_ready)
        except (BrokenProcessPool, TimeoutError) as error:
            process.kill()
            raise PoolError(f"a process of the pool did not start: {error or type(error).__name__}") from error
        return process


class _Process:
    """One process, as an executor with a single worker."""

    def __init__(self, context: multiprocessing.context.BaseContext) -> None:
        self._executor = ProcessPoolExecutor(1, mp_context=context, initializer=_set_up_child)

    async def call(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        return await asyncio.wrap_future(self._executor.submit(function, *args, **kwargs))

    @property
    def pids(self) -> list[int]:
        """The process, if there is one now."""
        return list(self._executor._processes or {})  # noqa: SLF001 - there is no public way

    def kill(self) -> None:
        for child in list((self._executor._processes or {}).values()):  # noqa: SLF001 - there is no public way
            child.kill()
        self._executor.shutdown(wait=False, cancel_futures=True)

    def join(self) -> None:
        """Wait for the executor's thread, which ends with its process; else the interpreter's end would trip over it."""
        self._executor.shutdown(wait=True)


def handle_in_child(record: RawRecord) -> Handled:
    """Handle a record with the resources that the forkserver loaded."""
    from services.enrich.warm import RESOURCES  # noqa: PLC0415 - loaded in the pool's processes only

    started = time.process_time()
    handled = handle(record, RESOURCES)
    return replace(handled, cpu_seconds=time.process_time() - started)


def _proportional_bytes(pid: int) -> int:
    """Return the memory of a process, its share of what it shares; 0 if it has gone or the system does not tell."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text("ascii").splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:")), 0)


def _ready() -> None:
    from services.enrich import warm  # noqa: F401, PLC0415 - a no-op after the preload


def _set_up_child() -> None:
    settings = EnrichSettings()
    logs.configure("enrich", format=settings.log_format, level=settings.log_level)
    # Ctrl-C in a terminal reaches the whole group; the parent decides when children end.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: multiprocessing.process.BaseProcess) -> None:
    """End this process as soon as its parent has gone, however that was: nobody else would."""
    parent.join()
    os._exit(1)
