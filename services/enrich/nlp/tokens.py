"""Words of a text with their offsets and the shape of their letters. Splits by rule, not by language model."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from services.contract.enriched import Span

_LETTERS = r"[^\W\d_][\w\u0300-\u036f]*"
# "U.S.", "S.p.A."; "Rhein-Main"; "L’Aquila" is two words, since most apostrophes join what does not belong together.
WORD = re.compile(rf"(?:[^\W\d_]\.){{2,}}|[^\W_][\w\u0300-\u036f]*(?:[-‑]{_LETTERS}|-\d+)*")
# In these languages an apostrophe is a letter: "п’ять", "Лук’янов".
_WORD_WITH_APOSTROPHE = re.compile(rf"(?:[^\W\d_]\.){{2,}}|[^\W_][\w\u0300-\u036f]*(?:[-‑'’ʼ`´]{_LETTERS}|-\d+)*")
_APOSTROPHE_IS_LETTER = frozenset({"uk", "ru", "be"})
_MOSTLY = 0.7
_OPENERS = frozenset('"“”„«»‘:–—•')


@dataclass(slots=True)
class Token:
    """A word. `opens` says whether a sentence or a quotation begins with it, so that its capital means nothing."""

    start: int
    end: int
    text: str
    gap: str  # what stands between the word before and this one
    is_capital: bool
    is_upper: bool
    opens: bool
    shouted: bool  # in a line of capitals: they mean nothing either


def tokenise(text: str, sentences: Sequence[Span], *, language: str) -> list[Token]:
    """Return the words of the text, sentence by sentence."""
    pattern = _WORD_WITH_APOSTROPHE if language in _APOSTROPHE_IS_LETTER else WORD
    tokens: list[Token] = []
    for sentence in sentences:
        shouted = _is_shouted(text[sentence.start : sentence.end])
        end = -1
        for match in pattern.finditer(text, sentence.start, sentence.end):
            start, word = match.start(), match[0]
            gap = text[end:start] if end >= 0 else "\n"
            opens = end < 0 or (gap != " " and not _OPENERS.isdisjoint(gap))
            end = match.end()
            is_capital = word[0].isupper() or word[0].istitle()
            tokens.append(
                Token(
                    start, end, word, gap, is_capital, is_capital and len(word) > 1 and word.isupper(), opens, shouted
                )
            )
    return tokens


def _is_shouted(sentence: str) -> bool:
    if sum(map(str.isupper, sentence)) * 3 < len(sentence):
        return False
    letters = [char for char in sentence if char.isalpha()]
    return len(letters) > 8 and sum(map(str.isupper, letters)) > _MOSTLY * len(letters)
