"""The words that tell of speech in one language, from `lexicons/<language>/quotes.toml`: what each word may be."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, Self

from services.enrich.nlp.lexemes import Lexeme, LexemeKind, lexemes


class Sense(IntEnum):
    """What a word may be, one bit each. The first five are verbs that report; with the next two they are cues."""

    STATEMENT = 1
    THOUGHT = 2
    DIRECTIVE = 4
    QUESTION = 8
    JUDGEMENT = 16  # what is said is the verb's object: "called it a lie"
    NOUN = 32  # "the claim that"
    ACCORDING = 64
    THAT = 128
    WHETHER = 256
    CONJUNCTION = 512
    RELATIVE = 1024
    INFINITIVE = 2048
    AUXILIARY = 4096
    HEARSAY = 8192  # a form of verbs that marks what others say: "sei", "sarebbe"
    DETERMINER = 16384
    PREPOSITION = 32768
    ROLE = 65536
    PRONOUN = 131072
    FIRST = 262144  # I, we, you


REPORTING = Sense.STATEMENT | Sense.THOUGHT | Sense.DIRECTIVE | Sense.QUESTION | Sense.JUDGEMENT
CUE = REPORTING | Sense.NOUN | Sense.ACCORDING
_OF_CUES = ("statement", "thought", "directive", "question", "judgement", "noun", "according")
_OF_WORDS = {
    "that": Sense.THAT,
    "whether": Sense.WHETHER,
    "conjunctions": Sense.CONJUNCTION,
    "relatives": Sense.RELATIVE,
    "infinitive": Sense.INFINITIVE,
    "auxiliaries": Sense.AUXILIARY,
    "hearsay": Sense.HEARSAY,
    "determiners": Sense.DETERMINER,
    "prepositions": Sense.PREPOSITION,
    "roles": Sense.ROLE,
}
# So much of a word may follow a star's stem.
_ENDING_CHARS = 5
# How far from its verb a separable verb's second part stands: "teilte … am Montag in Berlin mit".
_SEPARATED_WORDS = 28
_AFTER_PARTICLE = frozenset(',.:;!?\n)"“”„«»–—-')
_SHORTEST_ROLE, _LONGEST_ROLE = 4, 30  # letters of a role that ends a joined noun
# Letters of an adjective behind its noun: adverbs of time, which stand there too, are shorter.
SHORTEST_ADJECTIVE = 5
_MOST_KEPT = 20_000


@dataclass(frozen=True, slots=True)
class Entry:
    """What is known of a word: its senses, the list entry that covers it, and what may follow to make it a phrase."""

    senses: int = 0
    name: str = ""
    particles: frozenset[str] = frozenset()
    phrases: tuple[tuple[tuple[str, ...], int, str], ...] = ()  # the words that follow, longest first
    seconds: frozenset[str] = frozenset()  # the first of those


_UNKNOWN = Entry()


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteLexicon:
    """What introduces speech, and what names a speaker."""

    language: str = "und"
    exact: Mapping[str, int] = field(default_factory=dict)
    stems: Mapping[str, int] = field(default_factory=dict)
    phrases: Mapping[str, tuple[tuple[tuple[str, ...], int, str], ...]] = field(default_factory=dict)
    particles: Mapping[str, frozenset[str]] = field(default_factory=dict)  # a verb's entry → its second parts
    genders: Mapping[str, str] = field(default_factory=dict)
    infinitives: tuple[str, ...] = ()  # endings: "di" introduces one only before such a word; none: before any
    resumes_behind_stop: bool = False  # “A,” said X. “B.” is one quotation
    clause_after_verb: bool = False  # a clause may follow the verb without comma or conjunction: "said he would"
    object_after_verb: bool = False  # what is asked for or denied is a clause of its own: "ha chiesto | le dimissioni"
    drops_subject: bool = False
    adjectives_follow: bool = False  # "il presidente ucraino"
    has_articles: bool = False  # a noun phrase begins with one, or with a capital
    joins_nouns: bool = False  # "Regierungssprecher" is a Sprecher
    _kept: dict[str, Entry] = field(default_factory=dict)

    @classmethod
    def from_table(cls, table: Mapping[str, Any], *, language: str) -> Self:
        """Compile one language's table."""
        exact: dict[str, int] = {}
        stems: dict[str, int] = {}
        phrases: dict[str, list[tuple[tuple[str, ...], int, str]]] = {}
        for sense, entry in _entries(table):
            words = [lexeme.lower for lexeme in lexemes(entry.removesuffix("*"))]
            if len(words) > 1:
                phrases.setdefault(words[0], []).append((tuple(words[1:]), sense, entry))
                continue
            listed = stems if entry.endswith("*") else exact
            listed[words[0]] = listed.get(words[0], 0) | sense
        particles: dict[str, set[str]] = {}
        for particle, verbs in table.get("particles", {}).items():
            for verb in verbs:
                particles.setdefault(verb, set()).add(particle)
        return cls(
            language=language,
            exact=exact,
            stems=stems,
            phrases={first: tuple(sorted(rest, key=lambda way: -len(way[0]))) for first, rest in phrases.items()},
            particles={verb: frozenset(those) for verb, those in particles.items()},
            genders={word: gender for gender, words in table["pronouns"].items() for word in words},
            infinitives=tuple(table["words"].get("infinitive_endings", ())),
            resumes_behind_stop=bool(table.get("resumes_behind_stop")),
            clause_after_verb=bool(table.get("clause_after_verb")),
            object_after_verb=bool(table.get("object_after_verb")),
            drops_subject=bool(table.get("drops_subject")),
            adjectives_follow=bool(table.get("adjectives_follow")),
            has_articles=bool(table.get("has_articles")),
            joins_nouns=bool(table.get("joins_nouns")),
        )

    def _keep(self, word: Lexeme) -> Entry:
        """Look a word up, and remember what is known of it."""
        if len(self._kept) >= _MOST_KEPT:
            self._kept.clear()
        found = self._kept[word.lower] = self._look_up(word.lower) if word.kind is LexemeKind.WORD else _UNKNOWN
        return found

    def _look_up(self, word: str) -> Entry:
        senses, name = self.exact.get(word, 0), word
        if not senses & CUE:
            for length in range(len(word), max(1, len(word) - _ENDING_CHARS - 1), -1):
                if stem := self.stems.get(word[:length]):
                    senses, name = senses | stem, word[:length] + "*"
                    break
        if self.joins_nouns and not senses:
            for start in range(max(2, len(word) - _LONGEST_ROLE), len(word) - _SHORTEST_ROLE + 1):
                if self.exact.get(word[start:], 0) & Sense.ROLE:
                    senses = int(Sense.ROLE)
                    break
        particles = self.particles.get(word, frozenset())
        for length in range(len(word), max(1, len(word) - _ENDING_CHARS - 1), -1):
            particles |= self.particles.get(word[:length] + "*", frozenset())
        phrases = self.phrases.get(word, ())
        seconds = frozenset(rest[0] for rest, _, _ in phrases)
        return Entry(senses, name, particles, phrases, seconds) if senses or particles or phrases else _UNKNOWN

    def read(self, words: Sequence[Lexeme]) -> tuple[list[int], list[str]]:
        """Return the senses of each word, and the list entry that covers it."""
        senses, names = [0] * len(words), [""] * len(words)
        known = self._kept
        for at, word in enumerate(words):
            entry = known.get(word.lower)
            if entry is None:
                entry = self._keep(word)
            if entry is _UNKNOWN:
                continue
            senses[at] |= entry.senses
            if entry.senses:
                names[at] = names[at] or entry.name
            if entry.phrases and at + 1 < len(words) and words[at + 1].lower in entry.seconds:
                for rest, sense, name in entry.phrases:
                    if [following.lower for following in words[at + 1 : at + 1 + len(rest)]] == list(rest):
                        senses[at] |= sense
                        names[at] = name
                        break
            if entry.particles and (particle := _second_part(words, at, entry.particles)):
                senses[at] |= Sense.STATEMENT
                names[at] = f"{entry.name if entry.senses else word.lower[:5]}+{particle}"
        return senses, names


def _entries(table: Mapping[str, Any]) -> Iterable[tuple[int, str]]:
    for name in _OF_CUES:
        yield from ((Sense[name.upper()], entry) for entry in table["cues"].get(name, ()))
    for name, sense in _OF_WORDS.items():
        yield from ((sense, entry) for entry in table["words"].get(name, ()))
    for gender, pronouns in table["pronouns"].items():
        yield from ((Sense.FIRST if gender == "first" else Sense.PRONOUN, entry) for entry in pronouns)


def _second_part(words: Sequence[Lexeme], at: int, particles: frozenset[str]) -> str | None:
    """Return the separable verb's second part if it ends the clause: "teilte die Polizei mit."."""
    for place in range(at + 1, min(len(words), at + _SEPARATED_WORDS)):
        word = words[place]
        if word.text in ".!?\n":
            return None
        if word.lower in particles and (place + 1 == len(words) or words[place + 1].text in _AFTER_PARTICLE):
            return word.lower
    return None


NO_WORDS = QuoteLexicon()
