"""What people see: the telling quotes first, relations between articles, lines that fit."""

import io
from datetime import UTC, datetime

import pytest
from rich.cells import cell_len
from rich.console import Console

from services.contract.article import Source
from services.contract.enriched import (
    Attribution,
    Dedup,
    EnrichedArticleV1,
    Provenance,
    Quote,
    QuoteType,
    Span,
    Speaker,
)
from services.local.demo import Enriched, Outcome
from services.local.show import best_quotes, show_outcome

LONG = "We will rebuild the bridge before the end of the year, whatever it costs"


def make_quote(text=LONG, *, name="Maria Rossi", type=QuoteType.DIRECT, start=0, confidence=0.9):
    """Return a quotation."""
    speaker = Speaker(name=name, text=name or "she", start=0, end=1, confidence=1.0)
    return Quote(
        id="q1",
        type=type,
        text=text,
        spans=(Span(start=start, end=start + len(text)),),
        speaker=speaker,
        attribution=Attribution.EXPLICIT,
        confidence=confidence,
    )


def make_enriched(*, article_id="a", title="A title", content_hash="x", **changes):
    """Return an article that came out."""
    event = EnrichedArticleV1(
        article_id=article_id,
        version=1,
        source=Source(),
        title=title,
        published_at_quality="missing",
        accepted_at=datetime(2026, 3, 12, tzinfo=UTC),
        dedup=Dedup(content_hash=content_hash, title_hash=None, signature="0"),
        provenance=Provenance(channel="http", raw_topic="raw", raw_partition=0, raw_offset=0),
        **({"action": "add", "status": "usable"} | changes),
    )
    return Enriched("a.json", event, b"{}", 0.5)


def shown(*articles, width=100):
    """Return what is printed for these articles."""
    out = Console(file=io.StringIO(), width=width)
    show_outcome(out, Outcome(submitted=len(articles), enriched=list(articles)))
    return out.file.getvalue()


@pytest.mark.parametrize(
    "worse",
    [
        make_quote(name=None),
        make_quote(type=QuoteType.INDIRECT),
        make_quote("Yes"),
        make_quote(LONG * 9),
        make_quote(confidence=0.3),
    ],
    ids=["unknown speaker", "indirect", "short", "long", "unsure"],
)
def test_the_best_quote_is_named_direct_of_some_length_and_sure(worse):
    """In this order of weight."""
    best = make_quote(start=500)
    assert best_quotes([worse, best], 1) == [best]


def test_quotes_keep_the_articles_order():
    """The best ones, as they are read."""
    first, second = make_quote(start=10, confidence=0.5), make_quote(start=90)
    assert best_quotes([second, first], 2) == [first, second]


def test_the_speaker_stands_before_the_words():
    """Who said what."""
    output = " ".join(shown(make_enriched(quotes=(make_quote(),))).split())
    assert f"#1 Maria Rossi: “{LONG}”" in output


def test_copies_point_to_each_other():
    """The same content from two sources."""
    output = shown(
        make_enriched(article_id="a"), make_enriched(article_id="b"), make_enriched(article_id="c", content_hash="y")
    )
    assert output.count("same text as #2") == 1
    assert output.count("same text as #1") == 1


def test_a_retraction_says_what_it_retracts_and_a_correction_what_it_corrects():
    """By the number in the table."""
    output = shown(
        make_enriched(article_id="other", content_hash="1"),
        make_enriched(content_hash="2"),
        make_enriched(content_hash="3", action="replace"),
        make_enriched(content_hash="4", action="retract", status="canceled"),
    )
    assert "new version of #2" in output
    assert "canceled: retracts #3" in output


@pytest.mark.parametrize("width", [80, 100, 140])
def test_no_line_is_wider_than_the_terminal(width):
    """Whatever a title holds: long words, wide characters, right-to-left."""
    titles = ("x" * 400, "漢" * 200, "عمّان تبدأ " * 30, "[red]not markup[/red]")
    output = shown(*(make_enriched(title=title, quotes=(make_quote(title),)) for title in titles), width=width)
    assert max(map(cell_len, output.splitlines())) <= width
    assert "[red]not markup" in output
