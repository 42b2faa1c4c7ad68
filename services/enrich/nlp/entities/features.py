"""The words of a text as a tagger sees them: attributes of each word, of its neighbours and of its article.

An attribute is a short string; which ones speak for a name, and how much, is learnt (`training/entities`). What depends
on a word alone (`spelled`) is kept apart from what its place adds (`placed`), since the model adds it up only once.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from services.contract.enriched import EntityType
from services.enrich.nlp.entities.gazetteer import Gazetteer
from services.enrich.nlp.entities.inflection import phrases, stems
from services.enrich.nlp.entities.lexicon import EntityLexicon
from services.enrich.nlp.entities.surroundings import Elsewhere, Word, gap_kind
from services.enrich.nlp.tokens import Token

# How the attributes begin that a word's place adds (`Featurizer.placed`).
PLACED = ("g:", "gn:", "m:", "N", "D", "op", "sh", "q:", "b-", "b+", "B", "c-")

_CITY, _TOWN = 300_000, 60_000
_FEW, _MOSTLY = 2, 0.7  # a word seen so seldom says nothing; a name is one in most of its places
_SHORTEST_ENDED = 5  # shorter words have a surname's ending by chance
_LONGEST_PHRASE = 6
_LONGEST_SHAPE = 8
_REPEATED = re.compile(r"(.)\1+")
_JOINERS = frozenset({" ", "'", "’", "\u00a0"})
# How many bits of a word's place in the tree of clusters are looked at: from broad kinds of words to narrow ones.
_DEPTHS = (4, 6, 10)
_TREES = ("ce", "cd", "cs")
# Of these kinds of words it matters that one stands two words away.
_SEEN_FROM_AFAR = frozenset({"G", "S", "t", "o", "T", "P1"})


class WordTables(Protocol):
    """What is known of words and phrases from elsewhere, compiled by `training/entities`; each entry is a list of one."""

    @property
    def clusters(self) -> Mapping[str, Sequence[Sequence[int]]]:
        """Word → its place in the cluster trees of English, German and Spanish; 0: unknown there."""

    @property
    def name_counts(self) -> Mapping[str, Sequence[Sequence[int]]]:
        """Capitalised word → how often it was in a person's, organisation's, place's name, and in none."""

    @property
    def name_types(self) -> Mapping[str, Sequence[Sequence[int]]]:
        """Name → what it mostly names, as the index of a type."""

    def begins_name(self, text: str) -> bool:
        """Whether a name in `name_types` begins with these letters."""


@dataclass(frozen=True, slots=True)
class Attributes:
    """What a word says of itself and of the words around it."""

    own: Sequence[str]
    of_next: Sequence[str]
    of_previous: Sequence[str]
    of_next_but_one: Sequence[str]
    of_previous_but_one: Sequence[str]


