"""Who said what, on sentences written for this: each line of the golden file holds, or says why it does not yet."""

import time
from pathlib import Path

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.contract.enriched import Attribution, Language, Quote
from services.enrich.nlp import entities, sentences
from services.enrich.nlp.document import Degraded, Document, Skipped
from services.enrich.nlp.quotes import find
from services.enrich.resources import Resources

FILE = Path(__file__).parents[3] / "golden" / "quotes.jsonl"
GOLDEN = [orjson.loads(line) for line in FILE.read_bytes().splitlines()]


def quotes_in(text: str, language: str, resources: Resources) -> tuple[Quote, ...]:
    """Return the quotations in a text of a known language, after the steps that they build on."""
    document = Document(text=text, language=Language(tag=language, confidence=1.0))
    for name, step in (("sentences", sentences.split), ("entities", entities.find)):
        document = document.with_field(name, value(step(document, resources)))
    return value(find(document, resources))


def value(result):
    """Return what a step found."""
    match result:
        case Skipped():
            return ()
        case Degraded(found, _):
            return found
        case _:
            return result


def plain(quote: Quote) -> tuple[str, str | None, str]:
    """Return what the golden file says of a quotation; full stops and commas at the end are a matter of taste."""
    return quote.text.strip(" .,"), quote.speaker.name if quote.speaker else None, quote.type.value


@pytest.mark.parametrize("line", GOLDEN, ids=lambda line: f"{line['language']}: {line['text'][:50]}")
def test_a_golden_line(resources: Resources, line) -> None:
    """Content, speaker and type of every quotation, and no other quotation; known failures fail as they are known to."""
    expected = [(quote["text"].strip(" .,"), quote["speaker"], quote["type"]) for quote in line["quotes"]]
    found = [plain(quote) for quote in quotes_in(line["text"], line["language"], resources)]
    if "known_failure" in line:
        assert found != expected, "it works now: remove known_failure"
    else:
        assert found == expected


def test_most_golden_lines_hold() -> None:
    """The known failures are a few, not the rule."""
    assert sum("known_failure" in line for line in GOLDEN) <= len(GOLDEN) // 10


def test_a_language_without_words_gets_its_quotations_without_speakers(resources: Resources) -> None:
    """Swedish is outside the ten: never a guess dressed as a fact."""
    (quote,) = quotes_in("”Vi öppnar bron igen om trettio dagar”, säger Anna Berg.", "sv", resources)
    assert (quote.text, quote.speaker, quote.attribution) == (
        "Vi öppnar bron igen om trettio dagar",
        None,
        Attribution.NONE,
    )


MARKS = "“”„«»‹›\"'‘’—–-.,:!?… \n"


@given(
    st.text(st.sampled_from(MARKS + "aAbBéяЯ сказал said ha detto"), max_size=300),
    st.sampled_from(["it", "en", "ru", "xx"]),
)
@settings(max_examples=300, deadline=None)
def test_any_marks_give_exact_and_ordered_spans(resources: Resources, text: str, language: str) -> None:
    """Whatever stands there, nothing raises, and every span is the text it says."""
    found = quotes_in(text, language, resources)
    for quote in found:
        assert " ".join(text[span.start : span.end] for span in quote.spans) == quote.text
        assert all(before.end <= after.start for before, after in zip(quote.spans, quote.spans[1:], strict=False))
        if quote.cue:
            assert text[quote.cue.start : quote.cue.end] == quote.cue.text
        if quote.speaker:
            assert text[quote.speaker.start : quote.speaker.end] == quote.speaker.text
    assert [quote.id for quote in found] == [f"q{number}" for number in range(1, len(found) + 1)]


@pytest.mark.parametrize(
    "unit",
    [
        "“",
        "”",
        "«»",
        '" ',
        "— A ",
        "a ",
        "ha detto che ",
        "“Aa bb cc dd ee ff” ",
        "X said ",
        ", ha detto Anna Berti, ",
        "Al-",
        "漢字",
        "Anna Berti ha detto che viene. ",
        "Aa Bb ",
    ],
)
def test_time_grows_with_the_text_only(resources: Resources, unit: str) -> None:
    """A hostile text of 50,000 characters takes seconds at most: no step may be quadratic."""
    document = Document(text=(unit * (50_000 // len(unit))).strip(), language=Language(tag="it", confidence=1.0))
    document = document.with_field("sentences", sentences.split(document, resources))
    started = time.perf_counter()
    find(document, resources)
    assert time.perf_counter() - started < 5.0
