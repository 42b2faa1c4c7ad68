"""What stands around a word: the marks before it, and what the article's other places say about it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from services.enrich.nlp.tokens import Token


@dataclass(frozen=True, slots=True)
class Word:
    """What a word is by itself, wherever it stands."""

    lower: str
    shape: str
    is_capital: bool
    flags: tuple[str, ...]  # on which lists it stands
    starts_phrase: bool  # a listed name of several words begins so
    starts_name: bool  # a name of other texts begins so


class Elsewhere:
    """What an article's other places say about a word: is it written small, is it a name of somebody elsewhere."""

    def __init__(self, tokens: Sequence[Token], words: Sequence[Word]) -> None:
        self._small = {token.text for token in tokens if not token.is_capital}
        self._inside = {token.text for token in tokens if token.is_capital and not token.opens}
        self._cues: dict[str, set[str]] = {}
        for at, token in enumerate(tokens):
            if token.is_capital and len(token.text) > 2:
                cues = self._cues.setdefault(token.text, set())
                if at and token.gap == " ":
                    cues.update(flag for flag in words[at - 1].flags if flag in {"G", "t", "o", "pc"})
                if at + 1 < len(tokens) and tokens[at + 1].gap == " ":
                    cues.update("n" + flag.upper() for flag in words[at + 1].flags if flag in {"S", "s", "o"})

    def says(self, token: Token, word: Word) -> Iterable[str]:
        """Return the attributes of a word with a capital."""
        found = [f"D{token.opens:d}{word.lower in self._small:d}{token.text in self._inside:d}"]
        if token.opens:
            found += ["op", "op:" + word.lower]
        if token.shouted:
            found.append("sh")
        found += ["q:" + cue for cue in sorted(self._cues.get(token.text, ()))]
        return found


_GAPS = {" ": "_", "\n": "$", ", ": ",", ". ": ".", "$": "c", " $": "c", "": "0"}
_MARKS = {
    **dict.fromkeys("([", "("),
    **dict.fromkeys(")]", ")"),
    **dict.fromkeys('"“”„«»‘‹›', "Q"),
    **dict.fromkeys("-–—", "-"),
    **dict.fromkeys("'’ʼ`´", "'"),
    "$": "c",  # not the beginning of a sentence
}


def gap_kind(gap: str) -> str:
    """Return a letter or two for what stands before a word; "$": a sentence begins."""
    if known := _GAPS.get(gap):
        return known
    marks = gap.strip()
    if not marks:
        return "_"
    kind = next((_MARKS[mark] for mark in marks if mark in _MARKS), marks[0])
    if kind == "Q":  # does it open or close?
        return "Q(" if gap[0] == " " else "Q)"
    if kind in "-'":
        return kind + ("_" if " " in gap else "")
    return kind
