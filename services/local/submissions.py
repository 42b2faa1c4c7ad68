"""Files to articles, for `claimwire submit`: what a file, a directory or standard input holds. Sends nothing."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

_SUFFIXES = (".json", ".ndjson", ".jsonl", ".txt", ".html", ".htm")
_NOT_ARTICLES = frozenset({"readme.txt", "readme.html", "package.json"})


@dataclass(frozen=True, slots=True)
class Submission:
    """One article, and where it was found."""

    origin: str  # a file's name, with the line or the position in it
    article: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A file, or a line of one, that is no article."""

    origin: str
    detail: str


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file that does not look like articles at all."""

    origin: str


Loaded = Submission | Unreadable | Skipped


def load(path: Path | str) -> Iterator[Loaded]:
    """Return what a file, a directory (recursively, in the order of names) or standard input ("-") holds."""
    if str(path) == "-":
        yield from _lines_or_document(sys.stdin.buffer.read(), "standard input")
        return
    path = Path(path)
    if not path.is_dir():
        yield from _file(path, path.name)
        return
    for file in sorted(p for p in path.rglob("*") if p.is_file() and not _is_hidden(p.relative_to(path))):
        name = file.relative_to(path).as_posix()
        if file.suffix.lower() in _SUFFIXES and file.name.lower() not in _NOT_ARTICLES:
            yield from _file(file, name)
        else:
            yield Skipped(name)


def _is_hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)


def _file(path: Path, name: str) -> Iterator[Loaded]:
    try:
        content = path.read_bytes()
    except OSError as error:
        yield Unreadable(name, error.strerror or type(error).__name__)
        return
    match path.suffix.lower():
        case ".ndjson" | ".jsonl":
            yield from _lines(content, name)
        case ".txt":
            yield from _text(content, name)
        case ".html" | ".htm":
            yield from _html(content, name)
        case _:
            yield from _document(content, name)


def _lines_or_document(content: bytes, name: str) -> Iterator[Loaded]:
    """Read what has no name that says what it is: one document if it is one, else one a line."""
    try:
        orjson.loads(content)
    except orjson.JSONDecodeError:
        yield from _lines(content, name)
    else:
        yield from _document(content, name)


def _document(content: bytes, name: str) -> Iterator[Loaded]:
    try:
        document = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        yield Unreadable(f"{name}:{error.lineno}", f"not JSON: {error.msg}")
        return
    if not isinstance(document, list):
        yield _submission(document, name)
        return
    for position, article in enumerate(document, 1):
        yield _submission(article, f"{name}[{position}]")


def _lines(content: bytes, name: str) -> Iterator[Loaded]:
    for number, line in enumerate(content.split(b"\n"), 1):
        if not line.strip():
            continue
        try:
            article = orjson.loads(line)
        except orjson.JSONDecodeError as error:
            yield Unreadable(f"{name}:{number}", f"not JSON: {error.msg}")
        else:
            yield _submission(article, f"{name}:{number}")


def _submission(article: object, origin: str) -> Loaded:
    if isinstance(article, dict):
        return Submission(origin, article)
    return Unreadable(origin, f"an article is a JSON object, not {type(article).__name__}")


def _text(content: bytes, name: str) -> Iterator[Loaded]:
    text = _decoded(content, name)
    if isinstance(text, Unreadable):
        yield text
        return
    title, _, body = text.lstrip().partition("\n")
    if not body.strip():
        title, body = "", title
    if not body.strip():
        yield Unreadable(name, "the file is empty")
        return
    yield Submission(name, ({"title": title.strip()} if title else {}) | {"body": body.strip()})


def _html(content: bytes, name: str) -> Iterator[Loaded]:
    text = _decoded(content, name)
    if isinstance(text, Unreadable):
        yield text
    elif not text.strip():
        yield Unreadable(name, "the file is empty")
    else:
        yield Submission(name, {"html": text})


def _decoded(content: bytes, name: str) -> str | Unreadable:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        return Unreadable(f"{name}:{line}", f"byte {error.start:,} is not UTF-8")
