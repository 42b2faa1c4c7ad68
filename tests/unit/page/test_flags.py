"""Doubts about a page as an article."""

import pytest

from services.page.extract import extract

_TEXT = "".join(
    f"<p>The council voted on day {number} to close the old bridge for repairs until the spring.</p>"
    for number in range(6)
)
_LINKS = "".join(f'<li><a href="/{n}">Another story that one may read as well, number {n}</a></li>' for n in range(80))


def flags(*, head: str = "", body: str = f"<article>{_TEXT}</article>", url: str | None = None) -> tuple[str, ...]:
    """Return what is doubtful about a page."""
    return extract(f"<html><head><title>Bridge</title>{head}</head><body>{body}</body></html>", url=url).flags


def test_an_article_raises_no_doubt() -> None:
    """With an address or without."""
    assert flags() == flags(url="https://gazette.example/2026/bridge-to-close-for-repairs") == ()


@pytest.mark.parametrize(
    "head",
    [
        '<script type="application/ld+json">{"@type": "NewsArticle", "isAccessibleForFree": false}</script>',
        '<script type="application/ld+json">{"@type": "NewsArticle", "isAccessibleForFree": "False"}</script>',
        '<script type="application/ld+json">{"@type": "Article", "hasPart": {"isAccessibleForFree": false}}</script>',
        '<meta property="article:content_tier" content="metered">',
    ],
)
def test_a_paywall_is_what_the_page_calls_one(head) -> None:
    """For the whole article, a part of it, or after a few."""
    assert flags(head=head) == ("paywall",)


def test_a_free_article_has_none() -> None:
    """Saying that it is free is no paywall."""
    head = '<script type="application/ld+json">{"@type": "NewsArticle", "isAccessibleForFree": true}</script>'
    assert flags(head=head) == ()


@pytest.mark.parametrize("path", ["", "/", "/index.html", "/it/", "/en-gb/index.php", "/home"])
def test_a_front_page_is_known_by_its_address(path) -> None:
    """The address where the page was found, else the one that it gives."""
    assert flags(url=f"https://gazette.example{path}") == ("homepage",)
    assert flags(head=f'<link rel="canonical" href="https://gazette.example{path}">') == ("homepage",)


@pytest.mark.parametrize("path", ["/sport/bridge", "/?p=12", "/index/bridge", "/bridge.html"])
def test_other_addresses_are_no_front_pages(path) -> None:
    """However short."""
    assert flags(url=f"https://gazette.example{path}") == ()


def test_a_page_of_links_is_one_too() -> None:
    """Unless it calls itself an article, or its address is one article's."""
    body = f"<article>{_TEXT}</article><nav><ul>{_LINKS}</ul></nav>"
    assert "homepage" in flags(body=body, url="https://gazette.example/sport/")
    assert "homepage" not in flags(body=body, url="https://gazette.example/sport/the-bridge-is-closed")
    assert "homepage" not in flags(body=body, head='<meta property="og:type" content="article">')


def test_a_short_text_is_too_short() -> None:
    """Fewer than forty words, or than eighty letters where words have no spaces; nothing at all is short too."""
    assert flags(body="<article><p>The council has closed the old bridge until spring.</p></article>") == ("too_short",)
    assert flags(body="") == ("too_short",)
    assert extract("").flags == ("too_short",)
    chinese = "市议会周一投票决定关闭老桥进行维修工程预计将持续到春天。" * 4
    assert flags(body=f"<article><p>{chinese}</p></article>") == ()


def test_half_a_character_is_not_passed_on() -> None:
    """JSON can hold it and nothing can write it."""
    head = '<script type="application/ld+json">{"@type": "NewsArticle", "headline": "Bridge \\ud83d closed"}</script>'
    title = extract(f"<html><head>{head}</head><body>{_TEXT}</body></html>").title
    assert title == "Bridge ? closed"
