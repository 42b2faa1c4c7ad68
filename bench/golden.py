"""What the steps find in the golden articles: `python -m bench.golden` prints what changed and writes it down.

`tests/golden/found.txt` has every quotation with its speaker, every figure and the kinds of every claim, a line each; a
test holds the steps to it. Whoever changes a step reads the difference, and commits it with the change.
`--check` only compares, and fails if anything differs.
"""

import argparse
import difflib
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson

from services.contract.enriched import Figure, Quote
from services.enrich.nlp.document import Document
from services.enrich.resources import Resources
from services.enrich.steps import run_steps

FOLDER = Path(__file__).parents[1] / "tests" / "golden"
FOUND = FOLDER / "found.txt"


def found(resources: Resources) -> Iterator[str]:
    """Yield the lines of the file."""
    for name, article in _articles():
        document, _, _ = run_steps(
            Document(text=article["text"], declared_language=article["language"], published_at=article.get("date")),
            resources,
        )
        yield f"== {name} ({document.language.tag})"
        yield from map(_quote, document.quotes)
        yield from map(_figure, document.figures)
        for claim in document.claims:
            yield f"   {claim.id} {', '.join(claim.types)}: {claim.text[:60]!r}"


def _articles() -> Iterator[tuple[str, Mapping[str, Any]]]:
    for number, line in enumerate((FOLDER / "quotes.jsonl").read_bytes().splitlines(), start=1):
        yield f"quotes.jsonl {number}", orjson.loads(line)
    for file in sorted((FOLDER / "articles").glob("*.jsonl")):
        for line in file.read_bytes().splitlines():
            article = orjson.loads(line)
            yield article["id"], article


def _quote(quote: Quote) -> str:
    speaker = quote.speaker
    who = "-"
    if speaker:
        who = f"{speaker.name or '-'} / {speaker.role or '-'} / {speaker.text!r} {speaker.resolved_from or ''}".rstrip()
    cue = quote.cue.text if quote.cue else "-"
    return f"   {quote.id} {quote.type} {quote.act} | {who} | {cue} | {quote.text!r}"


def _figure(figure: Figure) -> str:
    value = figure.date or str(figure.value)
    if figure.value_max is not None:
        value += f"–{figure.value_max}"
    more = [figure.unit, figure.qualifier, figure.object, figure.change]
    return f"   {figure.id} {figure.kind} {figure.text!r} = {value} {' | '.join(filter(None, more))}".rstrip()


def main(arguments: Sequence[str] | None = None) -> None:
    """Compare, print, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="compare only")
    options = parser.parse_args(arguments)
    before = FOUND.read_text("utf-8").splitlines() if FOUND.exists() else []
    now = list(found(Resources.load()))
    changes = list(difflib.unified_diff(before, now, "before", "now", lineterm="", n=1))
    print("\n".join(changes) or "nothing changed")
    if options.check:
        sys.exit(bool(changes))
    FOUND.write_text("\n".join(now) + "\n", "utf-8")


if __name__ == "__main__":
    main()
