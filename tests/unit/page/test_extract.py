"""From a page's HTML to its article."""

import time
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.page.extract import MAX_ELEMENTS, PageArticle, PageError, extract

_PARAGRAPHS = [
    "The council voted on Monday evening to close the old bridge for repairs, which will take until the spring.",
    "“We have waited for twenty years,” said Anna Berg, the mayor. “Another winter would have been one too many.”",
    "About 4,000 cars cross the river there every day, and the nearest other crossing is nine kilometres upstream.",
]


def _page(*, head: str = "", body: str | None = None, attributes: str = "") -> str:
    article = "".join(f"<p>{paragraph}</p>" for paragraph in _PARAGRAPHS)
    return (
        f"<!DOCTYPE html><html {attributes}><head><title>Bridge to close | The Gazette</title>{head}</head><body>"
        "<nav><a href='/'>Home</a> <a href='/sport'>Sport</a></nav>"
        f"<article>{article if body is None else body}</article>"
        "<footer>All rights reserved. Cookie settings</footer></body></html>"
    )


def test_the_body_is_the_article_and_only_the_article():
    """Paragraphs are separated by an empty line; menus and footers are gone."""
    assert extract(_page(), url=None).body == "\n\n".join(_PARAGRAPHS)


def test_json_ld_is_believed_first():
    """Headline, authors and time with its zone come from there, also if nested in a graph."""
    head = """<meta property="og:title" content="Another title">
    <script type="application/ld+json">{"@graph": [{"@type": "WebSite", "name": "The Gazette"},
    {"@type": ["NewsArticle"], "headline": "Bridge to close", "datePublished": "2025-12-02T01:35:00+01:00",
     "author": [{"@type": "Person", "name": "Jane Roe"}, {"name": "By John Doe"}], "inLanguage": "en-GB"}]}</script>"""
    article = extract(_page(head=head), url=None)
    assert article.title == "Bridge to close"
    assert article.authors == ("Jane Roe", "John Doe")
    assert article.published_at == datetime(2025, 12, 2, 0, 35, tzinfo=UTC)
    assert article.language == "en-GB"


def test_meta_elements_are_next():
    """A page without JSON-LD is read by its meta elements."""
    head = """<meta property="og:title" content="  Bridge  to close "><meta name="author" content="Jane Roe and John Doe">
    <meta property="article:published_time" content="2025-12-02T08:00:00Z">"""
    article = extract(_page(head=head, attributes='lang="pt_BR"'), url=None)
    assert article.title == "Bridge to close"
    assert article.authors == ("Jane Roe", "John Doe")
    assert article.published_at == datetime(2025, 12, 2, 8, tzinfo=UTC)
    assert article.language == "pt-BR"


def test_the_title_element_loses_the_name_of_the_site():
    """The last resort is `title`, less what follows its last separator."""
    assert extract(_page(), url=None).title == "Bridge to close"


@pytest.mark.parametrize(
    ("head", "canonical"),
    [
        ('<link rel="canonical" href="/a/b?x=1">', "https://gazette.example/a/b?x=1"),
        ('<link rel="canonical" href="javascript:alert(1)">', None),
        (
            '<link rel="canonical" href="http://[bad"><meta property="og:url" content="https://g.example/c">',
            "https://g.example/c",
        ),
        ("", None),
    ],
)
def test_the_canonical_address_is_absolute_or_missing(head, canonical):
    """Relative links are resolved against the page's address, other schemes are not taken."""
    assert extract(_page(head=head), url="https://gazette.example/x").canonical_url == canonical


@pytest.mark.parametrize("date", ["yesterday", "02/12/2025", "0000-00-00", "9999-12-31T23:59:59-12:00", ""])
def test_an_unreadable_time_is_no_time(date):
    """Nothing is guessed from what is no ISO 8601 time."""
    head = f'<meta property="article:published_time" content="{date}">'
    assert extract(_page(head=head), url=None).published_at is None


@pytest.mark.parametrize("html", ["", "   ", "<html></html>", "<nav><a href='/'>Home</a></nav>"])
def test_a_page_without_article_has_no_body(html):
    """Nothing is made up, and it is no error."""
    assert extract(html, url=None).body is None


_HOSTILE = {
    "deep": "<div>" * 100_000 + "text",
    "deep inline": "<b>" * 100_000 + "text",
    "many elements": "<p>x</p>" * (MAX_ELEMENTS + 1),
    "many attributes": "<p " + " ".join(f"a{number}=1" for number in range(100_000)) + ">x</p>",
    "tables": "<table><tr><td>" * 10_000,
    "deep json": '<script type="application/ld+json">' + "[" * 50_000 + "</script><p>x</p>",
    "wide json": '<script type="application/ld+json">[' + "{}," * 100_000 + "{}]</script><p>x</p>",
    "entities": '<!DOCTYPE h [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><p>&b;</p>',
    "wrong encoding": '<?xml version="1.0" encoding="utf-16"?><html><body><p>hello</p></body></html>',
    "controls": "<p>a\x00b\ud800c\x0b</p>",
    "unclosed": "<![CDATA[ <!-- <script <p",
}


@pytest.mark.parametrize("name", _HOSTILE)
def test_a_hostile_page_is_read_or_refused_quickly(name):
    """One error, in seconds."""
    started = time.perf_counter()
    try:
        assert isinstance(extract(_HOSTILE[name], url=None), PageArticle)
    except PageError as error:
        assert str(error)
    assert time.perf_counter() - started < 5


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            ["<p>", "</p>", "<article>", "<meta name=author content=", '"', "'", "<!--", "-->", "<script type=application/ld+json>",
             "</script>", '{"@type":"NewsArticle","author":', "[", "null", "}", "text ", "<time datetime=2025>", "&#0;", "&#xD800;",
             "<link rel=canonical href=", "//[", "\ud800", "<svg>", "<html lang=1>", "<title>", "<table><tr>", "<h1>"]
        ),
        max_size=40,
    )
)  # fmt: skip
def test_no_page_raises_anything_else(parts):
    """Whatever the markup, it is an article or a `PageError`."""
    try:
        article = extract("".join(parts), url="https://gazette.example/")
    except PageError:
        return
    assert isinstance(article, PageArticle)
