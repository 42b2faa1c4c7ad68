"""`claimwire replay`: send dead letters again, once what made them fail is mended."""

from datetime import datetime
from typing import TYPE_CHECKING

import click

from services.cli.running import bootstrap_option, run
from services.cli.times import Moment
from services.runtime.kafka import Kafka

if TYPE_CHECKING:
    from services.local.replay import Selection

# As in services.contract.rejected, which a test holds; importing it would take longer than all of the help.
REASONS = (
    *("empty", "too_large", "not_utf8", "not_json", "not_an_object", "unsupported_version", "invalid", "unidentified"),
    *("no_text", "timeout", "process_died", "unexpected"),
)
STAGES = ("decode", "enrich")


@click.command(short_help="Send dead letters again.")
@bootstrap_option
@click.option("--reason", "reasons", type=click.Choice(REASONS), multiple=True, help="Only these; may be repeated.")
@click.option("--stage", type=click.Choice(STAGES), help="Only those that failed there.")
@click.option("--since", type=Moment(), help="Only articles submitted then or later: 2026-03-12T14:00:00Z, or 2h ago.")
@click.option("--until", type=Moment(), help="Only articles submitted before.")
@click.option("--limit", type=click.IntRange(1), help="At most so many.")
@click.option("--dry-run", is_flag=True, help="Send nothing; say what would be sent.")
def replay(
    *,
    kafka: Kafka,
    reasons: tuple[str, ...],
    stage: str | None,
    since: datetime | None,
    until: datetime | None,
    limit: int | None,
    dry_run: bool,
) -> None:
    """Send dead letters to the raw topic again, with their original key, value and headers.

    Takes the dead letters that are there at its start. Leaves out articles that have a newer version meanwhile.
    Nothing is deleted: a second replay sends the same letters again, which does no harm.

    Exit code 1: at least one could not be sent.

    \b
    Examples:
      claimwire replay --dry-run
      claimwire replay --reason timeout --reason process_died --since 2h
    """  # noqa: D301 - \b is click\'s mark, not an escaped letter
    from services.contract.rejected import Reason, Stage  # noqa: PLC0415 - heavy imports wait until they are needed
    from services.local.replay import Selection  # noqa: PLC0415

    selection = Selection(
        reasons=frozenset(Reason(reason) for reason in reasons),
        stage=Stage(stage) if stage else None,
        since=since,
        until=until,
        limit=limit,
    )
    run(_replay(kafka, selection, dry_run=dry_run))


async def _replay(kafka: Kafka, selection: "Selection", *, dry_run: bool) -> int:
    from services.local.replay import replay as send_again  # noqa: PLC0415

    counts = await send_again(kafka, selection, dry_run=dry_run)
    rows = {
        "dead letters read": counts.read,
        "not selected": counts.not_selected,
        "superseded, left out": counts.superseded,
        "unreadable, left out": counts.unreadable,
        "would be sent" if dry_run else "sent": counts.sent,
        "failed": len(counts.failures),
    }
    for name, count in rows.items():
        click.echo(f"{count:>8}  {name}")
    for failure in counts.failures:
        click.echo(f"failed: {failure}", err=True)
    return 1 if counts.failures else 0
