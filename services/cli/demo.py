"""`claimwire demo`: everything at once, from nothing to who said what, in less than a minute."""

import os
import time
from pathlib import Path

import click

from services.cli.running import run

_SEEDS = Path("seeds")


@click.command(short_help="See it all work, with sample articles.")
@click.option(
    "--seeds",
    type=click.Path(exists=True, path_type=Path),
    help="Articles to submit: a folder or a file.  [default: the folder seeds]",
)
@click.option("--workers", type=click.IntRange(1, 64), default=1, show_default=True, help="Enrich workers to start.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path(".demo/enriched.jsonl"),
    show_default=True,
    help="Where the enriched articles are written, one a line.",
)
def demo(*, seeds: Path | None, workers: int, out: Path) -> None:
    """Start everything, submit the sample articles, show who said what, stop everything.

    Kafka, the ingest service and the enrich workers run as processes of their own on a temporary folder, as
    `claimwire up` runs them. With KAFKA_BOOTSTRAP_SERVERS set, that Kafka is used. The first run fetches Kafka, 43 MB.

    Exit code 0: every article came out, once; 1: something was lost or failed, and the output says what.

    \b
    Examples:
      claimwire demo
      claimwire demo --seeds my-articles/ --out enriched.jsonl
    """  # noqa: D301 - \b is click\'s mark, not an escaped letter
    run(_demo(seeds or _default_seeds(), workers, out))


def _default_seeds() -> Path:
    beside_the_code = Path(__file__).parents[2] / "seeds"
    for folder in (_SEEDS, beside_the_code):
        if folder.is_dir():
            return folder
    raise click.UsageError("the sample articles are not here; name a folder of articles with --seeds")


async def _demo(seeds: Path, workers: int, out: Path) -> int:
    from services.local.data_folder import temporary_folder  # noqa: PLC0415 - heavy imports wait until they are needed
    from services.local.demo import demonstrate  # noqa: PLC0415
    from services.local.progress import Progress  # noqa: PLC0415
    from services.local.show import console, show_outcome, write_lines  # noqa: PLC0415
    from services.local.stack import Stack, StackOptions  # noqa: PLC0415

    began = time.monotonic()
    options = StackOptions(
        workers=workers,
        ingest_port=0,
        bootstrap_servers=os.environ.get("KAFKA_BOOTSTRAP_SERVERS") or None,
        is_temporary=True,
    )
    with temporary_folder() as folder, Progress() as progress:
        async with Stack(folder, options, step=progress.step, notice=progress.notice) as stack:
            outcome = await demonstrate(stack, seeds, progress=progress)
            progress.pause()
            write_lines(out, (article.value for article in outcome.enriched))
            show_outcome(console(), outcome)
    click.echo(f"Enriched articles: {out}")
    click.echo(
        f"{len(outcome.enriched)} of {outcome.submitted} articles came out, {outcome.seconds:.1f} s after the first was"
        f" submitted; {time.monotonic() - began:.1f} s in all."
    )
    for failure in outcome.failures:
        click.echo(f"FAILED  {failure}", err=True)
    return 1 if outcome.failures else 0
