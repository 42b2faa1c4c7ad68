"""`Phrases`: a word list that is looked up at a place in the tokens. The longest phrase wins."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, Self, TypeVar

from services.enrich.nlp.lexemes import Lexeme, lexemes

V = TypeVar("V")
_MOST_KEPT = 20_000  # words of which it is remembered which phrases they begin or end
# So much of a word may follow a stem: "рубл*" is every case of rouble, and not every word that begins so.
_ENDING_CHARS = 5
_KEY_CHARS = 2


@dataclass(frozen=True, slots=True)
class Phrases(Generic[V]):
    """Phrases by the beginning of their first word, longest first. `*` at the end of a word stands for any ending."""

    by_first: Mapping[str, Sequence[tuple[tuple[str, ...], V]]]
    by_last: Mapping[str, Sequence[tuple[tuple[str, ...], V]]]
    exact_case: bool = False
    _begun: dict[str, Sequence[tuple[tuple[str, ...], V]]] = field(default_factory=dict)
    _ended: dict[str, Sequence[tuple[tuple[str, ...], V]]] = field(default_factory=dict)

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

    def at(self, tokens: Sequence[Lexeme], index: int) -> tuple[V, int] | None:
        """Return the value of the longest phrase that begins at `index`, and the index after it."""
        if not 0 <= index < len(tokens):
            return None
        first = tokens[index].text if self.exact_case else tokens[index].lower
        phrases = self._begun.get(first)
        if phrases is None:
            phrases = _kept(self._begun, first, self.by_first.get(first[:_KEY_CHARS], ()), 0)
        for words, value in phrases:
            if len(words) == 1 or self._is_at(words, tokens, index):
                return value, index + len(words)
        return None

    def before(self, tokens: Sequence[Lexeme], index: int) -> tuple[V, int] | None:
        """Return the value of the longest phrase that ends before `index`, and the index where it begins."""
        if not index:
            return None
        last = tokens[index - 1].text if self.exact_case else tokens[index - 1].lower
        phrases = self._ended.get(last)
        if phrases is None:
            phrases = _kept(self._ended, last, self.by_last.get(last[:_KEY_CHARS], ()), -1)
        for words, value in phrases:
            if index >= len(words) and (len(words) == 1 or self._is_at(words, tokens, index - len(words))):
                return value, index - len(words)
        return None

    def begins(self, word: str) -> bool:
        """Whether a phrase begins with the word."""
        phrases = self._begun.get(word)
        if phrases is None:
            phrases = _kept(self._begun, word, self.by_first.get(word[:_KEY_CHARS], ()), 0)
        return bool(phrases)

    def _is_at(self, words: tuple[str, ...], tokens: Sequence[Lexeme], index: int) -> bool:
        if index + len(words) > len(tokens):
            return False
        for offset, word in enumerate(words):
            token = tokens[index + offset]
            if not _covers(word, token.text if self.exact_case else token.lower):
                return False
        return True


def _covers(listed: str, word: str) -> bool:
    if listed[-1] == "*" and len(listed) > 1:
        return word.startswith(listed[:-1]) and len(word) < len(listed) + _ENDING_CHARS
    return word == listed


def _kept(
    known: dict[str, Sequence[tuple[tuple[str, ...], V]]],
    word: str,
    phrases: Sequence[tuple[tuple[str, ...], V]],
    place: int,
) -> Sequence[tuple[tuple[str, ...], V]]:
    """Return, and remember, the phrases whose first or last word covers this one."""
    if len(known) >= _MOST_KEPT:
        known.clear()
    found = known[word] = tuple(phrase for phrase in phrases if _covers(phrase[0][place], word))
    return found


def _words(phrase: str) -> tuple[str, ...]:
    words: list[str] = []
    for token in lexemes(phrase):
        if token.text == "*" and token.glued and words:
            words[-1] += "*"
        else:
            words.append(token.text.replace("’", "'"))
    return tuple(words)
