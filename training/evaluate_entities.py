"""Measure the entities step: exact-span precision, recall and F1 by language and type.

    python training/evaluate_entities.py FOLDER [--source NAME] [--limit SENTENCES] [--errors N]

The folder holds `<language>.dev.tsv`: a token, a tab and its IOB2 tag a line, `# source = NAME` before a sentence and
an empty line after it. Tokens are joined to running text and sentences to articles, so that the step sees text as it
sees it in service; it is given the language, since the language step is measured elsewhere.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from services.contract.enriched import Language
from services.enrich.nlp.document import Degraded, Document, Skipped
from services.enrich.nlp.entities import find
from services.enrich.nlp.sentences import split
from services.enrich.resources import Resources

_SENTENCES_AN_ARTICLE = 20
_NO_SPACE_BEFORE = frozenset(".,;:!?)]}%»”’…")
_NO_SPACE_AFTER = frozenset("([{«„“‘")

Span = tuple[int, int, str]


def sentences(path: Path) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Yield (source, [(token, tag)])."""
    source, words = "", []
    for line in path.read_text("utf-8").splitlines():
        if line.startswith("# source = "):
            source = line.removeprefix("# source = ")
        elif line:
            token, _, tag = line.rpartition("\t")
            words.append((token, tag))
        elif words:
            yield source, words
            words = []
    if words:
        yield source, words


def article(batch: list[list[tuple[str, str]]]) -> tuple[str, set[Span]]:
    """Return the running text of some sentences, one a line, and its named spans."""
    text, spans = "", []
    for words in batch:
        text += "\n" if text else ""
        before = ""
        for token, tag in words:
            glued = (
                token in _NO_SPACE_BEFORE
                or before in _NO_SPACE_AFTER
                or (before.endswith(("'", "’")) and len(before) > 1)
            )
            text += "" if not before or glued else " "
            start, before = len(text), token
            text += token
            kind = tag[2:]
            if tag.startswith("B-"):
                spans.append((start, len(text), kind))
            elif tag.startswith("I-") and spans:
                spans[-1] = (spans[-1][0], len(text), spans[-1][2])
    return text, set(spans)


def main() -> None:
    """Print a line for each language, source and type."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--source", help="only the sentences of this source")
    parser.add_argument("--split", default="dev")
    parser.add_argument("--limit", type=int, default=2_000, help="sentences a source")
    parser.add_argument("--errors", type=int, default=0, help="print the commonest errors")
    options = parser.parse_args()
    resources = Resources.load()
    for path in sorted(options.folder.glob(f"*.{options.split}.tsv")):
        language = path.name.split(".")[0]
        by_source: dict[str, list[list[tuple[str, str]]]] = {}
        for source, words in sentences(path):
            by_source.setdefault(source, []).append(words)
        for source, items in sorted(by_source.items()):
            if options.source in {None, source}:
                report(language, source, items[: options.limit], resources, errors=options.errors)


def report(
    language: str, source: str, items: list[list[tuple[str, str]]], resources: Resources, *, errors: int
) -> None:
    """Measure one source and print it."""
    hits: Counter[str] = Counter()
    found: Counter[str] = Counter()
    true: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    for start in range(0, len(items), _SENTENCES_AN_ARTICLE):
        text, gold = article(items[start : start + _SENTENCES_AN_ARTICLE])
        document = Document(text=text, language=Language(tag=language, confidence=1.0))
        document = document.with_field("sentences", split(document, resources))
        result = find(document, resources)
        if isinstance(result, Skipped):
            continue
        entities = result.value if isinstance(result, Degraded) else result
        guess = {(mention.start, mention.end, str(entity.type)) for entity in entities for mention in entity.mentions}
        for kind in ("PER", "ORG", "LOC", "MISC"):
            mine = {span for span in guess if span[2] == kind}
            theirs = {span for span in gold if span[2] == kind}
            hits[kind] += len(mine & theirs)
            found[kind] += len(mine)
            true[kind] += len(theirs)
        wrong.update(f"- {kind} {text[a:b]}" for a, b, kind in gold - guess)
        wrong.update(f"+ {kind} {text[a:b]}" for a, b, kind in guess - gold)
    line = f"{language} {source:14} {len(items):5} sentences "
    for kind in ("PER", "ORG", "LOC", "MISC"):
        line += f" {kind} {_scores(hits[kind], found[kind], true[kind])}"
    named = [kind for kind in ("PER", "ORG", "LOC") if true[kind]]
    line += f"  PER+ORG+LOC {_scores(*(sum(count[kind] for kind in named) for count in (hits, found, true)))}"
    sys.stdout.write(line + "\n")
    for example, count in wrong.most_common(errors):
        sys.stdout.write(f"    {count:4} {example}\n")


def _scores(hits: int, found: int, true: int) -> str:
    precision, recall = hits / (found or 1), hits / (true or 1)
    return f"{precision:.2f}/{recall:.2f}/{2 * precision * recall / ((precision + recall) or 1):.3f}"


if __name__ == "__main__":
    main()
