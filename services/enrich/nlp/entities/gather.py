"""One entity, many mentions: which of an article's names mean the same person, organisation or place.

Full names are gathered first, so that a surname finds its owner wherever it stands. A name that could belong to two
belongs to the one named last before it. Only names are resolved, no pronouns and no titles.
"""

import re
from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from services.contract.enriched import Entity, EntityType, GeoPoint, Mention
from services.enrich.nlp.entities.gazetteer import Gazetteer, Place
from services.enrich.nlp.entities.inflection import INFLECTED, skeleton, stems
from services.enrich.nlp.entities.tagging import Tagged
from services.enrich.nlp.tokens import WORD

# Words this short are too alike for what survives a transliteration.
_SHORTEST_SKELETON = 5
_LONGEST_ACRONYM = 6
# "Donald Trump Jr." is not Donald Trump.
_GENERATIONS = frozenset({"jr", "sr", "junior", "senior", "ii", "iii", "iv", "figlio", "fils", "filho", "hijo"})
_INITIAL = re.compile(r"(?<![^\W\d_])[^\W\d_]\.")
# A word that very many names share (hostile text) leads to the latest of them only.
_MOST_CANDIDATES = 16


@dataclass(frozen=True, slots=True)
class _Named:
    """A mention, and by what its words are recognised in other forms and spellings."""

    tagged: Tagged
    text: str
    words: tuple[str, ...]
    keys: tuple[frozenset[str], ...]
    place: Place | None


@dataclass(slots=True, eq=False)
class _Group:
    """Mentions of one thing; `fullest` is the one with most words."""

    fullest: _Named
    mentions: list[_Named] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)  # of the mentions, in order
    place: Place | None = None

    def add(self, named: _Named) -> None:
        self.mentions.append(named)
        insort(self.starts, named.tagged.start)
        self.place = self.place or named.place


def gather(text: str, tagged: Iterable[Tagged], *, language: str, gazetteer: Gazetteer) -> tuple[Entity, ...]:
    """Return the entities in order of first mention, each with all its mentions."""
    named: dict[EntityType, list[_Named]] = {}
    for found in tagged:
        if (mention := _named(text, found, language, gazetteer)).words:
            named.setdefault(found.type, []).append(mention)
    groups: list[_Group] = []
    for kind, mentions in named.items():
        if kind is EntityType.LOC:
            groups += _same_place(mentions)
        else:
            grouped = _grouped(mentions, _person if kind is EntityType.PER else _organisation)
            groups += _with_acronyms(text, grouped) if kind is EntityType.ORG else grouped
    for group in groups:
        group.mentions.sort(key=lambda mention: mention.tagged.start)
    groups.sort(key=lambda group: group.mentions[0].tagged.start)
    return tuple(
        _entity(f"e{number}", group, len(text), language=language, gazetteer=gazetteer)
        for number, group in enumerate(groups, 1)
    )


def _named(text: str, tagged: Tagged, language: str, gazetteer: Gazetteer) -> _Named:
    surface = text[tagged.start : tagged.end]
    words = tuple(match[0] for match in WORD.finditer(surface))
    hit = gazetteer.place(words, language) if words and tagged.type is EntityType.LOC else None
    return _Named(
        tagged=tagged,
        text=surface,
        words=words,
        keys=tuple(_keys(word, language) for word in words),
        place=hit[0] if hit else None,
    )


def _keys(word: str, language: str) -> frozenset[str]:
    """Return what the forms and spellings of a word have in common: stems, and a skeleton of a long one."""
    found = set(stems(word.replace(".", ""), language))  # "J.D." is "JD"
    if len(word) >= _SHORTEST_SKELETON:
        found.add("~" + skeleton(word))
    return frozenset(found)


# ---- persons and organisations


def _grouped(mentions: Iterable[_Named], owner: Callable[[_Named, Sequence[_Group]], _Group | None]) -> list[_Group]:
    groups: list[_Group] = []
    by_key: dict[str, list[_Group]] = {}
    for mention in sorted(
        mentions,
        key=lambda mention: (len(mention.words) == 1, _has_initial(mention), -len(mention.words), mention.tagged.start),
    ):
        candidates = dict.fromkeys(
            group for keys in mention.keys for key in sorted(keys) for group in by_key.get(key, ())[-_MOST_CANDIDATES:]
        )
        group = owner(mention, list(candidates))
        if group is None:
            group = _Group(mention)
            groups.append(group)
            for key in frozenset().union(*mention.keys):
                by_key.setdefault(key, []).append(group)
        group.add(mention)
    return groups


