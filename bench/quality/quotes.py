"""Measures quotations and their speakers on annotated articles.

A line of a file is {id, language, text, quotes[{type, content[[start, end]], cue, speaker, nested}]}. A quotation found
matches one annotated if their tokens overlap by at least half (intersection over union), one to one; a speaker is right
if the words found and the words annotated share one that is a name or a noun, or both are missing.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson

from bench.quality.markdown import not_measured, scores, share, table
from bench.quality.outcome import value
from services.contract.enriched import Language, Quote
from services.enrich.nlp import entities, sentences
from services.enrich.nlp.document import Document
from services.enrich.nlp.quotes import find
from services.enrich.resources import Resources

_LEAST_OVERLAP = 0.5
_SHORTEST_NAME = 3
_WORD = re.compile(r"\w+")


def section(data: Path, resources: Resources) -> str:
    """Return the tables: every file as a whole, what was annotated by type, what was found by type."""
    files = sorted((data / "quotes").glob("*.dev.jsonl"))
    if not files:
        return not_measured(
            ["quotes/*.dev.jsonl"],
            corpus="German news quotations and PolNeAR 1.0 in the form that bench/quality/quotes.py describes",
            origin="github.com/uhh-lt/german-news-quotation-attribution-2024 and github.com/networkdynamics/PolNeAR",
        )
    counts = {
        file.name.removesuffix(".dev.jsonl"): measure(map(orjson.loads, file.read_bytes().splitlines()), resources)
        for file in files
    }
    return "\n".join((_whole(counts), _annotated_types(counts), _found_types(counts)))


def measure(articles: Iterable[Mapping[str, Any]], resources: Resources) -> Counter[str]:
    """Return how many quotations were annotated, found, matched, and had the right speaker; also by type."""
    counts: Counter[str] = Counter()
    for article in articles:
        text = article["text"]
        gold = [quote for quote in article["quotes"] if not quote.get("nested")]
        found = found_in(text, article["language"], resources)
        pairs = matches(text, gold, found)
        counts.update(articles=1, gold=len(gold), found=len(found), matched=len(pairs))
        counts.update(f"gold {quote['type']}" for quote in gold)
        counts.update(f"found {quote.type}" for quote in found)
        for i, j in pairs:
            is_right = speaker_is_right(text, gold[i].get("speaker"), found[j])
            counts["speaker"] += is_right
            counts[f"matched gold {gold[i]['type']}"] += 1
            counts[f"speaker gold {gold[i]['type']}"] += is_right
            counts[f"matched found {found[j].type}"] += 1
            counts[f"speaker found {found[j].type}"] += is_right
    return counts


def found_in(text: str, language: str, resources: Resources) -> tuple[Quote, ...]:
    """Return the quotations that the steps find in a text of a known language."""
    document = Document(text=text, language=Language(tag=language, confidence=1.0))
    for name, step in (("sentences", sentences.split), ("entities", entities.find)):
        document = document.with_field(name, value(step(document, resources)))
    quotes: tuple[Quote, ...] = value(find(document, resources))
    return quotes


def matches(text: str, gold: Sequence[Mapping[str, Any]], found: Sequence[Quote]) -> list[tuple[int, int]]:
    """Return pairs of indices, best overlaps first."""
    of_gold = [tokens(text, [tuple(span) for span in quote["content"]]) for quote in gold]
    of_found = [tokens(text, [(span.start, span.end) for span in quote.spans]) for quote in found]
    overlaps = sorted(
        (
            (len(a & b) / len(a | b), i, j)
            for i, a in enumerate(of_gold)
            for j, b in enumerate(of_found)
            if a & b and len(a & b) / len(a | b) >= _LEAST_OVERLAP
        ),
        reverse=True,
    )
    pairs: list[tuple[int, int]] = []
    used_gold: set[int] = set()
    used_found: set[int] = set()
    for _, i, j in overlaps:
        if i not in used_gold and j not in used_found:
            pairs.append((i, j))
            used_gold.add(i)
            used_found.add(j)
    return pairs


def tokens(text: str, spans: Iterable[tuple[int, int]]) -> set[int]:
    """Return where the tokens inside the spans begin."""
    return {word.start() for start, end in spans for word in _WORD.finditer(text, start, end)}


def speaker_is_right(text: str, gold: Any, found: Quote) -> bool:
    """Whether both name the same words, or both name none."""
    spans = gold if isinstance(gold, list) else []
    words = set().union(*(_names(text[start:end]) for start, end in spans))
    if not words:
        return found.speaker is None
    if found.speaker is None:
        return False
    return bool(words & _names(f"{found.speaker.text} {found.speaker.name or ''} {found.speaker.role or ''}"))


def _names(text: str) -> set[str]:
    return {word.lower() for word in _WORD.findall(text) if len(word) >= _SHORTEST_NAME}


def f1(right: int, found: int, gold: int) -> float:
    """Return the harmonic mean of precision and recall."""
    return 2 * right / (found + gold) if found + gold else 0.0


def _whole(counts: Mapping[str, Counter[str]]) -> str:
    head = ("corpus", "articles", "annotated", "precision", "recall", "content F1", "speaker right", "both F1")
    rows = (
        (
            name,
            count["articles"],
            count["gold"],
            *scores(count["matched"], count["found"], count["gold"]),
            share(count["speaker"], count["matched"]),
            share(2 * count["speaker"], count["found"] + count["gold"]),
        )
        for name, count in counts.items()
    )
    return (
        "Development data: nothing was learnt from them, but rules were written with them in view. A quotation counts if "
        "it shares half of its words with one annotated; *speaker right* is of those, *both* asks for both. Quotations "
        f"within quotations are left out.\n\n{table(head, rows)}"
    )


def _annotated_types(counts: Mapping[str, Counter[str]]) -> str:
    head = ("annotated as", "number", "recall", "speaker right", "both, of all")
    return f"By the type annotated:\n\n{table(head, _by_type(counts, 'gold'))}"


def _found_types(counts: Mapping[str, Counter[str]]) -> str:
    head = ("found as", "number", "precision", "speaker right", "both, of all")
    return f"By the type that we give:\n\n{table(head, _by_type(counts, 'found'))}"


def _by_type(counts: Mapping[str, Counter[str]], side: str) -> list[tuple[object, ...]]:
    return [
        (
            f"{corpus}: {name.removeprefix(f'{side} ')}",
            number,
            share(count[f"matched {name}"], number),
            share(count[f"speaker {name}"], count[f"matched {name}"]),
            share(count[f"speaker {name}"], number),
        )
        for corpus, count in counts.items()
        for name, number in sorted(count.items())
        if name.startswith(f"{side} ")
    ]
