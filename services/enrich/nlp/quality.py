"""Doubts about a text that can be raised from the text alone. Judges form, never what is said."""

import re

from services.contract.identity import normalised
from services.enrich.nlp.document import Document

_FEWEST_WORDS = 40
# Scripts without spaces: this many letters stand for a word.
_LETTERS_A_WORD = 2
_WITHOUT_SPACES = frozenset({"Hani", "Jpan", "Thai", "Khmr", "Laoo", "Mymr", "Tibt"})
# A pull quote may repeat a paragraph; a body pasted twice repeats most of them.
_REPEATED_SHARE = 0.3
_SHORTEST_REPEATED = 40
_SURE_OF_LANGUAGE = 0.9
# Languages so close, or tags so often mixed up, that declaring one for the other is no mistake worth a flag.
_KIN = ({"nb", "nn", "no"}, {"sr", "hr", "bs", "sh"}, {"id", "ms"}, {"fa", "prs"}, {"fil", "tl"}, {"he", "iw"})
# Menus and banners: short lines without a stop, or what is said on every page.
_SHORT_LINE_CHARS = 40
_BOILERPLATE_SHARE = 0.5
_LONG_ENOUGH_LINES = 8
_ENDS = re.compile(r"[.!?…:;,。！？؟](?:[\"'”’»)\]]|\s)*$")


def flag(document: Document, resources: object) -> tuple[str, ...]:  # noqa: ARG001 - the form of all steps
    """Return the flags that apply, in the order of the contract."""
    paragraphs = document.text.split("\n\n")
    found = {
        "repeated_body": _is_repeated(paragraphs),
        "too_short": _words(document) < _FEWEST_WORDS,
        "boilerplate": _is_boilerplate(paragraphs),
        "language_mismatch": _is_mismatch(document),
    }
    return tuple(name for name, applies in found.items() if applies)


def _words(document: Document) -> int:
    if document.language.script in _WITHOUT_SPACES:
        return sum(map(str.isalpha, document.text)) // _LETTERS_A_WORD
    return len(document.text.split())


def _is_repeated(paragraphs: list[str]) -> bool:
    """Whether much of the text stands in it twice, as paragraphs or as one body pasted after itself."""
    seen: set[str] = set()
    repeated = total = 0
    for paragraph in paragraphs:
        plain = normalised(paragraph)
        if len(plain) < _SHORTEST_REPEATED:
            continue
        total += len(plain)
        repeated += len(plain) if plain in seen else 0
        seen.add(plain)
    if repeated > _REPEATED_SHARE * total:
        return True
    words = normalised(" ".join(paragraphs)).split()
    half = len(words) // 2
    return half >= _FEWEST_WORDS // 2 and words[:half] == words[-half:]


def _is_boilerplate(paragraphs: list[str]) -> bool:
    """Whether most lines look like a menu's: short, and without the stop that ends a sentence."""
    if len(paragraphs) < _LONG_ENOUGH_LINES:
        return False
    menu = [line for line in paragraphs if len(line) < _SHORT_LINE_CHARS and not _ENDS.search(line)]
    is_most_text = sum(map(len, menu)) * 2 > sum(map(len, paragraphs))
    return len(menu) > _BOILERPLATE_SHARE * len(paragraphs) and is_most_text


def _is_mismatch(document: Document) -> bool:
    declared = (document.declared_language or "").replace("_", "-").split("-")[0].casefold()
    found = document.language.tag.split("-")[0]
    if len(declared) not in {2, 3} or declared in {"und", "mul", "zxx", "mis"} or found == "und":
        return False
    if document.language.confidence < _SURE_OF_LANGUAGE or declared == found:
        return False
    return not any({declared, found} <= kin for kin in _KIN)