def _person(mention: _Named, candidates: Sequence[_Group]) -> _Group | None:
    """Return who is meant: a full name's parts in their order or turned round; a surname before a given name."""
    if len(mention.words) > 1:
        fitting = [group for group in candidates if _is_part(mention, group.fullest)]
        same = [group for group in fitting if group.fullest.words == mention.words]
        if _has_initial(mention) and not same and len(fitting) > 1:
            return None  # "J. Smith" after John and Jane Smith
        return _latest(same or fitting, mention)
    (keys,) = mention.keys
    by_surname = [group for group in candidates if keys & group.fullest.keys[-1]]
    if by_surname:
        return _latest(by_surname, mention)
    fitting = [group for group in candidates if any(keys & other for other in group.fullest.keys)]
    return fitting[0] if len(fitting) == 1 else None


def _is_part(mention: _Named, full: _Named) -> bool:
    extra = {word.casefold() for word in full.words} ^ {word.casefold() for word in mention.words}
    if extra & _GENERATIONS:
        return False
    if len(mention.words) != len(full.words) and _has_initial(mention) and _has_initial(full):
        return False  # George W. and George H. W. Bush
    if len(mention.words) == len(full.words) == 2 and all(
        keys & other for keys, other in zip(mention.keys, reversed(full.keys), strict=True)
    ):
        return True  # "Belmonte Ignacio"
    at = 0
    for word, keys in zip(mention.words, mention.keys, strict=True):
        while at < len(full.words) and not (keys & full.keys[at] or _is_initial(word, full.words[at])):
            at += 1
        if at == len(full.words):
            return False
        at += 1
    # Otherwise "J. Smith" would be everybody whose name begins so.
    return bool(mention.keys[-1] & full.keys[-1]) or len(mention.words) > 2 or bool(mention.keys[0] & full.keys[0])


def _has_initial(mention: _Named) -> bool:
    """Whether a name has a part like "J." or "J.D."; the D of "D’Ambrosio" is none."""
    return len(mention.words) > 1 and _INITIAL.search(mention.text) is not None


def _is_initial(word: str, other: str) -> bool:
    """Whether one is "J." or "J.D." and the other may be the name behind it."""
    short, long = sorted((word, other), key=len)
    return (len(short) == 1 or "." in short) and long[0] == short[0]


def _latest(groups: Sequence[_Group], mention: _Named) -> _Group | None:
    """Return the group that was named last before the mention, else the one that is named first after it."""
    if len(groups) < 2:
        return groups[0] if groups else None

    def rank(group: _Group) -> tuple[bool, int]:
        before = bisect_left(group.starts, mention.tagged.start)
        return bool(before), group.starts[before - 1] if before else -group.starts[0]

    return max(groups, key=rank)


def _organisation(mention: _Named, candidates: Sequence[_Group]) -> _Group | None:
    """Return the organisation with this name, or the only one whose name begins or ends with it."""
    size = len(mention.keys)
    same = [
        group
        for group in candidates
        if len(group.fullest.keys) == size and all(map(_share, mention.keys, group.fullest.keys))
    ]
    longer = [
        group
        for group in candidates
        if len(group.fullest.keys) > size
        and (
            all(map(_share, mention.keys, group.fullest.keys))
            or all(map(_share, mention.keys, group.fullest.keys[-size:]))
        )
    ]
    return same[0] if same else longer[0] if len(longer) == 1 else None


def _share(one: frozenset[str], other: frozenset[str]) -> bool:
    return not one.isdisjoint(other)


