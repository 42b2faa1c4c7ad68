"""Annotated sentences as the step will see them: running text, split into sentences and words by our own rules.

A file holds a token, a tab and its IOB2 tag a line, `# source = NAME` before a sentence and an empty line after it.
Tokens are joined to text, and neighbouring sentences of one source to articles, since articles agree with themselves.
"""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from services.contract.enriched import Language
from services.enrich.nlp.document import Document
from services.enrich.nlp.sentences import SentenceResources, split
from services.enrich.nlp.tokens import Token, tokenise

SOURCES = tomllib.loads((Path(__file__).parent / "sources.toml").read_text("utf-8"))
KINDS = ("PER", "ORG", "LOC")

_SENTENCES_AN_ARTICLE = 20
# Neighbouring articles are held out together: they may come from one newspaper page.
_BLOCK = 5
_NO_SPACE_BEFORE = frozenset(".,;:!?)]}%»”’…")
_NO_SPACE_AFTER = frozenset("([{«„“‘")

Span = tuple[int, int, str]


@dataclass(frozen=True, slots=True)
class Article:
    """Running text with its names: (start, end, kind) in code points."""

    language: str
    source: str
    text: str
    names: frozenset[Span]


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


def running(batch: Sequence[Sequence[tuple[str, str]]]) -> tuple[str, frozenset[Span]]:
    """Return the text of some sentences, one a line, and its names."""
    text, spans = "", []
    for words in batch:
        text += "\n" if text else ""
        before = ""
        for token, tag in words:
            is_glued = (
                token in _NO_SPACE_BEFORE
                or before in _NO_SPACE_AFTER
                or (before.endswith(("'", "’")) and len(before) > 1)
            )
            text += "" if not before or is_glued else " "
            start, before = len(text), token
            text += token
            if tag.startswith("B-"):
                spans.append((start, len(text), tag[2:]))
            elif tag.startswith("I-") and spans:
                spans[-1] = (spans[-1][0], len(text), spans[-1][2])
    return text, frozenset(span for span in spans if span[2] in KINDS)


def read(path: Path, *, language: str) -> dict[str, list[Article]]:
    """Return the articles of a file by source, in the file's order."""
    by_source: dict[str, list[list[tuple[str, str]]]] = {}
    for source, words in sentences(path):
        by_source.setdefault(source, []).append(words)
    return {
        source: [
            Article(language, source, *running(items[start : start + _SENTENCES_AN_ARTICLE]))
            for start in range(0, len(items), _SENTENCES_AN_ARTICLE)
        ]
        for source, items in by_source.items()
    }


def split_sources(folder: Path, language: str) -> tuple[dict[str, list[Article]], dict[str, list[Article]]]:
    """Return what there is to train on and what is held out to measure on, by source, as `sources.toml` says."""
    train: dict[str, list[Article]] = {}
    held_out: dict[str, list[Article]] = {}
    for part in ("train", "dev"):
        path = folder / f"{language}.{part}.tsv"
        if not path.exists():
            continue
        for source, articles in read(path, language=language).items():
            every = options(language, source).get("hold_out_every")
            if every is None:
                (held_out if part == "dev" else train)[source] = articles
                continue
            blocks = [number // _BLOCK % every == every - 1 for number in range(len(articles))]
            train.setdefault(source, []).extend(
                article for article, is_out in zip(articles, blocks, strict=True) if not is_out
            )
            held_out.setdefault(source, []).extend(
                article for article, is_out in zip(articles, blocks, strict=True) if is_out
            )
    return train, held_out


def to_calibrate(held_out: Mapping[str, Sequence[Article]]) -> dict[str, Sequence[Article]]:
    """Return the held-out articles that the confidence is calibrated on: every second one."""
    return {source: articles[::2] for source, articles in held_out.items()}


def to_check(held_out: Mapping[str, Sequence[Article]]) -> dict[str, Sequence[Article]]:
    """Return the others, on which the calibration is checked."""
    return {source: articles[1::2] for source, articles in held_out.items()}


def options(language: str, source: str) -> dict[str, Any]:
    """Return what `sources.toml` says of a source in a language; empty if nothing."""
    return dict(SOURCES["languages"].get(language, {}).get(source, {}))


def words(article: Article, resources: SentenceResources) -> list[Token]:
    """Return the article's words as the step finds them, the language being known."""
    document = Document(text=article.text, language=Language(tag=article.language, confidence=1.0))
    return tokenise(article.text, split(document, resources), language=article.language)


def labels(tokens: Sequence[Token], names: frozenset[Span]) -> list[str]:
    """Return B-kind, I-kind or O for each word; a word that a name only begins or ends in belongs to it."""
    found = ["O"] * len(tokens)
    spans = sorted(names)
    at = 0
    for index, token in enumerate(tokens):
        while at < len(spans) and spans[at][1] <= token.start:
            at += 1
        if at < len(spans) and spans[at][0] < token.end:
            is_first = index == 0 or tokens[index - 1].end <= spans[at][0]
            found[index] = f"{'B' if is_first else 'I'}-{spans[at][2]}"
    return found
