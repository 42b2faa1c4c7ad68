"""`Phrases`: a word list that is looked up at a place in the tokens. The longest phrase wins."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, Self, TypeVar

from services.enrich.nlp.figures.tokens import Token, tokenise

V = TypeVar("V")
# So much of a word may follow a stem: "рубл*" is every case of rouble, and not every word that begins so.
_ENDING_CHARS = 5
_KEY_CHARS = 2


@dataclass(frozen=True, slots=True)
class Phrases(Generic[V]):
    """Phrases by the beginning of their first word, longest first. `*` at the end of a word stands for any ending."""

    by_first: Mapping[str, Sequence[tuple[tuple[str, ...], V]]]
    by_last: Mapping[str, Sequence[tuple[tuple[str, ...], V]]]
    exact_case: bool = False

    @classmethod
    def of(cls, table: Iterable[tuple[V, Iterable[str]]], *, exact_case: bool = False) -> Self:
        """Compile value → phrases."""
        entries = [
            (_words(phrase if exact_case else phrase.lower()), value) for value, phrases in table for phrase in phrases
        ]
        entries.sort(key=lambda entry: (-len(entry[0]), -sum(map(len, entry[0]))))
        by_first: dict[str, list[tuple[tuple[str, ...], V]]] = {}
        by_last: dict[str, list[tuple[tuple[str, ...], V]]] = {}
        for words, value in entries:
            by_first.setdefault(words[0][:_KEY_CHARS], []).append((words, value))
            by_last.setdefault(words[-1][:_KEY_CHARS], []).append((words, value))
        return cls(by_first, by_last, exact_case)

    def at(self, tokens: Sequence[Token], index: int) -> tuple[V, int] | None:
        """Return the value of the longest phrase that begins at `index`, and the index after it."""
        if not 0 <= index < len(tokens):
            return None
        first = tokens[index].text if self.exact_case else tokens[index].lower
        for words, value in self.by_first.get(first[:_KEY_CHARS], ()):
            if self._is_at(words, tokens, index):
                return value, index + len(words)
        return None

    def before(self, tokens: Sequence[Token], index: int) -> tuple[V, int] | None:
        """Return the value of the longest phrase that ends before `index`, and the index where it begins."""
        if not index:
            return None
        last = tokens[index - 1].text if self.exact_case else tokens[index - 1].lower
        for words, value in self.by_last.get(last[:_KEY_CHARS], ()):
            if index >= len(words) and self._is_at(words, tokens, index - len(words)):
                return value, index - len(words)
        return None

    def _is_at(self, words: tuple[str, ...], tokens: Sequence[Token], index: int) -> bool:
        if index + len(words) > len(tokens):
            return False
        for offset, word in enumerate(words):
            token = tokens[index + offset]
            found = token.text if self.exact_case else token.lower
            if word[-1] == "*" and len(word) > 1:
                if not (found.startswith(word[:-1]) and len(found) < len(word) + _ENDING_CHARS):
                    return False
            elif found != word:
                return False
        return True


def _words(phrase: str) -> tuple[str, ...]:
    words: list[str] = []
    for token in tokenise(phrase):
        if token.text == "*" and token.glued and words:
            words[-1] += "*"
        else:
            words.append(token.text.replace("’", "'"))
    return tuple(words)
