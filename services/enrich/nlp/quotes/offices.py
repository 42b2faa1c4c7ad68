"""Offices and the words around them: "il ministro degli Esteri". Finds where they stand; whose they are is not known here."""

import re

from services.enrich.nlp.quotes.lexicon import QuoteLexicon

WORD = re.compile(r"[^\W_]+(?:['’.-][^\W_]+)*")
BOUNDARY = re.compile(r"[.!?…;:\n“”„«»\"()]")


class Offices:
    """The offices that one text names."""

    def __init__(self, text: str, words: QuoteLexicon) -> None:
        self._text = text
        self._words = words

    def before(self, end: int, start: int) -> str | None:
        """Return the role before a name: "il ministro degli Esteri" Antonio Tajani; one comma may stand between."""
        for boundary in BOUNDARY.finditer(self._text, start, end):
            start = boundary.end()
        words = list(WORD.finditer(self._text, start, end))[-7:]
        for word in words:
            between = self._text[word.end() : end]
            if word.group().lower() in self._words.roles and "," not in between.rstrip().removesuffix(","):
                return self._text[word.start() : words[-1].end()]
        return None

    def behind(self, start: int, limit: int) -> str | None:
        """Return the role between commas behind a name: Antonio Tajani, "ministro degli Esteri"."""
        if self._text[start : start + 1] != ",":
            return None
        end = next(
            (i for i in range(start + 1, min(limit, len(self._text), start + 80)) if self._text[i] in ',.;:\n”»"'), None
        )
        if end is None:
            return None
        words = list(WORD.finditer(self._text, start, end))
        for position, word in enumerate(words[:4]):
            if word.group().lower() in self._words.roles:
                first = words[0] if words[0].group().lower() not in self._words.determiners else words[min(1, position)]
                return self._text[first.start() : words[-1].end()]
        return None

    def at(self, start: int, end: int) -> tuple[int, int] | None:
        """Return where an office stands that begins right at `start`: "il presidente ucraino"."""
        words = list(WORD.finditer(self._text, start, end))[:6]
        for position, word in enumerate(words[:4]):
            lowered = word.group().lower()
            if lowered in self._words.roles:
                return words[0].start(), self._end(words[position:], end)
            if lowered not in self._words.determiners and position >= 2:
                return None
        return None

    def until(self, start: int, end: int) -> tuple[int, int] | None:
        """Return where the last office before `end` stands that no preposition makes an object."""
        words = list(WORD.finditer(self._text, start, end))[-7:]
        for position in range(len(words) - 1, -1, -1):
            if words[position].group().lower() in self._words.roles:
                if position and words[position - 1].group().lower() in self._words.prepositions:
                    continue
                first = position
                while first and words[first - 1].group().lower() in self._words.determiners:
                    first -= 1
                return words[first].start(), self._end(words[position:], end)
        return None

    def _end(self, words: list[re.Match[str]], limit: int) -> int:
        end = words[0].end()
        for word in words[1:4]:
            if re.search(r"[,.;:]", self._text[end : word.start()]) or self._words.cue.match(
                self._text, word.start(), limit
            ):
                break
            end = word.end()
        return end


def same_office(one: str, other: str) -> bool:
    """Whether two descriptions are of one office: the same noun, and one says nothing that the other does not."""
    a, b = one.lower().split(), other.lower().split()
    return bool(a and b) and (set(a) <= set(b) or set(b) <= set(a))