class Featurizer:
    """Makes attributes in one language."""

    def __init__(
        self,
        *,
        language: str,
        lexicon: EntityLexicon,
        listed: Mapping[str, EntityType],
        gazetteer: Gazetteer,
        tables: WordTables,
    ) -> None:
        self._language = language
        self._lexicon = lexicon
        self._listed = listed
        self._gazetteer = gazetteer
        self._tables = tables
        self._calendar = gazetteer.calendar.get(language, frozenset())
        self._phrase_starts = {
            phrase.split(" ", 1)[0]
            for names in (listed, gazetteer.territories.get(language, ()))
            for phrase in names
            if " " in phrase
        }
        self._lessons: dict[str, tuple[Word, Attributes]] = {}  # only training asks for the same words over and over

    def is_name(self, text: str) -> bool:
        """Whether a word that is written so, with a capital, is mostly part of a name."""
        lower = text.lower()
        if lower in self._lexicon.words or lower in self._calendar:
            return False
        counts = _entry(self._tables.name_counts, text)
        if counts and sum(counts) > _FEW:
            return sum(counts[:-1]) > _MOSTLY * sum(counts)
        return self._gazetteer.is_given_name(text, self._language) or bool(
            len(text) > 2 and self._gazetteer.place([text], self._language)
        )

    def is_country(self, text: str) -> bool:
        """Whether a word names a country, and nobody is called so."""
        place = self._gazetteer.place([text], self._language) if len(text) > 2 else None
        return (
            place is not None
            and place[1]
            and not self._gazetteer.is_given_name(text, self._language)
            and text.casefold() not in self._gazetteer.surnames
        )

    # ---- one word

    def word(self, text: str) -> Word:
        """Return what a word is."""
        is_capital = text[0].isupper() or text[0].istitle()
        lower = text.lower()
        starts = (self._phrase_starts, self._gazetteer.phrase_starts)
        return Word(
            lower,
            _shape(text),
            is_capital,
            tuple(self._flags(text, lower, is_capital=is_capital)),
            is_capital and any(form in firsts for form in stems(text, self._language) for firsts in starts),
            is_capital and self._tables.begins_name(text),
        )

    def spelled(self, text: str, word: Word) -> Attributes:
        """Return the attributes that a word has, and gives its neighbours, wherever it stands."""
        lower, flags = word.lower, word.flags
        flagged = ["f:" + flag for flag in flags]
        clusters = self._clusters(text)
        counts = self._counts(text) if word.is_capital else []
        own = [
            "l:" + lower,
            "s:" + word.shape,
            *(f"p{size}:{lower[:size]}" for size in (2, 3, 4) if len(lower) > size),
            *(f"x{size}:{lower[-size:]}" for size in (1, 2, 3, 4, 5) if len(lower) > size),
            *flagged,
            *clusters,
            *counts,
        ]
        if text not in {lower, lower.capitalize()}:
            own.append("w:" + text)
        if len(flags) > 1:
            own.append("F:" + "".join(flags))
        if "-" in text:
            own += ["h:" + lower.rsplit("-", 1)[1], "h0:" + lower.split("-", 1)[0]]
        near = [
            "l:" + lower,
            "s:" + word.shape,
            "x:" + lower[-3:],
            *flagged,
            *(cluster for cluster in clusters if not cluster[2:].startswith("4:")),
            *counts[:1],
        ]
        far = [
            "l:" + lower,
            "s:" + word.shape,
            *("f:" + flag for flag in flags if flag in _SEEN_FROM_AFAR),
            *(cluster for cluster in clusters if cluster[2:].startswith("6:")),
        ]
        return Attributes(
            own,
            ["-" + attribute for attribute in near],
            ["+" + attribute for attribute in near],
            ["<" + attribute for attribute in far],
            [">" + attribute for attribute in far],
        )

    # ---- a word in its place

    def attributes(self, tokens: Sequence[Token]) -> list[list[str]]:
        """Return all attributes of each word of an article: what is learnt from."""
        for token in tokens:
            if token.text not in self._lessons:
                word = self.word(token.text)
                self._lessons[token.text] = word, self.spelled(token.text, word)
        spelled = [self._lessons[token.text][1] for token in tokens]
        found = self.placed(tokens, [self._lessons[token.text][0] for token in tokens])
        begins = [token.gap == "\n" for token in tokens] + [True, True]
        for at in range(len(tokens)):
            found[at] += spelled[at].own
            if not begins[at]:
                found[at] += spelled[at - 1].of_next
                found[at] += spelled[at - 2].of_next_but_one if not begins[at - 1] else ()
            if not begins[at + 1]:
                found[at] += spelled[at + 1].of_previous
                found[at] += spelled[at + 2].of_previous_but_one if not begins[at + 2] else ()
        return found

    def placed(self, tokens: Sequence[Token], words: Sequence[Word]) -> list[list[str]]:
        """Return the attributes that each word has because of where it stands."""
        marks = self._marks(tokens, words)
        gaps = [gap_kind(token.gap) for token in tokens]
        gaps.append("$")
        elsewhere = Elsewhere(tokens, words)
        found: list[list[str]] = []
        for at, (token, word) in enumerate(zip(tokens, words, strict=True)):
            gap, gap_after = gaps[at], gaps[at + 1]
            attributes = ["g:" + gap, "gn:" + gap_after, *marks.get(at, ())]
            if word.is_capital:
                attributes += elsewhere.says(token, word)
            if gap != "$":
                previous = words[at - 1]
                attributes.append(f"b-{gap}{previous.shape}|{word.shape}")
                attributes.append(f"B-{previous.lower}|{word.lower}")
                if word.is_capital:
                    attributes.append(f"c-{previous.lower}|{word.shape}")
                if gaps[at - 1] != "$":
                    attributes.append(f"B={words[at - 2].lower}|{previous.lower}")
            if gap_after != "$":
                following = words[at + 1]
                attributes.append(f"b+{gap_after}{word.shape}|{following.shape}")
                attributes.append(f"B+{word.lower}|{following.lower}")
            found.append(attributes)
        return found

    def _flags(self, text: str, lower: str, *, is_capital: bool) -> list[str]:
        """Return on which lists a word stands."""
        lexicon = self._lexicon
        forms = stems(text, self._language)
        flags = self._name_flags(text, lower, forms) if is_capital else []
        if any(form in lexicon.titles for form in forms):
            flags.append("t")
        if any(form in lexicon.organisation_words for form in forms):
            flags.append("o")
        elif lower.endswith(lexicon.organisation_endings):
            flags.append("oe")
        return flags + [
            flag
            for flag, listed in (
                ("pc", lexicon.place_cues),
                ("a", lexicon.articles),
                ("w", lexicon.words),
                ("C", self._calendar),
            )
            if lower in listed
        ]

    def _name_flags(self, text: str, lower: str, forms: Sequence[str]) -> list[str]:
        gazetteer = self._gazetteer
        flags = ["G"] if gazetteer.is_given_name(text, self._language) else []
        if lower in gazetteer.surnames:
            flags.append("S")
        elif len(lower) > _SHORTEST_ENDED and lower.endswith(self._lexicon.surname_endings):
            flags.append("s")
        if place := len(text) > 2 and gazetteer.place([text], self._language):
            size = place[0].population
            flags.append("T" if place[1] else "P1" if size > _CITY else "P2" if size > _TOWN else "P3")
        flags += [f"K{self._listed[form]}" for form in forms if form in self._listed][:1]
        if lower in self._lexicon.place_words:
            flags.append("pw")
        return flags

    def _clusters(self, text: str) -> list[str]:
        clusters = _entry(self._tables.clusters, text)
        found: list[str] = []
        for tree, path in zip(_TREES, clusters or (), strict=False):
            if path:
                found += [f"{tree}{depth}:{path & (1 << depth) - 1}" for depth in _DEPTHS]
                found.append(f"{tree}:{path}")
        return found

    def _counts(self, text: str) -> list[str]:
        """Return what a word mostly was: its kind, how surely in fifths, how often."""
        counts = _entry(self._tables.name_counts, text)
        if not counts:
            return []
        total, most = sum(counts), max(counts)
        often = "1" if total < 4 else "2" if total < 16 else "3"
        found = [f"n:{'POL-'[counts.index(most)]}{most * 5 // total}{often}"]
        return found + [
            f"n{kind}:{min(4, count * 5 // total)}"
            for kind, count in zip("POL-", counts, strict=True)
            if count * 10 >= total
        ]

    # ---- several words

    def _marks(self, tokens: Sequence[Token], words: Sequence[Word]) -> dict[int, list[str]]:
        """Return, for the words of known names, that they begin or continue one."""
        marks: dict[int, list[str]] = {}
        listed_to = named_to = 0  # phrases of one list do not overlap
        for at, token in enumerate(tokens):
            if not token.is_capital:
                continue
            if at >= listed_to and words[at].starts_phrase and (hit := self._listed_phrase(tokens, at)):
                listed_to = hit[0]
                _mark(marks, at, listed_to, "m:", hit[1])
            if at >= named_to and words[at].starts_name and (hit := self._named_phrase(tokens, at)):
                named_to = hit[0]
                _mark(marks, at, named_to, "N", hit[1])
        return marks

    def _listed_phrase(self, tokens: Sequence[Token], at: int) -> tuple[int, str] | None:
        """Return the end and kind of the longest listed phrase of two words or more that begins here."""
        last = at + 1
        while last < min(len(tokens), at + _LONGEST_PHRASE - 1) and tokens[last].gap in _JOINERS:
            last += 1
        for end in range(last, at + 1, -1):
            words = [token.text for token in tokens[at:end]]
            for phrase in phrases([stems(word, self._language) for word in words]):
                if kind := self._listed.get(phrase):
                    return end, f"K{kind}"
            if tokens[end - 1].is_capital and (place := self._gazetteer.place(words, self._language)):
                return end, "T" if place[1] else "P"
        return None

    def _named_phrase(self, tokens: Sequence[Token], at: int) -> tuple[int, str] | None:
        """Return the end and kind of the longest phrase that names something in other texts."""
        last = at + 1
        while last < min(len(tokens), at + _LONGEST_PHRASE) and len(tokens[last].gap) < 3 and tokens[last].gap != "\n":
            last += 1
        texts = [token.text for token in tokens[at:last]]
        for size in range(len(texts), 0, -1):
            if hit := self._tables.name_types.get(" ".join(texts[:size])):
                return at + size, f"{'POL'[hit[0][0]]}{min(3, size)}"
        return None


def _mark(marks: dict[int, list[str]], first: int, last: int, prefix: str, kind: str) -> None:
    for at in range(first, last):
        marks.setdefault(at, []).append(f"{prefix}{'B' if at == first else 'I'}{kind}")


def _entry(table: Mapping[str, Sequence[Sequence[int]]], text: str) -> Sequence[int] | None:
    """Return a word's entry; a word in capitals may have that of its usual form."""
    found = table.get(text)
    if not found and text.isupper() and len(text) > 3:
        found = table.get(text.title())
    return found[0] if found else None


def _shape(text: str) -> str:
    shape = "".join(
        "X" if char.isupper() else "x" if char.islower() else "d" if char.isdigit() else char for char in text
    )
    return _REPEATED.sub(r"\1\1", shape)[:_LONGEST_SHAPE]
