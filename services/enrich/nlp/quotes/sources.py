"""Finds who could speak: names with their offices, offices alone, pronouns. Which of them does is not decided here."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from services.contract.enriched import Entity, EntityType
from services.enrich.nlp.lexemes import LexemeKind
from services.enrich.nlp.quotes.lexicon import CUE, REPORTING, SHORTEST_ADJECTIVE, QuoteLexicon, Sense
from services.enrich.nlp.quotes.reading import Reading

_DETERMINER, _PREPOSITION, _ROLE, _PRONOUN = (
    int(sense) for sense in (Sense.DETERMINER, Sense.PREPOSITION, Sense.ROLE, Sense.PRONOUN)
)
# What is no part of a noun phrase, unless it begins with a capital.
_ENDS_PHRASE = int(
    CUE | Sense.THAT | Sense.WHETHER | Sense.CONJUNCTION | Sense.AUXILIARY | Sense.PRONOUN | Sense.RELATIVE
)
_LINKS = _DETERMINER | _PREPOSITION
# An office's own words, "the deputy | foreign | minister | of defence"; more would take in the sentence.
_MOST_BEFORE, _MOST_BEHIND = 3, 6
_MOST_ADJECTIVES = 2
_MOST_IN_OFFICE = 3  # sources: "the head | of the regional office | of the firm X | Anna Rossi"
_JOINTS = frozenset("-'’")
_WITHIN_OFFICE = frozenset("-–'’,«»“”„\"")


class SourceKind(StrEnum):
    """How words name a speaker."""

    PERSON = "person"
    ORGANISATION = "organisation"
    PLACE = "place"
    ROLE = "role"
    PRONOUN = "pronoun"
    PHRASE = "phrase"  # whatever else stands where a subject stands: "political observers"


_KINDS = {
    EntityType.PER: SourceKind.PERSON,
    EntityType.ORG: SourceKind.ORGANISATION,
    EntityType.LOC: SourceKind.PLACE,
}


@dataclass(slots=True)
class Source:
    """The words first:last, who they name, and the words of the office that stands beside the name."""

    first: int
    last: int
    kind: SourceKind
    entity: Entity | None = None
    role: tuple[int, int] | None = None


def sources(reading: Reading, lexicon: QuoteLexicon, entities: Sequence[Entity]) -> list[Source]:
    """Return what could name a speaker, in order, not overlapping. What an office is of is no source of its own."""
    named = _named(reading, entities)
    people = {at for source in named if source.kind is SourceKind.PERSON for at in range(source.first, source.last)}
    in_names = {at for source in named for at in range(source.first, source.last)}
    unnamed = list(_unnamed(reading, lexicon, people, in_names))
    organisations = {source.first: source for source in named if source.kind is SourceKind.ORGANISATION}
    for source in unnamed:
        if source.kind is SourceKind.ROLE:  # "researchers at the University of Birmingham"
            within = [organisations[at] for at in range(source.first, source.last) if at in organisations]
            source.entity = within[0].entity if within else None
    taken = {at for source in unnamed for at in range(source.first, source.last)}
    found = unnamed + [source for source in named if taken.isdisjoint(range(source.first, source.last))]
    found.sort(key=lambda source: source.first)
    return list(_joined(reading, found))


def _named(reading: Reading, entities: Sequence[Entity]) -> list[Source]:
    by_start = {word.start: at for at, word in enumerate(reading.words)}
    found: list[Source] = []
    for entity in entities:
        kind = _KINDS.get(entity.type)
        for mention in entity.mentions if kind else ():
            first = by_start.get(mention.start)
            if first is None or kind is None:
                continue
            last = first + 1
            while last < len(reading.words) and reading.words[last].start < mention.end:
                last += 1
            found.append(Source(first, last, kind, entity))
    return found


def _unnamed(reading: Reading, lexicon: QuoteLexicon, people: set[int], in_names: set[int]) -> Iterator[Source]:
    """Yield offices and pronouns; a role that is part of a name ("the Ministry of Defence") is that name."""
    done = 0
    for at, sense in enumerate(reading.senses):
        if at < done or at in people:
            continue
        if sense & _ROLE and at not in in_names:
            first = _begin(reading, at, done, people)
            last = _end(reading, lexicon, at)
            done = last
            own = first
            while own < at and (reading.senses[own] & _DETERMINER or reading.words[own].kind is LexemeKind.SIGN):
                own += 1
            yield Source(first, last, SourceKind.ROLE, role=(own, last))
        elif sense & _PRONOUN:
            yield Source(at, at + 1, SourceKind.PRONOUN)


def _begin(reading: Reading, at: int, done: int, people: set[int]) -> int:
    """Return where the noun phrase of an office begins: at its article, or at adjectives written like it."""
    words, senses = reading.words, reading.senses
    first = at
    for place in range(at - 1, max(done, at - 1 - _MOST_BEFORE) - 1, -1):
        if place in people:
            break
        if words[place].text in _JOINTS and not words[place].gap:
            continue  # "US-Präsident", "l'agenzia"
        if senses[place] & _DETERMINER:
            return place
        if words[place].kind is not LexemeKind.WORD or senses[place] & (_PREPOSITION | _ENDS_PHRASE):
            if senses[place] & REPORTING and place and senses[place - 1] & _DETERMINER:
                continue  # "the project director": no verb stands behind an article
            break
        is_joined = words[place + 1].text in _JOINTS
        if is_joined or (first == place + 1 and words[place].text[0].isupper() == words[at].text[0].isupper()):
            first = place
    return first


def _end(reading: Reading, lexicon: QuoteLexicon, at: int) -> int:  # noqa: C901 - one word after the other
    """Return where it ends: behind what it is the office of, and behind an adjective where these follow."""
    words, senses = reading.words, reading.senses
    last = at + 1
    for place in range(last, min(len(words), at + 1 + _MOST_BEHIND)):
        word, sense = words[place], senses[place]
        if word.start in reading.people:
            break
        if word.kind is not LexemeKind.WORD:
            if word.text in _JOINTS:
                continue
            break
        if word.text == "s" and words[place - 1].text in _JOINTS:
            continue  # "the council's chairman"
        if word.text[0].isupper() or sense & _ROLE:
            last = place + 1
        elif sense & _LINKS:
            continue
        elif sense & _ENDS_PHRASE:
            break
        elif senses[place - 1] & _LINKS:
            last = place + 1
        else:
            if lexicon.adjectives_follow and not sense and len(word.text) >= SHORTEST_ADJECTIVE:
                last = place + 1  # "il presidente ucraino"
            break
    return last


def _joined(reading: Reading, found: Sequence[Source]) -> Iterator[Source]:
    """Yield the sources, an office and the name beside it as one: "the minister Rossi", "Rossi, minister of …"."""
    at = 0
    while at < len(found):
        source = found[at]
        following = found[at + 1] if at + 1 < len(found) else None
        named = _holder(reading, found, at)
        if named is not None:
            name = found[named]
            role = (source.role or (source.first, source.last))[0], _behind_office(reading, source, name)
            yield Source(source.first, name.last, SourceKind.PERSON, name.entity, role)
            at = named + 1
        elif following and _is_apposed(reading, source, following):
            source.role = following.role
            yield source
            at += 2
        else:
            yield source
            at += 1


def _holder(reading: Reading, found: Sequence[Source], at: int) -> int | None:
    """Return which source is the name behind an office: "director of the firm “X” | Anna Rossi"."""
    office = found[at]
    if office.kind is not SourceKind.ROLE:
        return None
    for place in range(at + 1, min(len(found), at + 1 + _MOST_IN_OFFICE)):
        name = found[place]
        between = range(found[place - 1].last, name.first)
        if name.first - office.last > _MOST_BEHIND or any(_parts_office(reading, word) for word in between):
            return None
        if name.kind is SourceKind.PERSON:
            return place
        if name.kind is SourceKind.PRONOUN or any(reading.words[word].text == "," for word in between):
            return None
    return None


def _parts_office(reading: Reading, at: int) -> bool:
    """Whether the word stands for the end of an office: a verb, a conjunction, a sign other than marks and one comma."""
    word = reading.words[at]
    if word.kind is not LexemeKind.WORD:
        return word.text not in _WITHIN_OFFICE
    return bool(reading.senses[at] & _ENDS_PHRASE) and word.text[0].islower()


def _behind_office(reading: Reading, office: Source, name: Source) -> int:
    last = name.first
    while last > office.first + 1 and reading.words[last - 1].kind is LexemeKind.SIGN:
        last -= 1
    return last


def _is_apposed(reading: Reading, name: Source, office: Source) -> bool:
    """Whether the office stands between commas behind the name."""
    if name.kind is not SourceKind.PERSON or office.kind is not SourceKind.ROLE or name.last >= office.first:
        return False
    between = reading.words[name.last + 1 : office.first]
    return (
        reading.words[name.last].text in {",", "(", "–", "—"}
        and len(between) <= _MOST_ADJECTIVES
        and all(word.kind is LexemeKind.WORD for word in between)
        and not any(sense & REPORTING for sense in reading.senses[name.last : office.first])
    )


def lead(reading: Reading, source: Source) -> int:
    """Return the word before the noun phrase and its articles; -1 if it begins the text."""
    at = source.first - 1
    while at >= 0 and reading.senses[at] & _DETERMINER and not reading.senses[at] & _PREPOSITION:
        at -= 1
    return at


def phrases(
    reading: Reading, lexicon: QuoteLexicon, clause: int, cue: int, found: Sequence[Source]
) -> Iterator[Source]:
    """Yield what stands before and behind the verb of a clause where nothing else there can name a speaker."""
    whole = reading.clauses[clause]
    opens = reading.facts[clause].begins_sentence
    for first, last in ((whole.first, cue), (cue + 1, whole.last)):
        begin = _skipped(reading, first, last)
        end = next(
            (
                at
                for at in range(begin + 1, last)
                if reading.senses[at] & (_PREPOSITION | _ENDS_PHRASE) and reading.words[at].text[0].islower()
            ),
            last,
        )
        if any(begin <= source.first < end for source in found):
            continue
        while end > begin and (
            reading.words[end - 1].kind is not LexemeKind.WORD or reading.senses[end - 1] & _DETERMINER
        ):
            end -= 1
        if begin < end and _is_noun(reading, lexicon, begin, opens=opens and begin == whole.first):
            yield Source(begin, end, SourceKind.PHRASE)


def _skipped(reading: Reading, first: int, last: int) -> int:
    """Return where a noun phrase may begin."""
    while first < last and (
        reading.words[first].kind is not LexemeKind.WORD
        or (reading.senses[first] & (_ENDS_PHRASE & ~_PRONOUN) and reading.words[first].text[0].islower())
    ):
        first += 1
    return first


def _is_noun(reading: Reading, lexicon: QuoteLexicon, at: int, *, opens: bool) -> bool:
    if reading.senses[at] & _PREPOSITION:
        return False
    has_capital = reading.words[at].text[0].isupper() and not opens
    return has_capital or not lexicon.has_articles or bool(reading.senses[at] & _DETERMINER)
