"""Figures on any text at all: never an exception, exact ordered spans, time in proportion to the text."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.contract.enriched import Language
from services.enrich.nlp.document import Degraded, Document
from services.enrich.nlp.figures import find

LANGUAGES = ("it", "en", "de", "fr", "es", "pt", "nl", "pl", "ru", "uk", "sv", "und")
# What the grammar reacts to, so that random texts get somewhere.
PIECES = (
    *"0123456789.,'’-–/:%°$€+()\n \u00a0",
    *[
        "one",
        "two",
        "hundred",
        "thousand",
        "million",
        "and",
        "half",
        "third",
        "of",
        "in",
        "to",
        "from",
        "between",
        "euro",
        "km",
        "per",
        "cent",
        "",
    ],
    *[
        "venti",
        "cento",
        "mila",
        "milioni",
        "tra",
        "fa",
        "ieri",
        "ore",
        "zwanzig",
        "und",
        "tausend",
        "von",
        "bis",
        "Mio",
        "vor",
        "Jahren",
        "vingt",
        "quatre",
        "",
    ],
    *[
        "March",
        "marzo",
        "2024",
        "1.000",
        "1,000.5",
        "тыс",
        "млн",
        "года",
        "п’ять",
        "#",
        "@",
        "http://",
        "last",
        "next",
        "ago",
        "².",
    ],
)
texts = st.one_of(st.text(), st.lists(st.sampled_from([*PIECES, " "]), max_size=40).map("".join))


def _find(text, language, resources):
    document = Document(text=text, language=Language(tag=language, confidence=1.0), published_at="2025-03-13")
    found = find(document, resources)
    return found.value if isinstance(found, Degraded) else found


@settings(max_examples=400, deadline=None)
@given(text=texts, language=st.sampled_from(LANGUAGES))
def test_spans_are_exact_ordered_and_apart(resources, text, language):
    """Whatever the text: `text[start:end]` is the figure, one ends before the next begins, ids count up."""
    found = _find(text, language, resources)
    end = 0
    for number, figure in enumerate(found, 1):
        assert text[figure.start : figure.end] == figure.text != ""
        assert figure.start >= end
        assert figure.id == f"f{number}"
        assert figure.value is None or abs(figure.value) < float("inf")
        end = figure.end


@settings(max_examples=50, deadline=None)
@given(text=texts, language=st.sampled_from(LANGUAGES))
def test_the_same_text_has_the_same_figures(resources, text, language):
    """Nothing is remembered between two texts."""
    first = _find(text, language, resources)
    _find("3 km", language, resources)
    assert _find(text, language, resources) == first


@pytest.mark.parametrize(
    "unit",
    [
        "1",
        " ",
        "1.",
        "1,",
        "123 ",
        "one ",
        "one-",
        "a",
        "1-",
        "@",
        "million ",
        "two thousand million ",
        "5 million million ",
        "1 in ",
        "\n",
    ],
)
@pytest.mark.parametrize("language", ["en", "it", "de", "fr"])
def test_time_grows_with_the_text_not_faster(resources, unit, language):
    """Eight times the text takes about eight times as long, whatever it is made of: 64 times would be quadratic."""

    def seconds(size):
        text = unit * (size // len(unit))
        best = float("inf")
        for _ in range(3):
            started = time.process_time()
            _find(text, language, resources)
            best = min(best, time.process_time() - started)
        return best

    assert seconds(16_000) < 30 * max(seconds(2_000), 0.001)


@pytest.mark.parametrize("unit", ["1", " ", "1."])
def test_a_long_hostile_text_takes_less_than_a_second(resources, unit):
    """200 kB of digits, spaces or stops are read at once."""
    text = unit * (200_000 // len(unit))
    started = time.process_time()
    _find(text, "it", resources)
    assert time.process_time() - started < 1.0
