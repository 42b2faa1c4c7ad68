"""Measures quotations on annotated articles: `python -m training.evaluate_quotes FILE.jsonl`.

A line is {id, language, text, quotes[{type, content[[start, end]], cue, speaker, nested}]}. A quotation found matches one
annotated if their tokens overlap by at least half (intersection over union), one to one; a speaker is right if the
words found and the words annotated share one that is a name or a noun, or both are missing.
"""

import argparse
import re
from collections import Counter
from pathlib import Path
from typing import Any

import orjson

from services.contract.enriched import Language, Quote
from services.enrich.nlp import entities, sentences
from services.enrich.nlp.document import Degraded, Document, Skipped
from services.enrich.nlp.quotes import find
from services.enrich.resources import Resources

_WORD = re.compile(r"\w+")


def found_in(text: str, language: str, resources: Resources) -> tuple[Quote, ...]:
    """Return the quotations that the steps find in a text of a known language."""
    document = Document(text=text, language=Language(tag=language, confidence=1.0))
    for name, step in (("sentences", sentences.split), ("entities", entities.find)):
        document = document.with_field(name, value(step(document, resources)))
    return value(find(document, resources))


def value(result: Any) -> Any:
    """Return a step's value."""
    if isinstance(result, Skipped):
        return ()
    return result.value if isinstance(result, Degraded) else result


def tokens(text: str, spans: list[tuple[int, int]]) -> set[int]:
    """Return where the tokens inside the spans begin."""
    return {word.start() for start, end in spans for word in _WORD.finditer(text, start, end)}


def matches(text: str, gold: list[dict[str, Any]], found: tuple[Quote, ...]) -> list[tuple[int, int]]:
    """Return pairs of indices, best overlaps first."""
    of_gold = [tokens(text, [tuple(span) for span in quote["content"]]) for quote in gold]
    of_found = [tokens(text, [(span.start, span.end) for span in quote.spans]) for quote in found]
    overlaps = sorted(
        (
            (len(a & b) / len(a | b), i, j)
            for i, a in enumerate(of_gold)
            for j, b in enumerate(of_found)
            if a & b and len(a & b) / len(a | b) >= 0.5
        ),
        reverse=True,
    )
    pairs, used_gold, used_found = [], set(), set()
    for _, i, j in overlaps:
        if i not in used_gold and j not in used_found:
            pairs.append((i, j))
            used_gold.add(i)
            used_found.add(j)
    return pairs


def speaker_is_right(text: str, gold: Any, found: Quote) -> bool:
    """Whether both name the same words, or both name none."""
    spans = gold if isinstance(gold, list) else []
    words = {word.lower() for start, end in spans for word in _WORD.findall(text[start:end]) if len(word) > 2}
    if not words:
        return found.speaker is None
    if found.speaker is None:
        return False
    own = f"{found.speaker.text} {found.speaker.name or ''} {found.speaker.role or ''}"
    return bool(words & {word.lower() for word in _WORD.findall(own) if len(word) > 2})


def f1(right: int, found: int, gold: int) -> float:
    """Return the harmonic mean of precision and recall."""
    return 2 * right / (found + gold) if found + gold else 0.0


def main() -> None:
    """Print the figures of each file."""
    parser = argparse.ArgumentParser(description="Measure quotations and speakers on annotated articles.")
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--limit", type=int, default=None, help="the first so many articles only")
    arguments = parser.parse_args()
    resources = Resources.load()
    for file in arguments.files:
        counts: Counter[str] = Counter()
        for line in file.read_bytes().splitlines()[: arguments.limit]:
            article = orjson.loads(line)
            gold = [quote for quote in article["quotes"] if not quote.get("nested")]
            found = found_in(article["text"], article["language"], resources)
            pairs = matches(article["text"], gold, found)
            counts.update(gold=len(gold), found=len(found), matched=len(pairs))
            counts.update(f"gold {quote['type']}" for quote in gold)
            for i, j in pairs:
                counts[f"matched {gold[i]['type']}"] += 1
                counts["speaker"] += speaker_is_right(article["text"], gold[i].get("speaker"), found[j])
        print(
            f"{file.name}: content F1 {f1(counts['matched'], counts['found'], counts['gold']):.3f} "
            f"(P {counts['matched'] / max(1, counts['found']):.3f} R {counts['matched'] / max(1, counts['gold']):.3f}), "
            f"speaker {counts['speaker'] / max(1, counts['matched']):.3f}, "
            f"both F1 {f1(counts['speaker'], counts['found'], counts['gold']):.3f}"
        )
        for name in sorted(name for name in counts if name.startswith("gold ")):
            kind = name.removeprefix("gold ")
            print(f"  {kind}: recall {counts[f'matched {kind}'] / counts[name]:.3f} of {counts[name]}")


if __name__ == "__main__":
    main()
