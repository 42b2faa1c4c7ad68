"""`claimwire annotate`: enrich articles without Kafka, from files or standard input."""

import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from services.cli.running import run
from services.cli.show import drawn


@click.command(short_help="Enrich articles without Kafka.")
@click.argument(
    "source", metavar="[FILE|-]", type=click.Path(exists=True, dir_okay=False, allow_dash=True), default="-"
)
@click.option(
    "--text",
    "text_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A plain text instead: its first line is the title if more follows.",
)
@click.option("--workers", type=click.IntRange(1, 128), default=1, show_default=True, help="Processes to use.")
@click.option(
    "--language", metavar="TAG", help="Language that articles declare which declare none: checked, not believed."
)
@click.option(
    "--show", is_flag=True, help="Draw each article for people: quotations, speakers, figures, names, claims. No JSON."
)
def annotate(*, source: str, text_file: Path | None, workers: int, language: str | None, show: bool) -> None:
    """Enrich articles without Kafka: JSON lines in (each with at least "body"), JSON lines out, in the same order.

    A line that is no article gives {"error": {...}, "line": n} in its place, and exit code 1 at the end.

    \b
    Examples:
      echo '{"body": "«È falso», ha detto Maria Rossi."}' | claimwire annotate | jq .quotes
      claimwire annotate --text article.txt --language it
      claimwire annotate --show --text article.txt | less -R
      claimwire annotate corpus.jsonl --workers 4 > enriched.jsonl
    """  # noqa: D301 - \b is click's mark, not an escaped letter
    if text_file is not None and source != "-":
        raise click.UsageError("give either a file of JSON lines or --text")
    run(_annotate(source, text_file, workers, language, drawn if show else None))


async def _annotate(
    source: str,
    text_file: Path | None,
    workers: int,
    language: str | None,
    draw: Callable[[Mapping[str, Any]], str] | None,
) -> int:
    import orjson  # noqa: PLC0415 - as below

    from services.local.annotate import annotate as enriched  # noqa: PLC0415 - loads all the models

    failed = 0
    lines = iter([_text(text_file)]) if text_file is not None else _lines(source)
    async for line in enriched(lines, workers=workers, language=language):
        if draw is None:
            sys.stdout.buffer.write(line + b"\n")
            sys.stdout.buffer.flush()
        else:
            click.echo(draw(orjson.loads(line)))
        failed += line.startswith(b'{"error"')
    if failed:
        click.echo(f'{failed} could not be enriched; see the lines with "error"', err=True)
    return 1 if failed else 0


def _lines(source: str) -> Iterator[bytes]:
    if source == "-":
        yield from sys.stdin.buffer
    else:
        with Path(source).open("rb") as file:
            yield from file


def _text(path: Path) -> bytes:
    import orjson  # noqa: PLC0415 - as above

    try:
        title, _, body = path.read_text("utf-8-sig").strip().partition("\n")
    except UnicodeDecodeError as error:
        raise click.ClickException(f"{path} is not UTF-8 text: byte {error.start:,}") from None
    return orjson.dumps({"title": title, "body": body} if body.strip() else {"body": title})
