"""Persons, organisations and places, each with all its mentions. Resolves names to names, not pronouns.

A first version by rules and lists: good on who is named in full or is well known, weak on what no list has.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from services.contract.enriched import Entity, EntityType, GeoPoint, Mention
from services.enrich.nlp.document import Degraded, Document, Skipped
from services.enrich.nlp.entity_lexicon import EntityLexicon
from services.enrich.nlp.gazetteer import Gazetteer, Place
from services.enrich.nlp.inflection import INFLECTED, name_stems, skeleton
from services.enrich.nlp.mentions import LOC, ORG, PER, Finder, Found
from services.enrich.nlp.tokens import Token, tokenise

# The lexicon that languages without one of their own are read with.
COMMON = "und"
# Guesses below this are kept to themselves.
_SURE_ENOUGH = 0.3
# A surname of somebody named in full before.
_SURNAME = 0.8
# What lists say so surely that a person's surname does not change it.
_LISTED = 0.78
_SHORTEST_SURNAME = 3


class EntityResources(Protocol):
    """What `find` needs."""

    @property
    def entities(self) -> Mapping[str, EntityLexicon]:
        """Language → words around names; `COMMON` for all others."""

    @property
    def known_names(self) -> Mapping[str, Mapping[str, EntityType]]:
        """Language → listed names; `COMMON` for all others."""

    @property
    def gazetteer(self) -> Gazetteer:
        """Places and people's names."""


@dataclass(slots=True)
class _Group:
    """Mentions of one thing, while they are being gathered."""

    type: EntityType
    mentions: list[tuple[Found, str]] = field(default_factory=list)
    place: Place | None = None


def find(document: Document, resources: EntityResources) -> tuple[Entity, ...] | Degraded | Skipped:
    """Return the entities in order of first mention; degraded in languages without a lexicon of their own."""
    language = document.language.tag.split("-")[0]
    lexicon = resources.entities.get(language)
    tokens = tokenise(document.text, document.sentences, language=language)
    if lexicon is None and not any(token.is_capital for token in tokens):
        return Skipped("a script without capitals, and no lexicon for this language")
    mentions = Finder(
        tokens=tokens,
        language=language,
        lexicon=lexicon or resources.entities[COMMON],
        gazetteer=resources.gazetteer,
        known=resources.known_names.get(language) or resources.known_names[COMMON],
    ).find()
    mentions = _with_surnames(tokens, mentions, language)
    groups = _gather(document.text, tokens, mentions, language)
    entities = tuple(
        _entity(f"e{number}", group, document.text, tokens, resources.gazetteer)
        for number, group in enumerate(groups, 1)
    )
    if lexicon is None:
        return Degraded(entities, "no lexicon for this language: lists of places and names only")
    return entities


def _surface(text: str, tokens: Sequence[Token], mention: Found) -> str:
    return text[tokens[mention.first].start : tokens[mention.last - 1].end]


# ---- surnames


def _with_surnames(tokens: Sequence[Token], mentions: list[Found], language: str) -> list[Found]:
    """Add the surnames that stand alone, once the text has given a full name; retype those found as something else."""
    surnames: dict[str, Found] = {}
    for mention in mentions:
        last = tokens[mention.last - 1].text
        if mention.type is PER and mention.last - mention.first > 1 and len(last) >= _SHORTEST_SURNAME:
            for key in _keys(last, language):
                surnames.setdefault(key, mention)
    taken = {index for mention in mentions for index in range(mention.first, mention.last)}
    resolved = [
        Found(mention.first, mention.last, PER, _SURNAME)
        if mention.last - mention.first == 1
        and mention.type is not PER
        and mention.confidence < _LISTED
        and _is_surname(tokens[mention.first], surnames, language)
        else mention
        for mention in mentions
    ]
    added = [
        Found(index, index + 1, PER, _SURNAME)
        for index, token in enumerate(tokens)
        if index not in taken and token.is_capital and _is_surname(token, surnames, language)
    ]
    return sorted(resolved + added, key=lambda mention: mention.first)


def _is_surname(token: Token, surnames: Mapping[str, Found], language: str) -> bool:
    return len(token.text) >= _SHORTEST_SURNAME and any(key in surnames for key in _keys(token.text, language))


def _keys(word: str, language: str) -> tuple[str, ...]:
    """Return by what a surname is recognised: its letters, its stem if it is inflected, its skeleton if it is long."""
    low = word.casefold()
    keys = name_stems(low) if language in INFLECTED else (low,)
    return (*keys, f"~{skeleton(low)}") if len(low) > 4 else keys


# ---- one entity, many mentions


