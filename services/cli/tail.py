"""`claimwire tail`: show what comes out, for people on a terminal and as JSON lines in a pipe."""

import asyncio
import sys
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import click

from services.cli.running import bootstrap_option, expect_interruption, run
from services.cli.times import Moment
from services.runtime.kafka import Kafka

if TYPE_CHECKING:
    from aiokafka import ConsumerRecord

_TOPICS = ("enriched", "claims", "dead-letter", "latest", "raw")


@click.command(short_help="Show what comes out, as it comes.")
@click.argument("topic", type=click.Choice(_TOPICS), default="enriched")
@bootstrap_option
@click.option("--from-beginning", is_flag=True, help="Start with the oldest record.  [default: with the next one]")
@click.option(
    "--since", type=Moment(), help="Start with records of this time: 2026-03-12T14:00:00Z, or 15m, 2h, 7d ago."
)
@click.option("--limit", type=click.IntRange(1), help="Stop after so many records.")
@click.option("--timeout", type=click.FloatRange(0), help="Stop after so many seconds.")
def tail(
    *,
    topic: str,
    kafka: Kafka,
    from_beginning: bool,
    since: datetime | None,
    limit: int | None,
    timeout: float | None,
) -> None:
    """Show the records of a topic as they come: committed ones only, without joining a group.

    On a terminal each record is a few lines; in a pipe it is its JSON, one a line, unchanged. With --limit and
    --timeout, exit code 1 says that the time was over before so many records had come.

    \b
    Examples:
      claimwire tail
      claimwire tail claims --since 1h
      claimwire tail enriched --from-beginning | jq -r '.quotes[] | "\\(.speaker.name): \\(.text)"'
      claimwire tail dead-letter --from-beginning --limit 1 --timeout 10
    """  # noqa: D301 - \b is click's mark, not an escaped letter
    if from_beginning and since:
        raise click.UsageError("give either --from-beginning or --since")
    start = _Start(since, is_beginning=from_beginning)
    with suppress(KeyboardInterrupt):
        run(_tail(topic, kafka, start, limit=limit, seconds=timeout))


@dataclass(frozen=True, slots=True)
class _Start:
    since: datetime | None
    is_beginning: bool


async def _tail(topic: str, kafka: Kafka, start: _Start, *, limit: int | None, seconds: float | None) -> int:
    from services.contract.topics import TOPICS  # noqa: PLC0415 - heavy imports wait until they are needed
    from services.local.records import reader  # noqa: PLC0415

    show = _show_pretty if sys.stdout.isatty() else _show_json
    count = 0
    async with reader(kafka, TOPICS[topic.replace("-", "_")].name) as records:
        if start.is_beginning or start.since:
            await records.seek(start.since)
        else:
            await records.seek_to_end()
        try:
            async with asyncio.timeout(seconds):
                async for record in records.follow():
                    show(topic, record)
                    count += 1
                    if count == limit:
                        return 0
        except TimeoutError:
            if limit is None:
                return 0
            click.echo(f"{count} of {limit} records within {seconds:g} s", err=True)
            return 1
        except asyncio.CancelledError:  # Ctrl-C is how this usually ends
            expect_interruption()
    return 0


def _show_json(_: str, record: "ConsumerRecord") -> None:
    # A raw record may hold anything; a line must stay a line.
    sys.stdout.buffer.write((record.value or b"null").replace(b"\n", b" ") + b"\n")
    sys.stdout.buffer.flush()


def _show_pretty(topic: str, record: "ConsumerRecord") -> None:
    from services.local.show import console, show_record  # noqa: PLC0415

    show_record(console(), topic, record)
