"""Articles to measure speed on: the seeds, the golden articles, running text made of annotated sentences."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import orjson

from services.local.submissions import Submission, load
from training.entities.corpus import running, sentences

LANGUAGES = ("it", "en", "de", "fr", "es", "pt", "nl", "pl", "ru", "uk")

_ROOT = Path(__file__).parents[1]
_GOLDEN = _ROOT / "tests" / "golden"
# [surface|TYPE=id]
_MARKED = re.compile(r"\[([^\[\]|]+)\|[A-Z]+=[^\]\s]+\]")
# A line that begins like this says what the article after it is about.
_REMARK = re.compile(r"^# .*\n", re.MULTILINE)
_SENTENCES_AN_ARTICLE = 20


@dataclass(frozen=True, slots=True)
class Text:
    """An article in a known language; `mul` is several."""

    language: str
    text: str


def words_of(text: str) -> int:
    """Return how many words a text has: what stands between spaces, the same for everything measured."""
    return len(text.split())


def seeds() -> list[Text]:
    """Return the bodies of the sample articles; the one that is a web page has none."""
    languages = {
        line["file"]: line["language"]
        for line in map(orjson.loads, (_GOLDEN / "seeds_expected.jsonl").read_bytes().splitlines())
    }
    return [
        Text(languages[seed.origin].split("-")[0], body)
        for seed in load(_ROOT / "seeds")
        if isinstance(seed, Submission) and seed.origin in languages and (body := seed.article.get("body"))
    ]


def golden() -> list[Text]:
    """Return the articles in which names are marked, without the marks."""
    return [
        Text(file.stem, text)
        for file in sorted((_GOLDEN / "entities").glob("*.txt"))
        for part in _REMARK.split(unmarked(file.read_text("utf-8")))
        if (text := part.strip())
    ]


def unmarked(text: str) -> str:
    """Return a text without the marks around its names."""
    return _MARKED.sub(r"\1", text)


def annotated(folder: Path, *, words: int) -> list[Text]:
    """Return articles of so many words in each language, all different: from its `dev` file, else from `train`."""
    return [
        text
        for language in LANGUAGES
        for part in ("dev", "train")
        if (file := folder / f"{language}.{part}.tsv").exists()
        and (part == "dev" or not (folder / f"{language}.dev.tsv").exists())
        for text in _first(_articles(file, language), words)
    ]


def _articles(file: Path, language: str) -> Iterator[Text]:
    batch = []
    for _, tokens in sentences(file):
        batch.append(tokens)
        if len(batch) == _SENTENCES_AN_ARTICLE:
            yield Text(language, running(batch)[0])
            batch = []
    if batch:
        yield Text(language, running(batch)[0])


def _first(texts: Iterator[Text], words: int) -> Iterator[Text]:
    while words > 0 and (text := next(texts, None)):
        words -= words_of(text.text)
        yield text