def _gather(text: str, tokens: Sequence[Token], mentions: Sequence[Found], language: str) -> list[_Group]:
    groups: list[_Group] = []
    by_key: dict[tuple[EntityType, str], _Group] = {}
    # Full names first, so that a surname finds its owner wherever it stands.
    for mention in sorted(mentions, key=lambda found: (found.first - found.last, found.first)):
        surface = _surface(text, tokens, mention)
        keys = _group_keys(surface, mention, language)
        group = next((by_key[key] for key in keys if key in by_key), None)
        if group is None:
            group = _Group(type=mention.type)
            groups.append(group)
        for key in keys:
            by_key.setdefault(key, group)
        if mention.type is PER and mention.last - mention.first > 1:
            for surname in _keys(tokens[mention.last - 1].text, language):
                by_key.setdefault((PER, surname), group)
        group.mentions.append((mention, surface))
        group.place = group.place or mention.place
    groups = _with_acronyms(text, tokens, groups)
    groups = [group for group in groups if max(mention.confidence for mention, _ in group.mentions) >= _SURE_ENOUGH]
    for group in groups:
        group.mentions.sort(key=lambda pair: pair[0].first)
    return sorted(groups, key=lambda group: group.mentions[0][0].first)


def _group_keys(surface: str, mention: Found, language: str) -> list[tuple[EntityType, str]]:
    words = surface.casefold().split()
    keys = [(mention.type, " ".join(words))]
    if mention.place:
        keys.insert(0, (mention.type, f"@{mention.place.key}"))
    if language in INFLECTED:
        keys.append((mention.type, " ".join(name_stems(word)[1 if len(name_stems(word)) > 1 else 0] for word in words)))
    if mention.type is PER:
        keys.append((PER, "~" + " ".join(skeleton(word) for word in words)))
        if len(words) == 1:
            keys += [(PER, key) for key in _keys(words[0], language)]
    return keys


def _with_acronyms(text: str, tokens: Sequence[Token], groups: list[_Group]) -> list[_Group]:
    """Join "OMS" with "Organizzazione mondiale della sanità" if the text puts one in brackets after the other."""
    starts = {mention.first: group for group in groups if group.type is ORG for mention, _ in group.mentions}
    merged: set[int] = set()
    for group in groups:
        if group.type is not ORG or id(group) in merged:
            continue
        for mention, surface in list(group.mentions):
            follower = starts.get(mention.last)
            if follower is None or follower is group or id(follower) in merged or tokens[mention.last].gap != " (":
                continue
            other = next(found for found in follower.mentions if found[0].first == mention.last)
            if not other[1].isupper() and not surface.isupper():
                continue
            if text[tokens[other[0].last - 1].end :][:1] == ")":
                group.mentions += follower.mentions
                group.place = group.place or follower.place
                merged.add(id(follower))
    return [group for group in groups if id(group) not in merged]


# ---- what is said of an entity


def _entity(id: str, group: _Group, text: str, tokens: Sequence[Token], gazetteer: Gazetteer) -> Entity:
    mentions = tuple(
        Mention(
            start=tokens[mention.first].start,
            end=tokens[mention.last - 1].end,
            text=surface,
            confidence=round(mention.confidence, 2),
        )
        for mention, surface in group.mentions
    )
    place = group.place if group.type is LOC else None
    is_located = place is not None and place.lat is not None and place.lon is not None
    return Entity(
        id=id,
        type=group.type,
        name=_name(group, gazetteer),
        salience=_salience(mentions, len(text)),
        country=place.country if place else None,
        geo=GeoPoint(lat=place.lat, lon=place.lon) if place and is_located else None,
        mentions=mentions,
    )


def _name(group: _Group, gazetteer: Gazetteer) -> str:
    """Return the fullest form; among equally full ones the one in the base case, then the commonest, then the first."""
    counts = Counter(surface for _, surface in group.mentions)
    first = {surface: -index for index, (_, surface) in reversed(list(enumerate(group.mentions)))}

    def rank(surface: str) -> tuple[int, bool, int, int]:
        words = surface.split()
        fullness = len(words) if group.type is not LOC else 0
        return fullness, words[0].casefold() in gazetteer.given_names, counts[surface], first[surface]

    return max(counts, key=rank)


def _salience(mentions: Sequence[Mention], length: int) -> float:
    """Return 0 to 1: more for many mentions, and for an early first one."""
    frequency = 1 - 0.7 ** len(mentions)
    earliness = 1 - mentions[0].start / max(length, 1)
    return round(0.6 * frequency + 0.4 * earliness, 3)
