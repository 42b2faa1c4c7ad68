"""Hand-made articles in which every name is marked in its place: `[Volodymyr Zelenskyy|PER=zelensky]`.

The part behind the bar is the kind and who or what in this article is meant: mentions with the same id are one entity.
A line that begins with "# " begins an article and says what it is hard in.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from training.entities.corpus import KINDS, Span

_MARK = re.compile(r"\[([^\[\]|]+)\|(PER|ORG|LOC)=([a-z0-9_-]+)\]")


@dataclass(frozen=True, slots=True)
class MarkedArticle:
    """An article, its names, and for each the id of what it names."""

    language: str
    note: str
    text: str
    entities: dict[Span, str]


def read_marked(folder: Path) -> Iterator[MarkedArticle]:
    """Yield the articles of all `<language>.txt`. Raises `ValueError` on a mark that is none."""
    for path in sorted(folder.glob("*.txt")):
        for part in re.split(r"(?m)^# ", path.read_text("utf-8"))[1:]:
            note, _, body = part.partition("\n")
            yield marked_article(path.stem, note.strip(), body.strip())


def marked_article(language: str, note: str, body: str) -> MarkedArticle:
    """Return the article without its marks. Raises `ValueError` on a mark that is none."""
    text, end = "", 0
    entities: dict[Span, str] = {}
    for mark in _MARK.finditer(body):
        text += body[end : mark.start()]
        surface, kind, id = mark.groups()
        entities[len(text), len(text) + len(surface), kind] = f"{kind}={id}"
        text += surface
        end = mark.end()
    text += body[end:]
    if any(sign in text for sign in "[]|"):
        raise ValueError(f"{language}, {note!r}: a mark that is not [surface|{'/'.join(KINDS)}=id]")
    return MarkedArticle(language, note, text, entities)
