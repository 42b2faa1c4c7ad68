"""A language's words around and inside names, read from its lexicon. Knows no text."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from services.contract.enriched import EntityType
from services.enrich.nlp.inflection import INFLECTED, name_stems, phrase_keys


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityLexicon:
    """A language's words around and inside names, casefolded."""

    titles: frozenset[str] = frozenset()  # before a person's name
    organisation_words: frozenset[str] = frozenset()  # an organisation's name contains one of them
    organisation_endings: tuple[str, ...] = ()  # the same inside German or Dutch compounds
    surname_endings: tuple[str, ...] = ()  # of Slavic surnames, in all cases
    place_words: frozenset[str] = frozenset()  # "Monte", "Lake": with a capital, part of a place's name
    articles: frozenset[str] = frozenset()  # and what contains one ("della"): people's names take none
    place_cues: frozenset[str] = frozenset()  # prepositions that go with places
    person_particles: frozenset[str] = frozenset()  # "van", "de", inside a person's name
    organisation_particles: frozenset[str] = frozenset()  # "of", "degli", inside an organisation's
    words: frozenset[str] = frozenset()  # ordinary words that often begin a sentence
    others: frozenset[str] = frozenset()  # nationalities and other MISC, where they have a capital
    head_first: bool = True  # "Banca d'Italia", not "European Central Bank"
    nouns_have_capitals: bool = False

    @classmethod
    def from_table(cls, table: Mapping[str, Any], common: Mapping[str, Any], *, language: str) -> Self:
        """Read `lexicons/<language>/entities.toml`, joined with what all languages share."""

        def words(name: str) -> frozenset[str]:
            return frozenset(word.casefold() for part in (table, common) for word in part.get(name, ()))

        def stemmed(name: str) -> frozenset[str]:
            found = words(name)
            return found | {stem for word in found for stem in name_stems(word)} if language in INFLECTED else found

        return cls(
            titles=stemmed("titles"),
            organisation_words=stemmed("organisation_words"),
            organisation_endings=tuple(table.get("organisation_endings", ())),
            surname_endings=tuple(table.get("surname_endings", ())),
            place_words=words("place_words"),
            articles=words("articles"),
            place_cues=words("place_cues"),
            person_particles=words("person_particles"),
            organisation_particles=words("organisation_particles"),
            words=words("words"),
            others=words("others"),
            head_first=table.get("head_first", True),
            nouns_have_capitals=table.get("nouns_have_capitals", False),
        )


def known_names(table: Mapping[str, Any], common: Mapping[str, Any], *, language: str) -> dict[str, EntityType]:
    """Return phrase → type of the names that a lexicon lists; what the language itself says wins."""
    return {
        phrase: type
        for part in (common, table)
        for field, type in (("organisations", EntityType.ORG), ("places", EntityType.LOC))
        for name in part.get(field, ())
        for phrase in phrase_keys(name, language)
    }
