"""Names that are known beforehand: places, given names, surnames; with the inflected forms a text gives them.

A name in the list is a possibility, not a finding: the tagger weighs it against what stands around it.
"""

import re
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self

from services.enrich.nlp.entities.inflection import (
    INFLECTED,
    SHORTEST_STEM,
    is_cyrillic,
    name_stems,
    phrase_keys,
    phrases,
    skeleton,
    stems,
)


@dataclass(frozen=True, slots=True)
class Place:
    """A country, region or city."""

    key: str  # the same for all its names
    name: str = ""  # of a country or region: in the language of the list, uninflected
    country: str | None = None
    lat: float | None = None
    lon: float | None = None
    population: int = 0


# Other names of a smaller town, in a hundred languages, are more often another word than the town.
_KNOWN_ABROAD = 100_000
_SHORTEST_FOREIGN = 4
_LATIN_OR_CYRILLIC = re.compile("[A-Za-z\u00c0-\u024f\u0400-\u04ff .'’-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Gazetteer:
    """The lists. Phrases are keyed by their casefolded words joined with single spaces."""

    places: Mapping[str, Place]
    place_stems: Mapping[str, Place]
    territories: Mapping[str, Mapping[str, Place]]  # by language: names of countries and regions
    given_names: frozenset[str]
    given_name_stems: frozenset[str]
    surnames: frozenset[str]
    calendar: Mapping[str, frozenset[str]]  # by language: months and weekdays, which some write with a capital
    phrase_starts: frozenset[str]  # first words of the cities' names that have several

    @classmethod
    def build(
        cls,
        *,
        cities: Iterable[Mapping[str, Any]],
        territories: Mapping[str, Mapping[str, str]],
        given_names: Iterable[str],
        surnames: Iterable[str],
        calendar: Mapping[str, frozenset[str]],
        capitals: Mapping[str, str],
    ) -> Self:
        """Index the lists: GeoNames records of cities, and language → name → ISO 3166 code of countries.

        `capitals` maps the codes of countries to cities' names: a country is placed where its capital is, or else its
        largest city. What has another code (the European Union, an unknown region) is no country.
        """
        largest: dict[str, Place] = {}
        seats: dict[str, Place] = {}
        wanted = {code: (name[:1], skeleton(name)) for code, name in capitals.items()}
        places: dict[str, Place] = {}
        place_stems: dict[str, Place] = {}
        for city in sorted(cities, key=lambda city: (-city["population"], city["geonameid"])):
            place = Place(
                key=str(city["geonameid"]),
                country=city["countrycode"],
                lat=round(city["latitude"], 4),
                lon=round(city["longitude"], 4),
                population=city["population"],
            )
            code = city["countrycode"]
            largest.setdefault(code, place)
            first, seat = wanted.get(code, ("", ""))
            if first == city["name"][0] and skeleton(city["name"]) == seat:  # two spellings of one name begin alike
                seats.setdefault(code, place)
            others = city["alternatenames"] if place.population >= _KNOWN_ABROAD else ()
            for name in (city["name"], *others):
                if not _is_usable(name, is_own=name == city["name"]):
                    continue
                for phrase in phrase_keys(name, ""):
                    places.setdefault(phrase, place)
                for language in _stemmed_in(name):
                    for phrase in phrase_keys(name, language):
                        place_stems.setdefault(phrase, place)
        given = frozenset(name.casefold() for name in given_names)
        return cls(
            places=places,
            place_stems=place_stems,
            territories={
                language: _territories(language, names, largest | seats, capitals)
                for language, names in territories.items()
            },
            given_names=given,
            given_name_stems=frozenset(
                stem for name in given if " " not in name for stem in name_stems(name) if len(stem) >= SHORTEST_STEM
            ),
            surnames=frozenset(name.casefold() for name in surnames),
            calendar=calendar,
            phrase_starts=frozenset(
                phrase.split(" ", 1)[0] for names in (places, place_stems) for phrase in names if " " in phrase
            ),
        )

    def is_given_name(self, word: str, language: str) -> bool:
        """Whether people are called so, in any language and transliteration that is known."""
        low = word.casefold()
        if low in self.given_names:
            return True
        if "-" in low and low.split("-")[0] in self.given_names:
            return True
        return language in INFLECTED and any(stem in self.given_name_stems for stem in stems(low, language))

    def place(self, words: Iterable[str], language: str) -> tuple[Place, bool] | None:
        """Return the place that a phrase names and whether it is a territory; inflected forms are recognised."""
        parts = [stems(word, language) for word in words]
        for phrase in phrases(parts):
            if found := self.territories.get(language, {}).get(phrase):
                return found, True
        exact = " ".join(part[0] for part in parts)
        if found := self.places.get(exact):
            return found, False
        if language in INFLECTED:
            for phrase in phrases(parts):
                if found := self.place_stems.get(phrase):
                    return found, False
        elif language == "de" and len(parts) == 1 and len(parts[0]) > 1 and (found := self.places.get(parts[0][1])):
            return found, False
        return None


def _territories(
    language: str, names: Mapping[str, str], points: Mapping[str, Place], countries: Container[str]
) -> dict[str, Place]:
    """Return phrase → country or region; of the names of one the first is its own."""
    own: dict[str, str] = {}
    for name, code in names.items():
        own.setdefault(code, name)
    return {
        phrase: _territory(code, own[code], points.get(code), countries)
        for name, code in names.items()
        for phrase in phrase_keys(name, language)
    }


def _territory(code: str, name: str, point: Place | None, countries: Container[str]) -> Place:
    if code not in countries:
        return Place(key=code, name=name)
    return Place(key=code, name=name, country=code, lat=point.lat if point else None, lon=point.lon if point else None)


def _is_usable(name: str, *, is_own: bool) -> bool:
    """Whether a city's name can be told from other words: short foreign ones cannot."""
    return (
        (is_own or len(name) >= _SHORTEST_FOREIGN) and name[:1].isupper() and bool(_LATIN_OR_CYRILLIC.fullmatch(name))
    )


def _stemmed_in(name: str) -> tuple[str, ...]:
    """Return a language of each family that may inflect a name written so."""
    return ("ru",) if is_cyrillic(name) else ("pl",)
