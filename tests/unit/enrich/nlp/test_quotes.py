"""Who said what, on sentences written for this: each line of the golden file holds, or says why it does not yet."""

import time
from itertools import pairwise
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
from services.enrich.steps import STEPS

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


def plain(quote: Quote) -> tuple[str, str | None]:
    """Return what the golden file says of a quotation; full stops and commas at the end are a matter of taste."""
    return quote.text.strip(" .,"), quote.speaker.name if quote.speaker else None


def test_nine_of_ten_golden_lines_hold(resources: Resources) -> None:
    """Content and speaker of every quotation, and no other quotation."""
    failed = [
        line["text"]
        for line in GOLDEN
        if [plain(quote) for quote in quotes_in(line["text"], line["language"], resources)]
        != [(quote["text"].strip(" .,"), quote["speaker"]) for quote in line["quotes"]]
    ]
    assert len(failed) <= len(GOLDEN) // 10, failed


@pytest.mark.parametrize(
    ("language", "text", "content", "name", "how"),
    [
        ("it", "“Il ponte”, ha spiegato Anna Berti, “riaprirà entro trenta giorni”.", 2, "Anna Berti", None),
        (
            "en",
            "“The old bridge has to be closed,” Anna Berger said on Monday. “It will reopen in May.”",
            2,
            "Anna Berger",
            None,
        ),
        ("en", "Anna Berger told reporters on Tuesday that the bridge would reopen in May.", 1, "Anna Berger", None),
        ("it", "Secondo Anna Berti, il ponte riaprirà entro trenta giorni.", 1, "Anna Berti", None),
        ("de", "Das Gesetz sei verfassungswidrig, sagte der Minister Karl Brandt am Montag.", 1, "Karl Brandt", None),
        ("ru", "«Мост, — сказал Иван Петров журналистам, — откроют через месяц».", 2, "Иван Петров", None),
        ("pl", "– Most otworzymy w maju – powiedział Jan Nowak.", 1, "Jan Nowak", None),
    ],
)
def test_the_ways_in_which_newspapers_quote(
    resources: Resources, language: str, text: str, content: int, name: str, how: str | None
) -> None:
    """Interrupted, resumed, reported, "according to": one quotation each, with so many spans, and who speaks."""
    (quote,) = quotes_in(text, language, resources)
    assert len(quote.spans) == content
    assert quote.speaker is not None
    assert (quote.speaker.name, quote.speaker.resolved_from) == (name, how)


def test_a_quotation_goes_on_over_paragraphs_that_open_it_again(resources: Resources) -> None:
    """It is one, whose speaker stands at its end."""
    text = "“La strada è chiusa.\n\n“La riapriremo a maggio”, ha detto il sindaco Paolo Conti."
    (quote,) = quotes_in(text, "it", resources)
    assert [text[span.start : span.end] for span in quote.spans] == ["La strada è chiusa.", "La riapriremo a maggio"]
    assert quote.speaker is not None
    assert (quote.speaker.name, quote.speaker.role) == ("Paolo Conti", "sindaco")


def test_thoughts_orders_and_questions_are_kept_apart(resources: Resources) -> None:
    """By the verb."""
    text = (
        "Anna Berger said that the bridge was closed. She believes that it will reopen in May. "
        "Tom Clark ordered the police to leave the square."
    )
    acts = [quote.act.value for quote in quotes_in(text, "en", resources)]
    assert acts == ["statement", "thought", "directive"]


def test_scare_quotes_and_titles_are_no_quotations(resources: Resources) -> None:
    """Marks alone say nothing."""
    text = (
        "La cosiddetta “zona gialla” resta chiusa al traffico. Al cinema si proietta «La dolce vita», "
        "il film del 1960, con ingresso libero."
    )
    assert quotes_in(text, "it", resources) == ()


def test_a_pronoun_and_a_dropped_subject_mean_who_spoke_before(resources: Resources) -> None:
    """With the full name, and how it was resolved."""
    text = (
        "Il ministro Carlo Bruni ha detto che il decreto è pronto. «Lo firmeremo lunedì», ha aggiunto. "
        "Poi lui ha spiegato che i fondi ci sono."
    )
    found = [quote.speaker for quote in quotes_in(text, "it", resources)]
    assert [speaker and speaker.name for speaker in found] == ["Carlo Bruni"] * 3
    assert [speaker and speaker.resolved_from for speaker in found] == [None, "dropped_subject", "pronoun"]


def test_a_title_means_who_holds_it_by_the_article_itself(resources: Resources) -> None:
    """And nobody if the article does not say who that is."""
    known = (
        "Il sindaco Paolo Conti è arrivato in piazza con la giunta. Il sindaco ha detto che il ponte è sicuro e che "
        "la strada riaprirà."
    )
    (quote,) = quotes_in(known, "it", resources)
    assert quote.speaker is not None
    assert (quote.speaker.name, quote.speaker.resolved_from) == ("Paolo Conti", "title")
    (quote,) = quotes_in("Il prefetto ha detto che il ponte è sicuro e che la strada riaprirà.", "it", resources)
    assert quote.speaker is not None
    assert (quote.speaker.name, quote.speaker.role) == (None, "prefetto")


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


@pytest.mark.parametrize("language", ["it", "de"])
@pytest.mark.parametrize(
    "unit", ['"', "( ", "1 ", "a", "“a ", ". — “", "ha detto che ", ", ha detto Anna Berti, ", "1,2-", "lui casa "]
)
def test_all_steps_take_linear_time(resources: Resources, unit: str, language: str) -> None:
    """Four times a hostile text takes about four times as long: tried up to 128,000 characters, as a megabyte was."""
    seconds = []
    for size in (32_000, 128_000):
        document = Document(
            text=(unit * (size // len(unit))).strip(),
            language=Language(tag=language, confidence=1.0),
            published_at="2025-03-12",
        )
        started = time.process_time()
        for step in STEPS:
            if step.name not in {"language", "entities", "dedup", "quality"}:
                document = document.with_field(step.assigns, value(step.run(document, resources)))
        seconds.append(time.process_time() - started)
    assert all(later < 9 * max(before, 0.2) for before, later in pairwise(seconds)), seconds


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
