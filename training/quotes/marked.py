"""Articles annotated by hand: from marks in the text, which people write, to stand-off lines, which are kept, and back.

    python -m training.quotes.marked read LANGUAGE MARKED.txt > ARTICLES.jsonl
    python -m training.quotes.marked show ARTICLES.jsonl > MARKED.txt

The stand-off form is one JSON object a line: id, language, date (of publication), note, text, quotes[]. A quote has type
(direct, indirect, mixed), act (statement, thought, directive, question), content, cue and speaker (each a list of
[start, end] in code points of the text), and what a reader knows of the speaker: name (in full, base form), role, via
(name, surname, title, pronoun, dropped, previous, unknown). How to annotate: training/quotes/GUIDE.md.
"""

import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson

_HEAD = re.compile(r"(?m)^=== ")
_TAG = re.compile(r"<(/?)([qsc])(?: ([^<>]*))?>")
_ATTRIBUTE = re.compile(r'(\w+)="([^"]*)"')
_NUMBERS = re.compile(r"[\d,]+")
_FIELDS = {"q": "content", "s": "speaker", "c": "cue"}
_KNOWN = ("name", "role", "via")


class MarkError(ValueError):
    """Raised when a text's marks do not fit together; says where."""


def articles(text: str, language: str) -> Iterator[dict[str, Any]]:
    """Yield the articles of a marked text. Raises `MarkError`."""
    for block in _HEAD.split(text)[1:]:
        head, _, body = block.partition("\n")
        name, date, note = (part.strip() for part in head.split("|", 2))
        plain, quotes = _unmarked(name, body.strip("\n"))
        yield {"id": name, "language": language, "date": date, "note": note, "text": plain, "quotes": quotes}


def _unmarked(name: str, body: str) -> tuple[str, list[dict[str, Any]]]:
    text, at = "", 0
    open_marks: list[tuple[str, int, list[str]]] = []
    quotes: dict[str, dict[str, Any]] = {}
    for tag in _TAG.finditer(body):
        text += body[at : tag.start()]
        at = tag.end()
        closing, kind, rest = tag.groups()
        if closing:
            if not open_marks or open_marks[-1][0] != kind:
                raise MarkError(f"{name}: </{kind}> closes nothing, behind {text[-40:]!r}")
            _, start, numbers = open_marks.pop()
            for number in numbers:
                quotes.setdefault(number, _empty())[_FIELDS[kind]].append([start, len(text)])
            continue
        found = _NUMBERS.match(rest or "")
        if not found:
            raise MarkError(f"{name}: <{kind} {rest}> has no number")
        numbers = found[0].split(",")
        if kind == "q" and (words := _ATTRIBUTE.sub("", rest[found.end() :]).split()):
            quote = quotes.setdefault(numbers[0], _empty())
            quote["type"], quote["act"] = words[0], (*words, "statement")[1]
            quote |= dict(_ATTRIBUTE.findall(rest))
            quotes[numbers[0]] = quote
        open_marks.append((kind, len(text), numbers))
    if open_marks:
        raise MarkError(f"{name}: <{open_marks[-1][0]}> is never closed")
    text = (text + body[at:]).rstrip()
    if bad := [number for number, quote in quotes.items() if not quote["content"]]:
        raise MarkError(f"{name}: no content for {bad}")
    return text, sorted(quotes.values(), key=lambda quote: quote["content"])


def _empty() -> dict[str, Any]:
    return {
        "type": "direct", "act": "statement", "content": [], "cue": [], "speaker": [],
        "name": None, "role": None, "via": "unknown",
    }  # fmt: skip


def marked(article: Mapping[str, Any]) -> str:
    """Return the article with its marks in the text."""
    edges: list[tuple[int, int, str]] = []
    for number, quote in enumerate(article["quotes"], start=1):
        known = "".join(f' {name}="{quote[name]}"' for name in _KNOWN if quote[name])
        head = f"<q {number} {quote['type']} {quote['act']}{known}>"
        for place, (start, end) in enumerate(quote["content"]):
            edges += [(start, 1, head if place == 0 else f"<q {number}>"), (end, 0, "</q>")]
        for field, kind in (("cue", "c"), ("speaker", "s")):
            for start, end in quote[field]:
                edges += [(start, 1, f"<{kind} {number}>"), (end, 0, f"</{kind}>")]
    text, at = "", 0
    for place, _, tag in sorted(edges, key=lambda edge: edge[:2]):
        text += article["text"][at:place] + tag
        at = place
    return f"=== {article['id']} | {article['date']} | {article['note']}\n{text}{article['text'][at:]}\n"


def read(path: Path) -> list[dict[str, Any]]:
    """Return the annotated articles of a file of stand-off lines."""
    return [orjson.loads(line) for line in path.read_bytes().splitlines()]


def main(arguments: Sequence[str]) -> None:
    """Convert one way or the other."""
    match arguments:
        case ["read", language, path]:
            for article in articles(Path(path).read_text("utf-8"), language):
                sys.stdout.buffer.write(orjson.dumps(article) + b"\n")
        case ["show", path]:
            print("\n".join(map(marked, read(Path(path)))))
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
