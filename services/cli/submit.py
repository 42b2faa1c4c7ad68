"""`claimwire submit`: send articles from files to a running ingest service."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from services.cli.running import run

if TYPE_CHECKING:
    from services.local.submit import Refused


@click.command(short_help="Send articles to the ingest service.")
@click.argument("source", metavar="FILE|DIRECTORY|-", type=click.Path(exists=True, allow_dash=True))
@click.option(
    "--url",
    envvar="CLAIMWIRE_INGEST_URL",
    default="http://127.0.0.1:8080",
    show_default=True,
    show_envvar=True,
    help="The ingest service.",
)
@click.option(
    "--key",
    envvar="CLAIMWIRE_INGEST_KEY",
    show_envvar=True,
    metavar="KEY",
    help="The API key, if the service asks for one.",
)
def submit(*, source: str, url: str, key: str | None) -> None:
    """Send articles to the ingest service and wait until Kafka has them.

    Reads .json (one article or a list), .ndjson/.jsonl (one a line), .txt (first line: title) and .html; a directory
    with everything below it, in the order of names; - for standard input. Sending the same article twice does no harm.

    Exit code 0: all accepted; 1: at least one was not, and the output says which and why.

    \b
    Examples:
      claimwire submit seeds/
      claimwire submit article.json --url http://127.0.0.1:8080
      curl -s https://example.org/export.ndjson | claimwire submit -
    """  # noqa: D301 - \b is click\'s mark, not an escaped letter
    if not url.startswith(("http://", "https://")):
        raise click.BadParameter(f"{url!r} is no address such as http://127.0.0.1:8080", param_hint="--url")
    run(_submit(source, url, key or None))


async def _submit(source: str, url: str, key: str | None) -> int:
    from services.local.progress import Progress  # noqa: PLC0415 - heavy imports wait until they are needed
    from services.local.submissions import Submission, Unreadable, load  # noqa: PLC0415
    from services.local.submit import submit as send  # noqa: PLC0415

    unreadable: list[Unreadable] = []
    skipped = 0

    def readable() -> Iterator[Submission]:
        nonlocal skipped
        for item in load(source):
            if isinstance(item, Submission):
                yield item
            elif isinstance(item, Unreadable):
                unreadable.append(item)
            else:
                skipped += 1

    with Progress() as progress:
        progress.step(f"Submitting to {url}")
        summary = await send(
            readable(),
            url=url,
            key=key,
            on_progress=lambda s: progress.update(f"Submitting to {url}: {len(s.accepted)} accepted"),
        )
    for item in unreadable:
        click.echo(f"unreadable  {item.origin}: {item.detail}", err=True)
    for refused in summary.rejected:
        click.echo(f"rejected    {refused.origin}: {_why(refused)}", err=True)
    for refused in summary.failed:
        click.echo(f"failed      {refused.origin}: {_why(refused)}", err=True)
    bad = {"rejected": len(summary.rejected), "failed": len(summary.failed), "unreadable": len(unreadable)}
    others = {name: count for name, count in (bad | {"files skipped": skipped}).items() if count}
    click.echo(", ".join([f"{len(summary.accepted)} accepted", *(f"{count} {name}" for name, count in others.items())]))
    if not summary.accepted and not any(bad.values()):
        click.echo(f"There is no article in {source}.", err=True)
        return 1
    return 1 if any(bad.values()) else 0


def _why(refused: "Refused") -> str:
    problem = refused.problem
    where = [f"{e.get('pointer', '')}: {e.get('detail', '')}" for e in problem.get("errors", ()) if isinstance(e, dict)]
    return "; ".join([str(problem.get("detail") or problem.get("title") or "no reason given"), *where])
