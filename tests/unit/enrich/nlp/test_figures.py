"""Figures: what is one, what it is worth, and what only looks like one."""

import json
from collections import Counter
from pathlib import Path

import pytest

from services.contract.enriched import Figure, Language
from services.enrich.nlp.document import Degraded, Document
from services.enrich.nlp.figures import find
from services.enrich.nlp.figures.digits import convention, number

GOLDEN = Path(__file__).parents[3] / "golden" / "figures.jsonl"
ANCHOR = "2025-03-13"  # a Thursday


def make_document(text, language="en", published_at=None):
    """Return a document in this language."""
    return Document(text=text, language=Language(tag=language, confidence=1.0), published_at=published_at)


def figures(resources, text, language="en", published_at=None) -> tuple[Figure, ...]:
    """Return the figures of a text."""
    found = find(make_document(text, language, published_at), resources)
    assert isinstance(found, tuple)
    return found


def only(resources, text, language="en", published_at=None) -> Figure:
    """Return the one figure of a text."""
    (figure,) = figures(resources, text, language, published_at)
    return figure


@pytest.mark.parametrize(
    ("text", "decimal", "value"),
    [
        ("1.000", ",", 1000),
        ("1.000", ".", 1.0),
        ("1,000", ".", 1000),
        ("1,000", ",", 1.0),
        ("2.5", ",", 2.5),
        ("0.375", ",", 0.375),
        ("1.234.567,89", ",", 1234567.89),
        ("1.234.567,89", ".", 1234567.89),
        ("1'000", ",", 1000),
        ("1’000’000", ".", 1_000_000),
        ("12,34,567", ".", 1_234_567),
        ("1.000", None, 1000),
        ("3,5", None, 3.5),
        ("1.2.3", ".", None),
        ("192.168.0.1", ",", None),
        ("1" * 30, ".", None),
    ],
)
def test_separators_are_read_by_language_and_then_by_shape(text, decimal, value):
    """A separator means what it means in the language, unless it cannot."""
    assert number(text, decimal) == value


def test_a_text_written_the_other_way_is_read_the_other_way():
    """Mexican Spanish has a decimal point: numerals that can be nothing else decide for those that can."""
    assert convention(["1,500", "2.5", "1,234.5"], ",") == "."
    assert convention(["1,500", "2.5", "3,5"], ",") == ","
    assert convention(["1,500"], ",") == ","


@pytest.mark.parametrize(
    ("language", "text", "value"),
    [
        ("it", "duecentocinquantamila persone", 250_000),
        ("it", "ventuno barche", 21),
        ("it", "centotto case", 108),
        ("it", "mille case", 1000),
        ("it", "tre milioni di case", 3_000_000),
        ("it", "un milione di case", 1_000_000),
        ("en", "twenty-five thousand homes", 25_000),
        ("en", "two hundred and fifty homes", 250),
        ("en", "a hundred homes", 100),
        ("en", "nine hundred and ninety-nine thousand nine hundred and ninety-nine homes", 999_999),
        ("de", "fünfundzwanzig Häuser", 25),
        ("de", "zweihundertfünfzigtausend Häuser", 250_000),
        ("de", "eine Million Häuser", 1_000_000),
        ("fr", "quatre-vingt-dix-sept maisons", 97),
        ("fr", "soixante et onze maisons", 71),
        ("fr", "vingt-et-un mille maisons", 21_000),
        ("es", "doscientas treinta y cinco casas", 235),
        ("es", "mil millones de casas", 1_000_000_000),
        ("pt", "duzentas e trinta e cinco casas", 235),
        ("nl", "tweeëntwintigduizend huizen", 22_000),
        ("pl", "dwadzieścia pięć tysięcy domów", 25_000),
        ("ru", "двести тридцать пять домов", 235),
        ("uk", "дев’яносто п’ять тисяч будинків", 95_000),
    ],
)
def test_numbers_in_words(resources, language, text, value):
    """Number words go together as the language puts them together."""
    assert only(resources, text, language).value == value


@pytest.mark.parametrize(
    ("language", "text", "unit", "value"),
    [
        ("en", "$5m", "USD", 5e6),
        ("en", "£2.5bn", "GBP", 2.5e9),
        ("en", "5m", "m", 5),
        ("de", "24 Mio. Euro", "EUR", 24e6),
        ("it", "50 euro", "EUR", 50),
        ("pl", "14,7 mln zł", "PLN", 14.7e6),
        ("ru", "78,6 млрд рублей", "RUB", 78.6e9),
        ("uk", "86 тисяч гривень", "UAH", 86_000),
        ("pt", "R$ 4,50", "BRL", 4.5),
        ("fr", "6,4\u00a0millions d’euros", "EUR", 6.4e6),
        ("en", "two decades", "a", 20),
        ("en", "-3 °C", "Cel", -3),
        ("en", "80 km/h", "km/h", 80),
    ],
)
def test_units_and_currencies(resources, language, text, unit, value):
    """The unit is a symbol, and the value is in it."""
    figure = only(resources, text, language)
    assert (figure.text, figure.unit, figure.value) == (text, unit, value)


