"""Writes the card of the quotation models: what was learnt from what, and under which terms it may be used."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

_HEAD = """# Models that find quotations and their speakers

Which clauses of an article report what somebody said, and who of those named near by said it, in ten languages; in all
others by quotation marks and names alone (`und`). Written by `python -m training.quotes DATA`; do not edit. The choice is
explained in `docs/adr/0008-quotations-by-clauses.md`, the figures are in `docs/reference/quality.md`.

- **Kind**: a linear-chain CRF (python-crfsuite, L-BFGS) over clauses, one model a language, {parameters}; a
  conditional logit over possible speakers, one for all languages. No random numbers: there is no seed.
- **Size**: {size:.1f} MB in all. **Trained** {trained} in {training_seconds} s. **Versions**: Python {python}, {versions}.
- **Licence**: weights carry on the terms of what they learn from, here: {licences}. `python -m training.quotes --folder
  FOLDER` (without DATA) learns from this project's own articles alone.
- **Intended use**: news text. **Not for**: evidence of what a person said without a look at the article.
- **Known limits**: most articles that were learnt from were written for it, by language models; all events in them are invented.

| language | learnt from | articles | quotations | licence |
|---|---|---:|---:|---|
"""


def write_card(card: Mapping[str, Any], path: Path) -> None:
    """Write the card as a page."""
    words = {
        "parameters": ", ".join(f"{name} {value}" for name, value in card["parameters"].items()),
        "versions": ", ".join(f"{name} {number}" for name, number in card["versions"].items()),
        "licences": ", ".join(
            sorted({source["licence"] for model in card["models"].values() for source in model.values()})
        ),
        "size": sum(card["bytes"].values()) / 1e6,
    }
    lines = [_HEAD.format(**card | words)]
    for language, sources in card["models"].items():
        lines += [
            f"| {language} | {name} | {source['articles']} | {source['quotations']} | {source['licence']} |\n"
            for name, source in sources.items()
        ]
    path.write_text("".join(lines), "utf-8")
