"""Says who a speaker's words mean: by the entity named there, the article's own titles, and who was spoken of before."""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from services.contract.enriched import Entity
from services.enrich.nlp.quotes.attribution import Attributed
from services.enrich.nlp.quotes.lexicon import QuoteLexicon, Sense
from services.enrich.nlp.quotes.reading import Reading
from services.enrich.nlp.quotes.sources import Source, SourceKind, lead

_PREPOSITION = int(Sense.PREPOSITION)
# A pronoun, or a verb without subject, means somebody named so many characters before at most.
_NAMED_BEFORE_CHARS = 900
# What speaks for an antecedent, and against it: each sentence between, and that nobody says its name.
_SPOKE_LAST, _IS_SUBJECT, _OPENS, _PER_SENTENCE, _IS_ROLE = 2.0, 2.0, 0.5, -0.8, -1.5
# How often an antecedent is right, by whether it has more to speak for it than being near.
_SURE, _UNSURE = 0.85, 0.6
_MOST_SOURCES = 200  # that are looked back over for who holds an office; an article names fewer
_PERSONAL = frozenset({"m", "f"})
_CAN_BE_MEANT = frozenset({SourceKind.PERSON, SourceKind.ROLE, SourceKind.ORGANISATION})


@dataclass(frozen=True, slots=True)
class Resolved:
    """Whose words they are. `words` are those that name the speaker, as characters of the text."""

    name: str | None
    entity_id: str | None
    role: str | None
    words: tuple[int, int]
    resolved_from: str | None
    confidence: float


