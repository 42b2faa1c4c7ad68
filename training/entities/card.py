"""Writes the model card: what was learnt from what, how good it is, under which terms it may be used."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

_HEAD = """# Models that find names

Persons, organisations and places in ten languages, and in all others as far as it transfers. Written by
`python -m training.entities DATA`; do not edit. The choice is explained in `docs/adr/0007-names-by-crf.md`.

- **Kind**: a linear-chain CRF (python-crfsuite, L-BFGS) over words, one model a language, {parameters}. No random
  numbers are involved: there is no seed.
- **Size**: {size:.1f} MB in all. **Versions**: Python {python}, {versions}.
- **Licence**: the weights carry on the terms of the corpora that they learn from, here: {licences}. What is for
  research or non-commercial use stays so. `python -m training.entities DATA --permissive --folder FOLDER` trains from
  sources that allow more; its figures are in `docs/reference/quality.md`.
- **Intended use**: news text in running form. **Not for**: decisions about persons; text without capitals.
- **Known limits**: organisations are the hardest; names of people in the corpora are mostly European and of 1995–2020.

## What was learnt, and how well names of the held-out parts are found

F1 of exact span and type, on articles of which nothing was learnt; precision and recall over all three types.

Words a second: what names are found in, on one core of the machine that trained, each article once. `und` is the
model for all other languages; its figures are on the quality page.

| language | trained | words/s | learnt from | held out | names | precision | recall | F1 | PER | ORG | LOC |
|---|---|---|---|---|---|---|---|---|---|---|---|
"""
_TABLES = """
## Tables

`name_counts.marisa`, `name_types.marisa`: how often capitalised words and whole names were which kind in the silver
corpora WikiNEuRal (CC BY-NC-SA 4.0, not in the permissive variant) and WikiANN (CC BY-SA 3.0). `clusters.marisa`: Brown clusters of English, German
and Spanish from spacy-lookups-data (MIT). Format: marisa-trie `RecordTrie`, see `services/enrich/taggers.py`.
"""


def write_card(card: Mapping[str, Any], path: Path) -> None:
    """Write the card as a page."""
    parameters = ", ".join(f"{name} {value}" for name, value in card["parameters"].items())
    versions = ", ".join(f"{name} {number}" for name, number in card["versions"].items())
    size = sum(card["bytes"].values())
    sources = [entry for model in card["models"].values() for entry in model["sources"].values()]
    licences = ", ".join(sorted({entry["licence"] for entry in sources}))
    words = {"parameters": parameters, "versions": versions, "licences": licences}
    lines = [_HEAD.format(**card | words, size=size / 1e6)]
    for language, model in card["models"].items():
        learnt = ", ".join(f"{source} ({entry['licence']})" for source, entry in model["sources"].items())
        for source, figures in (model["held_out"] or {"–": {}}).items():
            cells = [
                language, model["trained"], f"{model.get('words_per_second', 0) or '–'}", learnt, source,
                *(_cell(figures.get(name)) for name in ("names", "precision", "recall", "f1", "PER", "ORG", "LOC")),
            ]  # fmt: skip
            lines.append(f"| {' | '.join(cells)} |\n")
            learnt = ""
    path.write_text("".join([*lines, _TABLES]), "utf-8")


def _cell(value: float | None) -> str:
    if value is None:
        return "–"
    return str(value) if isinstance(value, int) else f"{value:.3f}"