def _with_acronyms(text: str, groups: list[_Group]) -> list[_Group]:
    """Join "OMS" with "Organizzazione mondiale della sanità", by its letters or since it follows in brackets."""
    owners: dict[str, _Group] = {}
    for group in groups:
        for mention in group.mentions:
            for acronym in _acronyms(mention.words):
                owners.setdefault(acronym, group)
            follower = text[mention.tagged.end : mention.tagged.end + _LONGEST_ACRONYM + 3]
            if len(mention.words) > 1 and follower.startswith(" (") and ")" in follower:
                owners.setdefault(follower[2 : follower.index(")")].upper(), group)
    kept: list[_Group] = []
    for group in groups:
        word = group.fullest.text
        owner = owners.get(word.upper()) if len(group.fullest.words) == 1 and len(word) <= _LONGEST_ACRONYM else None
        if owner is None or owner is group:
            kept.append(group)
        else:
            for mention in group.mentions:
                owner.add(mention)
    return kept


def _acronyms(words: Sequence[str]) -> set[str]:
    """Return the initials of a name of several words: of all, of the longer ones, of those with a capital."""
    if len(words) < 3:
        return set()
    return {
        "".join(word[0] for word in chosen).upper()
        for chosen in (
            words,
            [word for word in words if len(word) > 3],
            [word for word in words if word[0].isupper()],
        )
        if len(chosen) > 2
    }


# ---- places


def _same_place(mentions: Iterable[_Named]) -> list[_Group]:
    groups: list[_Group] = []
    by_key: dict[str, _Group] = {}
    for mention in mentions:
        keys = [f"@{mention.place.key}"] if mention.place else []
        keys += _phrases(mention.keys)
        group = next((by_key[key] for key in keys if key in by_key), None)
        if group is None:
            group = _Group(mention)
            groups.append(group)
        for key in keys:
            by_key.setdefault(key, group)
        group.add(mention)
    return groups


def _phrases(keys: Sequence[frozenset[str]]) -> list[str]:
    """Return under what a place of several words is found again: its first form, each word's shortest stem, skeletons."""
    return [
        " ".join(max(sorted(options), key=len) for options in keys),
        " ".join(min(sorted(options - _skeletons(options) or options), key=len) for options in keys),
        " ".join(min(_skeletons(options) or options) for options in keys),
    ]


def _skeletons(options: frozenset[str]) -> frozenset[str]:
    return frozenset(option for option in options if option.startswith("~"))


# ---- what is said of an entity


def _entity(id: str, group: _Group, length: int, *, language: str, gazetteer: Gazetteer) -> Entity:
    mentions = tuple(
        Mention(
            start=mention.tagged.start,
            end=mention.tagged.end,
            text=mention.text,
            confidence=round(mention.tagged.confidence, 2),
        )
        for mention in group.mentions
    )
    place = group.place
    is_located = place is not None and place.lat is not None and place.lon is not None
    return Entity(
        id=id,
        type=group.fullest.tagged.type,
        name=_name(group, language=language, gazetteer=gazetteer),
        salience=_salience(mentions, length),
        country=place.country if place else None,
        geo=GeoPoint(lat=place.lat, lon=place.lon) if place and is_located else None,
        mentions=mentions,
    )


def _name(group: _Group, *, language: str, gazetteer: Gazetteer) -> str:
    """Return the fullest form; among equally full ones that in the base case, not shouted, commonest, first.

    Where names are inflected the base case is known of countries and given names; else it is mostly the shortest form.
    """
    if language in INFLECTED and group.place and group.place.name:
        return group.place.name
    counts = Counter(mention.text for mention in group.mentions)
    first = {mention.text: -index for index, mention in reversed(list(enumerate(group.mentions)))}

    def rank(surface: str) -> tuple[int, bool, bool, int, int, int]:
        words = surface.split()
        fullness = 0 if group.fullest.tagged.type is EntityType.LOC else len(words)
        is_base = words[0].casefold() in gazetteer.given_names or surface.casefold() in gazetteer.places
        shortness = -len(surface) if language in INFLECTED else 0
        is_shouted = surface.isupper() and len(surface) > _LONGEST_ACRONYM
        return fullness, not is_shouted, is_base, shortness, counts[surface], first[surface]

    return max(counts, key=rank)


def _salience(mentions: Sequence[Mention], length: int) -> float:
    """Return 0 to 1: more for many mentions, and for an early first one."""
    frequency = 1 - 0.7 ** len(mentions)
    earliness = 1 - mentions[0].start / max(length, 1)
    return round(0.6 * frequency + 0.4 * earliness, 3)