class Resolver:
    """Resolves the speakers of one article, in order."""

    def __init__(
        self, reading: Reading, sources: Sequence[Source], lexicon: QuoteLexicon, genders: Mapping[str, str]
    ) -> None:
        self._reading = reading
        self._lexicon = lexicon
        self._genders = genders
        self._sources = sources
        self._places = [source.first for source in sources]
        self._sentences = [
            clause.first for clause, own in zip(reading.clauses, reading.facts, strict=True) if own.begins_sentence
        ]
        self._entities = {source.entity.id: source.entity for source in sources if source.entity}
        self._roles: dict[str, str] = {}
        for source in sources:
            if source.kind is SourceKind.PERSON and source.entity is not None and source.role is not None:
                self._roles.setdefault(source.entity.id, self._text(*source.role))
        self._last: Source | None = None
        self._last_end = 0  # the word behind the last content

    def resolve(self, found: Attributed) -> Resolved | None:
        """Return whose words they are; None if that is not known."""
        resolved = self._resolve(found)
        self._last_end = self._reading.clauses[found.content.clauses[-1]].last
        return resolved

    def _resolve(self, found: Attributed) -> Resolved | None:
        source = found.source
        if source is not None and source.kind is not SourceKind.PRONOUN:
            self._last = source
            return self._named(source, found.probability)
        if source is None and not found.is_carried:
            return None
        clause = self._reading.clauses[min([*found.content.clauses, *([found.cue.clause] if found.cue else ())])]
        gender = self._lexicon.genders.get(self._reading.words[source.first].lower) if source else None
        meant, chance = self._antecedent(source.first if source else clause.first, gender)
        if meant is None:
            if source is None:
                return None
            return Resolved(None, None, None, self._span(source), None, found.probability)
        self._last = meant
        how = "pronoun" if source else "dropped_subject" if found.cue else "previous_quote"
        words = self._span(source or meant)
        return replace(self._named(meant, found.probability * chance), words=words, resolved_from=how)

    def _named(self, source: Source, confidence: float) -> Resolved:
        role = self._text(*source.role) if source.role else None
        entity, how = source.entity, None
        if source.kind is SourceKind.ROLE and role and (holder := self._holder(role, source.first)):
            entity, how = holder, "title"
        elif entity is not None:
            how = "surname" if self._is_surname(source, entity) else None
        if entity is None:
            return Resolved(None, None, role, self._span(source), None, confidence)
        return Resolved(entity.name, entity.id, role or self._roles.get(entity.id), self._span(source), how, confidence)

    def _is_surname(self, source: Source, entity: Entity) -> bool:
        """Whether only a part of the person's name stands here."""
        said = {word.text for word in self._reading.words[source.first : source.last]}
        return source.kind is SourceKind.PERSON and " " in entity.name and entity.name.split()[0] not in said

    def _holder(self, role: str, before: int) -> Entity | None:
        """Return whose office it is, as the article says: of several, who was named last before."""
        holders = {entity for entity, known in self._roles.items() if _same_office(role, known)}
        last = bisect_left(self._places, before) - 1
        for at in range(last, max(-1, last - _MOST_SOURCES), -1):
            entity = self._sources[at].entity
            if entity is not None and entity.id in holders:
                return entity
        return self._entities[min(holders)] if holders else None

    def _antecedent(self, before: int, gender: str | None) -> tuple[Source | None, float]:
        """Return who a pronoun or a missing subject at this word means, and how sure that is."""
        scores: list[tuple[float, int, Source]] = []
        here = self._sentence(before)
        start = self._reading.words[before].start
        for at in range(bisect_left(self._places, before) - 1, -1, -1):
            source = self._sources[at]
            if start - self._reading.words[source.first].start > _NAMED_BEFORE_CHARS:
                break
            if self._can_be(source, gender):
                scores.append((self._score(source, here), at, source))
        if self._last is not None and self._can_be(self._last, gender):
            apart = here - self._sentence(max(self._last_end - 1, 0))
            if 0 <= start - self._reading.words[max(self._last_end - 1, 0)].start <= _NAMED_BEFORE_CHARS:
                scores.append((_SPOKE_LAST + _IS_SUBJECT + _PER_SENTENCE * apart, -1, self._last))
        if not scores:
            return None, 0.0
        score, _, best = max(scores, key=lambda scored: scored[:2])
        return best, _SURE if score > _IS_SUBJECT / 2 else _UNSURE

    def _score(self, source: Source, here: int) -> float:
        score = _PER_SENTENCE * (here - self._sentence(source.first))
        if self._last is not None and _is_same(source, self._last):
            score += _SPOKE_LAST
        if self._is_subject(source):
            score += _IS_SUBJECT
        sentence = self._sentence(source.first)
        if sentence and self._sentences[sentence - 1] == source.first:
            score += _OPENS
        if source.kind is not SourceKind.PERSON:
            score += _IS_ROLE
        return score

    def _can_be(self, source: Source, gender: str | None) -> bool:
        """Whether a pronoun of this gender can mean the source: no organisation is a he or a she."""
        if source.kind not in _CAN_BE_MEANT:
            return False
        if gender not in _PERSONAL:
            return True
        if source.kind is SourceKind.ORGANISATION:
            return False
        is_person = source.kind is SourceKind.PERSON and source.entity is not None
        given = self._genders.get(source.entity.name.split()[0].casefold()) if is_person and source.entity else None
        return given is None or given == gender

    def _is_subject(self, source: Source) -> bool:
        at = lead(self._reading, source)
        return at < 0 or not self._reading.senses[at] & _PREPOSITION

    def _sentence(self, at: int) -> int:
        return bisect_right(self._sentences, at)

    def _span(self, source: Source) -> tuple[int, int]:
        return self._reading.words[source.first].start, self._reading.words[source.last - 1].end

    def _text(self, first: int, last: int) -> str:
        words = self._reading.words
        return self._reading.text[words[first].start : words[last - 1].end]


def _is_same(one: Source, other: Source) -> bool:
    if one.entity is not None and other.entity is not None:
        return one.entity.id == other.entity.id
    return one is other


def _same_office(one: str, other: str) -> bool:
    """Whether two descriptions are of one office: one says nothing that the other does not."""
    a, b = set(one.lower().split()), set(other.lower().split())
    return bool(a and b) and (a <= b or b <= a)
