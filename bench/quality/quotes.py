"""Measures quotations and their speakers on annotated articles: the project's own, and public corpora.

A line of a file is an article in the form of `training/quotes/marked.py`. A quotation found matches one annotated if they
share at least half of their words (intersection over union), one to one. A speaker is right if the words that name the
speaker are the ones annotated, or have a name or title in common with them; or both know nobody.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import orjson

from bench.quality.markdown import not_measured, scores, share, table
from bench.quality.outcome import value
from services.contract.enriched import Quote
from services.enrich.nlp.quotes import find
from services.enrich.resources import Resources
from training.quotes.agreement import agreement
from training.quotes.examples import Example
from training.quotes.marked import read
from training.quotes.scores import content, matches, name_is_right, outermost, shared, speaker_is_right

_FOLDER = Path(__file__).parents[2] / "tests" / "golden"
GOLDEN, AGAIN = _FOLDER / "articles", _FOLDER / "articles_again"
_ERRORS_SHOWN = 10
_BANDS = (0.0, 0.3, 0.5, 0.7, 0.8, 0.9, 1.01)
_LEAST_SHARED = 0.1  # with less in common, the one is not a wrongly cut form of the other


def section(data: Path, resources: Resources) -> str:
    """Return the tables: every set as a whole, what was annotated by type and speaker, errors, calibration."""
    files = [*sorted((data / "quotes").glob("*.dev.jsonl")), *sorted(GOLDEN.glob("*.jsonl"))]
    counts: dict[str, Counter[str]] = {}
    confidences: list[tuple[str, float, bool]] = []
    for file in files:
        name = file.name.removesuffix(".dev.jsonl") if "dev" in file.name else f"{file.stem}: own articles"
        counts[name] = measure(map(orjson.loads, file.read_bytes().splitlines()), resources, confidences)
    missing = (
        ""
        if any("dev" in file.name for file in files)
        else not_measured(
            ["quotes/*.dev.jsonl"],
            corpus="German news quotations and PolNeAR 1.0",
            origin="github.com/uhh-lt/german-news-quotation-attribution-2024 and github.com/networkdynamics/PolNeAR",
        )
    )
    parts = (missing, _whole(counts), _agreement(), _kinds(counts), _confidence(confidences), _errors(counts))
    return "\n".join(part for part in parts if part)


def measure(
    articles: Iterable[Mapping[str, Any]],
    resources: Resources,
    confidences: list[tuple[str, float, bool]] | None = None,
) -> Counter[str]:
    """Return how many quotations were annotated, found, matched, had the right speaker and name; by kind, and errors."""
    counts: Counter[str] = Counter()
    for article in articles:
        text, gold = article["text"], outermost(article)
        found = found_in(text, article["language"], resources)
        pairs = matches(text, [quote["content"] for quote in gold], list(map(content, found)))
        counts.update(articles=1, gold=len(gold), found=len(found), matched=len(pairs))
        _count_kinds(counts, text, gold, found, pairs)
        _count_errors(counts, text, gold, found, pairs)
        if confidences is not None:
            _note(confidences, text, gold, found, pairs)
    return counts


def found_in(text: str, language: str, resources: Resources) -> Sequence[Quote]:
    """Return the quotations that the steps find in a text of a known language."""
    document = Example.of({"text": text, "language": language}, resources).document
    quotes: Sequence[Quote] = value(find(document, resources))
    return quotes


def _count_kinds(
    counts: Counter[str],
    text: str,
    gold: Sequence[Mapping[str, Any]],
    found: Sequence[Quote],
    pairs: Sequence[tuple[int, int]],
) -> None:
    kinds = [[quote["type"], *([f"by {quote['via']}"] if quote.get("via") else ())] for quote in gold]
    counts.update(f"gold {kind}" for names in kinds for kind in names)
    for i, j in pairs:
        is_right = speaker_is_right(text, gold[i], found[j].speaker)
        has_name = "via" in gold[i]
        counts["speaker"] += is_right
        counts["with name"] += has_name
        counts["name"] += has_name and name_is_right(gold[i], found[j].speaker)
        counts["with act"] += "act" in gold[i]
        counts["act"] += gold[i].get("act") == found[j].act
        for kind in kinds[i]:
            counts[f"matched {kind}"] += 1
            counts[f"speaker {kind}"] += is_right
            counts[f"name {kind}"] += has_name and name_is_right(gold[i], found[j].speaker)


def _count_errors(
    counts: Counter[str],
    text: str,
    gold: Sequence[Mapping[str, Any]],
    found: Sequence[Quote],
    pairs: Sequence[tuple[int, int]],
) -> None:
    """Count what went wrong, by kind."""
    matched_gold, matched_found = {i for i, _ in pairs}, {j for _, j in pairs}
    spans = list(map(content, found))
    touched: set[int] = set()
    for i, quote in enumerate(gold):
        if i in matched_gold:
            continue
        near = max(range(len(found)), key=lambda j: shared(text, quote["content"], spans[j]), default=None)
        what = f"{quote['type']} {quote.get('act', '')}".strip()
        if near is None or shared(text, quote["content"], spans[near]) < _LEAST_SHARED:
            counts[f"error missed: {what}"] += 1
            continue
        touched.add(near)
        longer = _length(spans[near]) > _length(quote["content"])
        counts[f"error content too {'long' if longer else 'short'}: {what}"] += 1
    for j, quote in enumerate(found):
        if j not in matched_found and j not in touched:
            counts[f"error found where there is none: {quote.type} {quote.act}"] += 1
    for i, j in pairs:
        if not speaker_is_right(text, gold[i], found[j].speaker):
            speaker = found[j].speaker
            instead = "nobody" if speaker is None else speaker.resolved_from or "somebody named near by"
            counts[f"error speaker: {instead} instead of {_who(gold[i])}"] += 1


def _who(quote: Mapping[str, Any]) -> str:
    via = quote.get("via")
    if via == "unknown" or (via is None and not quote["speaker"]):
        return "nobody"
    return f"one told by {via}" if via else "the one annotated"


def _length(spans: Iterable[Sequence[int]]) -> int:
    return sum(end - start for start, end in spans)


def _note(
    confidences: list[tuple[str, float, bool]],
    text: str,
    gold: Sequence[Mapping[str, Any]],
    found: Sequence[Quote],
    pairs: Sequence[tuple[int, int]],
) -> None:
    theirs = {j: i for i, j in pairs}
    for j, quote in enumerate(found):
        confidences.append(("quotation", quote.confidence, j in theirs))
        if quote.speaker and j in theirs:
            right = speaker_is_right(text, gold[theirs[j]], quote.speaker)
            confidences.append(("speaker", quote.speaker.confidence, right))


def _whole(counts: Mapping[str, Counter[str]]) -> str:
    head = (
        "set", "articles", "annotated", "precision", "recall", "content F1", "speaker right", "both F1", "name right",
        "act right",
    )  # fmt: skip
    rows = (
        (
            name,
            count["articles"],
            count["gold"],
            *scores(count["matched"], count["found"], count["gold"]),
            share(count["speaker"], count["matched"]),
            share(2 * count["speaker"], count["found"] + count["gold"]),
            share(count["name"], count["with name"]),
            share(count["act"], count["with act"]),
        )
        for name, count in counts.items()
    )
    return (
        "Nothing was learnt from these articles, but choices were made with an eye on them. A quotation counts if it "
        "shares half of its words with one annotated; *speaker right* is of those, *both* asks for both. *Name right* "
        "asks for the speaker's full name wherever the article gives it, so that titles and pronouns must be resolved, "
        "and for none where it gives none; *act right* for statement, thought, directive or question. Quotations within "
        "quotations are left out. PolNeAR also counts thoughts, actions and single nouns; nothing of it was learnt from. "
        "The own articles were written for this project (all events and words in them are invented) of other topics than "
        "those that were learnt from; but for the Italian ones, partly by the same annotators, which flatters."
        f"\n\n{table(head, rows)}"
    )


def _agreement() -> str:
    rows = []
    for file in sorted(AGAIN.glob("*.jsonl")):
        found = agreement(read(GOLDEN / file.name), read(file))
        rows.append((file.stem, found.first, found.second, f"{found.content_f1:.3f}", share(found.speaker, found.both)))
    head = ("language", "first pass", "second pass", "content F1", "same speaker")
    return (
        "A second annotator, who had not seen the first's work, annotated some of the own articles again (no Dutch ones: "
        "their text changed afterwards). Both are language models that follow one guide, so this says that the guide is "
        f"clear, not that people would agree so well.\n\n{table(head, rows)}"
    )


def _kinds(counts: Mapping[str, Counter[str]]) -> str:
    head = ("annotated as", "number", "recall", "speaker right", "name right")
    total: dict[str, Counter[str]] = {}
    for name, count in counts.items():
        total.setdefault("own articles" if "own" in name else name, Counter()).update(count)
    rows = [
        (
            f"{name}: {kind.removeprefix('gold ')}",
            number,
            share(count[kind.replace("gold", "matched", 1)], number),
            share(count[kind.replace("gold", "speaker", 1)], count[kind.replace("gold", "matched", 1)]),
            share(count[kind.replace("gold", "name", 1)], count[kind.replace("gold", "matched", 1)])
            if "own" in name
            else "–",
        )
        for name, count in total.items()
        for kind, number in sorted(count.items())
        if kind.startswith("gold ")
    ]
    return f"By what was annotated; *by* says how a reader knows the speaker:\n\n{table(head, rows)}"


def _confidence(seen: Sequence[tuple[str, float, bool]]) -> str:
    rows = []
    for what in ("quotation", "speaker"):
        for low, high in pairwise(_BANDS):
            band = [(chance, right) for kind, chance, right in seen if kind == what and low <= chance < high]
            if band:
                mean = sum(chance for chance, _ in band) / len(band)
                rows.append(
                    (
                        what,
                        f"{low:.2f}–{min(high, 1):.2f}",
                        len(band),
                        f"{mean:.3f}",
                        share(sum(r for _, r in band), len(band)),
                    )
                )
    head = ("confidence of", "between", "findings", "mean confidence", "right")
    return f"What `confidence` means, on all these sets together:\n\n{table(head, rows)}"


def _errors(counts: Mapping[str, Counter[str]]) -> str:
    rows = []
    for name, count in counts.items():
        errors = Counter(
            {kind.removeprefix("error "): number for kind, number in count.items() if kind.startswith("error ")}
        )
        rows += [(name, kind, number) for kind, number in errors.most_common(_ERRORS_SHOWN)]
    return f"The most common kinds of error, ten a set:\n\n{table(('set', 'error', 'number'), rows)}"
