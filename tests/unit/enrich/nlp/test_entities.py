"""Who and what a text names."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.contract.enriched import Entity, Language
from services.enrich.nlp.document import Degraded, Document, Skipped
from services.enrich.nlp.entities import find
from services.enrich.nlp.sentences import split

_WORDS = (
    *(
        "Roma",
        "Mario",
        "Rossi",
        "ROSSI",
        "il",
        "di",
        "della",
        "NATO",
        "(OMS)",
        "“Kiev”",
        "l’Unione",
        "Europea.",
        "Banca",
    ),
    *("d’Italia", "–", "J.", "K.", "Zelensky", "Zelenskyy’s", "Sant’Anna", "U.S.", "a", ",", ":", "\n\n", "é", "12"),
    *("San", "Papa", "Presidente", "Москва", "Києві"),
)


def _find(text: str, language: str, resources) -> tuple[Entity, ...]:
    document = Document(text=text, language=Language(tag=language, confidence=1.0))
    result = find(document.with_field("sentences", split(document, resources)), resources)
    if isinstance(result, Skipped):
        return ()
    return result.value if isinstance(result, Degraded) else result


def _named(entities: tuple[Entity, ...]) -> set[tuple[str, str]]:
    return {(str(entity.type), entity.name) for entity in entities}


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        (
            "it",
            "Ieri a Milano il ministro Carlo Bianchi ha incontrato la Banca d’Italia.",
            {("LOC", "Milano"), ("PER", "Carlo Bianchi"), ("ORG", "Banca d’Italia")},
        ),
        (
            "en",
            "On Monday Sarah Whitmore of the World Health Organization arrived in Geneva.",
            {("PER", "Sarah Whitmore"), ("ORG", "World Health Organization"), ("LOC", "Geneva")},
        ),
        (
            "de",
            "Am Montag sprach Oberbürgermeister Thomas Krüger in Leipzig mit der Deutschen Bahn über den Haushalt.",
            {("PER", "Thomas Krüger"), ("LOC", "Leipzig")},
        ),
        (
            "fr",
            "Hier à Rennes, la ministre Claire Morel a répondu à l’Union européenne.",
            {("LOC", "Rennes"), ("PER", "Claire Morel"), ("ORG", "Union européenne")},
        ),
        (
            "es",
            "Ayer en Sevilla el alcalde Javier Romero criticó al Banco de España.",
            {("LOC", "Sevilla"), ("PER", "Javier Romero"), ("ORG", "Banco de España")},
        ),
        (
            "pt",
            "Ontem, no Porto, a ministra Ana Ferreira falou com a União Europeia.",
            {("PER", "Ana Ferreira"), ("ORG", "União Europeia")},
        ),
        (
            "nl",
            "Gisteren sprak minister Jan de Vries in Groningen met de Europese Commissie.",
            {("PER", "Jan de Vries"), ("LOC", "Groningen"), ("ORG", "Europese Commissie")},
        ),
        (
            "pl",
            "Wczoraj w Warszawie minister Marek Kowalski mówił o Ukrainie i o Unii Europejskiej.",
            {("LOC", "Warszawie"), ("PER", "Marek Kowalski"), ("LOC", "Ukraina"), ("ORG", "Unii Europejskiej")},
        ),
        (
            "ru",
            "Вчера в Москве министр Сергей Орлов говорил о Германии и о Евросоюзе.",
            {("LOC", "Москве"), ("PER", "Сергей Орлов"), ("LOC", "Германия"), ("ORG", "Евросоюзе")},
        ),
        (
            "uk",
            "Учора в Києві міністр Олександр Мельник говорив про Німеччину і НАТО.",
            {("LOC", "Києві"), ("PER", "Олександр Мельник"), ("LOC", "Німеччина"), ("ORG", "НАТО")},
        ),
    ],
    ids=lambda value: value if isinstance(value, str) and len(value) == 2 else "",
)
def test_names_are_found_in_each_language(language, text, expected, resources):
    """A titled or given name, a place in whatever case, an organisation."""
    assert expected <= _named(_find(text, language, resources))


def test_a_surname_alone_belongs_to_the_full_name(resources):
    """Also in another transliteration, and at the start of a sentence."""
    text = "In Kyiv, Volodymyr Zelensky spoke. Zelensky thanked his guests. Later Mr Zelenskyy left."
    people = [entity for entity in _find(text, "en", resources) if entity.type == "PER"]
    assert [(person.name, len(person.mentions)) for person in people] == [("Volodymyr Zelensky", 3)]


def test_spellings_of_a_place_are_one_entity_with_its_country(resources):
    """Kiev and Kyiv are the same city."""
    places = _find("Da Kiev a Roma. Il treno per Kyiv parte da Roma.", "it", resources)
    assert [(place.country, len(place.mentions)) for place in places] == [("UA", 2), ("IT", 2)]
    assert places[0].geo
    assert round(places[0].geo.lat) == 50


@pytest.mark.parametrize(
    ("language", "text", "country"),
    [
        ("pl", "Wrócił z Niemiec do Krakowa.", "PL"),
        ("ru", "Поезд из Киева опоздал.", "UA"),
        ("uk", "Був у Львові.", "UA"),
    ],
)
def test_an_inflected_city_is_recognised(language, text, country, resources):
    """The stem is looked up, not only the name as it stands."""
    assert country in {entity.country for entity in _find(text, language, resources)}


def test_an_acronym_joins_the_name_it_abbreviates(resources):
    """The text says so by brackets."""
    text = "L’Organizzazione Mondiale della Sanità (OMS) tace. Oggi la OMS risponde."
    (organisation,) = _find(text, "it", resources)
    assert organisation.name == "Organizzazione Mondiale della Sanità"
    assert [mention.text for mention in organisation.mentions] == ["Organizzazione Mondiale della Sanità", "OMS", "OMS"]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("it", "Come ogni lunedì la riunione è stata rinviata. Domani si vedrà."),
        ("en", "However, nothing happened. Cooking is fun. Nice weather is expected on Monday."),
        ("de", "Der Haushalt und die Straßenbahn waren gestern Abend ein Thema im Ausschuss."),
        ("es", "Como siempre, todo sigue igual. Según las fuentes, nadie lo sabe."),
        ("ru", "Вчера ничего не произошло. Однако все ждут."),
    ],
)
def test_a_capital_at_the_start_of_a_sentence_names_nothing(language, text, resources):
    """Nor do German nouns, or weekdays in English."""
    assert _find(text, language, resources) == ()


def test_a_headline_in_capitals_is_read(resources):
    """Its capitals mean nothing, but names are still told from words."""
    names = _named(_find("ZELENSKY MEETS DONALD TRUMP IN WASHINGTON TODAY", "en", resources))
    assert ("PER", "DONALD TRUMP") in names
    assert ("LOC", "WASHINGTON") in names
    assert all("MEETS" not in name for _, name in names)


def test_a_language_without_lexicon_is_degraded_and_says_why(resources):
    """What transfers from other languages is all there is."""
    text = "I Göteborg sade Anders Lindqvist nej till förslaget."
    document = Document(text=text, language=Language(tag="sv", confidence=1.0))
    result = find(document.with_field("sentences", split(document, resources)), resources)
    assert isinstance(result, Degraded)
    assert result.reason
    assert {("PER", "Anders Lindqvist"), ("LOC", "Göteborg")} & _named(result.value)


@pytest.mark.parametrize("text", ["A. " * 20_000, "Maria " * 3_000, "Warszawie " * 3_000])
def test_no_name_is_as_long_as_the_text(text, resources):
    """A run of capitals is a list or worse."""
    assert all(
        len(mention.text.split()) <= 16 for entity in _find(text, "en", resources) for mention in entity.mentions
    )


def test_a_text_of_unknown_language_is_degraded(resources):
    """It is read by what languages have in common."""
    document = Document(text="I Göteborg sade Anders Lindqvist nej.", language=Language(tag="und", confidence=0.0))
    assert isinstance(find(document.with_field("sentences", split(document, resources)), resources), Degraded)


def test_a_script_without_capitals_is_skipped(resources):
    """Rules that go by capitals have nothing to say about Arabic, and do not guess."""
    document = Document(text="قال الرئيس اليوم في عمان.", language=Language(tag="ar", confidence=1.0))
    document = document.with_field("sentences", split(document, resources))
    assert isinstance(find(document, resources), Skipped)


@pytest.mark.parametrize(
    ("language", "text", "name"),
    [
        ("it", "Lo ha detto il viceministro degli Esteri Sergio Neri.", "Sergio Neri"),
        ("it", "Parla la ministra alle Infrastrutture Giulia Ferranti.", "Giulia Ferranti"),
        ("de", "Das sagte Amira Haddad von der Technischen Universität.", "Amira Haddad"),
        ("de", "Das sagte Ursula von der Leyen am Montag.", "Ursula von der Leyen"),
        ("pl", "Powiedziała to wczoraj Oksana Zielińska.", "Oksana Zielińska"),
    ],
)
def test_a_name_begins_after_the_office_and_ends_before_the_employer(language, text, name, resources):
    """What stands around a name is not part of it."""
    assert ("PER", name) in _named(_find(text, language, resources))


@settings(max_examples=60)
@given(
    words=st.lists(
        st.sampled_from(_WORDS),
        max_size=30,
    ),
    language=st.sampled_from(["it", "en", "de", "uk", "sv", "und"]),
)
def test_mentions_are_exact_and_never_overlap(words, language, resources):
    """Whatever the text: offsets are right, ids count up, the same input gives the same output."""
    text = " ".join(words)
    entities = _find(text, language, resources)
    assert entities == _find(text, language, resources)
    assert [entity.id for entity in entities] == [f"e{number}" for number in range(1, len(entities) + 1)]
    end = 0
    for mention in sorted(
        (mention for entity in entities for mention in entity.mentions), key=lambda found: found.start
    ):
        assert text[mention.start : mention.end] == mention.text
        assert mention.start >= end
        end = mention.end
    firsts = [entity.mentions[0].start for entity in entities]
    assert firsts == sorted(firsts)
