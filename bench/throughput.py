"""Measures the whole pipeline on this machine: `python -m bench.throughput`. Takes about two minutes.

The seeds over and over, each time under other addresses, over HTTP, through a real Kafka, to committed results:
as fast as it goes (one worker; one and two processes), and at the pace of the world's news, 12 articles a second.
"""

import argparse
import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import orjson

from services.local.scrape import scrape
from services.local.stack import Stack, StackOptions
from services.local.submissions import Submission, load

SEEDS = Path(__file__).parents[1] / "seeds"
WORLD_PER_SECOND = 12
_BATCH = 50


def articles(count: int) -> Iterator[bytes]:
    """Return `count` articles as JSON: the seeds in turn, each under an address of its own."""
    seeds = [submission.article for submission in load(SEEDS) if isinstance(submission, Submission)]
    seeds = [seed for seed in seeds if seed.get("action", "add") == "add"]
    for number in range(count):
        seed = {name: value for name, value in seeds[number % len(seeds)].items() if name != "producer_article_id"}
        yield orjson.dumps(seed | {"url": f"https://bench.example/{number}"})


async def run(*, processes: int, count: int, per_second: float | None) -> str:
    """Return one line: how many articles a second went through, and how long they took."""
    os.environ["CLAIMWIRE_ENRICH_PROCESSES"] = str(processes)
    with tempfile.TemporaryDirectory() as folder:
        async with Stack(
            Path(folder), StackOptions(ingest_port=0, is_temporary=True), step=_quiet, notice=_quiet
        ) as stack:
            started = time.monotonic()
            async with httpx.AsyncClient(base_url=stack.ingest_url, timeout=60, trust_env=False) as client:
                await _submit(client, list(articles(count)), per_second)
            while (samples := await scrape(stack.metrics_urls)).total("claimwire_events_terminal_total") < count:
                await asyncio.sleep(0.1)
            seconds = time.monotonic() - started
    p50, p95 = (samples.quantile("claimwire_e2e_latency_seconds", q) or 0.0 for q in (0.5, 0.95))
    spent = samples.total("claimwire_enrich_duration_seconds_sum") / count
    pace = "as fast as it goes" if per_second is None else f"{per_second:g} a second"
    return (
        f"{count} articles, {processes} process{'es' if processes > 1 else ''}, {pace}: {count / seconds:.1f} articles/s, "
        f"from the raw record to the committed result p50 {p50:.2f} s, p95 {p95:.2f} s; "
        f"language work {1000 * spent:.0f} ms an article; dead letters {samples.total('dead_letters_total'):.0f}"
    )


async def _submit(client: httpx.AsyncClient, values: list[bytes], per_second: float | None) -> None:
    started = time.monotonic()
    size = _BATCH if per_second is None else 1
    for number in range(0, len(values), size):
        if per_second is not None:
            await asyncio.sleep(max(0.0, started + number / per_second - time.monotonic()))
        response = await client.post(
            "/v1/articles:batch",
            content=b"\n".join(values[number : number + size]),
            headers={"Content-Type": "application/x-ndjson"},
        )
        response.raise_for_status()
        results = [orjson.loads(line) for line in response.content.splitlines()]
        if any(result["status"] != "accepted" for result in results):
            sys.exit(f"not accepted: {results}")


def _quiet(_: str) -> None:
    """Say nothing: only figures are wanted."""


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=600, help="articles in the runs that go as fast as they can")
    count = parser.parse_args().articles
    for processes, number, per_second in (
        (1, count, None),
        (2, count, None),
        (2, 30 * WORLD_PER_SECOND, WORLD_PER_SECOND),
    ):
        print(asyncio.run(run(processes=processes, count=number, per_second=per_second)), flush=True)


if __name__ == "__main__":
    main()
