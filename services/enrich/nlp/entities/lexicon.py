"""A language's words around and inside names, read from its lexicon. Knows no text."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from services.contract.enriched import EntityType
from services.enrich.nlp.entities.inflection import INFLECTED, name_stems, phrase_keys


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
    words: frozenset[str] = frozenset()  # ordinary words that often begin a sentence

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
            words=words("words"),
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


def countries(table: Mapping[str, Any], common: Mapping[str, Any]) -> dict[str, str]:
    """Return name → ISO 3166 code of what else countries are called ("USA", "Gran Bretagna")."""
    return {
        name: code for part in (common, table) for code, names in part.get("countries", {}).items() for name in names
    }