@pytest.mark.parametrize(
    "text",
    [
        "Covid-19 and the F-16",
        "the A1 and 5G",
        "won 2-1 on Saturday",
        "under article 5 of the treaty",
        "at 14:30 or 5 p.m.",
        "call +39 06 1234 5678 or 555-123-4567",
        "see https://example.org/2024/300 and @news24",
        "version 1.2.3",
        "they flew a Boeing 737.",
        "the 5th floor",
        "as shown (3)",
        "one of them",
        "the second half",
    ],
)
def test_what_is_no_figure(resources, text):
    """Names, labels, scores, hours and addresses have digits and are no amounts."""
    assert figures(resources, text) == ()


@pytest.mark.parametrize(
    ("language", "text", "date"),
    [
        ("en", "on March 11, 2025", "2025-03-11"),
        ("en", "on 11 March", "2025-03-11"),
        ("en", "on 20 December", "2024-12-20"),
        ("en", "in March 2025", "2025-03"),
        ("en", "on 2025-03-11", "2025-03-11"),
        ("en", "on 25/3/2025", "2025-03-25"),
        ("en", "on 3/4/2025", "2025"),
        ("de", "am 11.03.2025", "2025-03-11"),
        ("en", "yesterday", "2025-03-12"),
        ("en", "last Tuesday", "2025-03-11"),
        ("en", "next Thursday", "2025-03-20"),
        ("en", "three days ago", "2025-03-10"),
        ("it", "tre mesi fa", "2024-12"),
        ("de", "vor zwei Jahren", "2023"),
        ("it", "la settimana scorsa", "2025-W10"),
        ("it", "nel 2024", "2024"),
        ("en", "the 2014-2022 war", "2014/2022"),
        ("en", "the 1990s", "199X"),
        ("ru", "11 марта 2025 года", "2025-03-11"),
    ],
)
def test_dates_are_as_exact_as_the_text(resources, language, text, date):
    """A date is ISO 8601, no more exact than what is said, relative ones from the day of publication."""
    assert only(resources, text, language, ANCHOR).date == date


def test_without_a_day_of_publication_relative_dates_are_left_alone(resources):
    """Nothing is guessed from a day that is not known; a day without its year keeps the year open."""
    assert figures(resources, "yesterday and last year") == ()
    assert only(resources, "on 11 March").date == "XXXX-03-11"


def test_two_thousand_of_something_is_no_year(resources):
    """Four digits that count something are a count."""
    assert only(resources, "They sent 2000 soldiers").kind == "count"
    assert only(resources, "after the 2019 election").kind == "date"


@pytest.mark.parametrize(
    ("text", "value", "value_max"),
    [
        ("3-5 percent", 3, 5),
        ("from 10 to 15 kilometres", 10, 15),
        ("between 10 and 15 people", 10, 15),
        ("$5-10 million", 5e6, 10e6),
        ("10% to 15%", 10, 15),
    ],
)
def test_ranges_have_two_ends(resources, text, value, value_max):
    """A range is one figure, whichever end the unit and the scale are written at."""
    figure = only(resources, text)
    assert (figure.value, figure.value_max) == (value, value_max)


def test_a_change_and_its_result_are_two_figures(resources):
    """'By 2 % to 5.4 %' is no range."""
    by, to = figures(resources, "Unemployment fell by 2% to 5.4%")
    assert (by.value, by.change, to.value) == (2, "down", 5.4)


def test_other_languages_get_signs_and_symbols_only(resources):
    """A language without a grammar has its percentages, money and units, and says that it lacks the rest."""
    found = find(make_document("Priset steg 3,5 % till 20 EUR för 12 km och 400 soldater", "sv"), resources)
    assert isinstance(found, Degraded)
    assert [(figure.kind.value, figure.value) for figure in found.value] == [
        ("percent", 3.5),
        ("money", 20),
        ("quantity", 12),
    ]


def _golden():
    return [json.loads(line) for line in GOLDEN.read_text("utf-8").splitlines()]


# Measured; a change that lowers one of them must say why.
SPAN_KIND_VALUE_F1 = 1.0
ATTRIBUTES_RIGHT = 0.99
ATTRIBUTES = ("unit", "value_max", "scale", "qualifier", "object", "change", "date")


def test_golden_figures(resources):
    """Span, kind and value of the golden sentences are found, and at most so many of the other fields differ."""
    counts = Counter()
    differences = []
    for line in _golden():
        found = figures(resources, line["text"], line["language"])
        want = {(figure["text"], figure["kind"], figure.get("value")): figure for figure in line["figures"]}
        have = {(figure.text, figure.kind.value, figure.value): figure.model_dump() for figure in found}
        counts["right"] += len(want.keys() & have.keys())
        counts["either"] += len(want) + len(have)
        differences += [(line["text"], key) for key in want.keys() ^ have.keys()]
        for key in want.keys() & have.keys():
            wrong = {name for name in ATTRIBUTES if want[key].get(name) != have[key][name]}
            counts["attributes wrong"] += bool(wrong)
            differences += [(line["text"], key, name, have[key][name]) for name in sorted(wrong)]
    f1 = 2 * counts["right"] / counts["either"]
    attributes = 1 - counts["attributes wrong"] / counts["right"]
    report = f"F1 {f1:.3f}, attributes {attributes:.3f}\n" + "\n".join(map(str, differences))
    assert f1 >= SPAN_KIND_VALUE_F1, report
    assert attributes >= ATTRIBUTES_RIGHT, report


def test_the_golden_file_has_enough_of_every_language():
    """At least twelve sentences a language."""
    assert min(Counter(line["language"] for line in _golden()).values()) >= 12
