"""Doubts about a page as an article: behind a paywall, a front page, too short. Judges what was read, reads nothing itself."""

import re
from urllib.parse import urlsplit

from services.page.metadata import Metadata

_FRONT = re.compile(r"(?:/(?:[a-z]{2}|[a-z]{2}-[a-z]{2}|home|homepage)?)?(?:/?index\.\w{2,5})?/?", re.IGNORECASE)
# "the-mayor-said-that" or a number: an address of one article.
_OF_AN_ARTICLE = re.compile(r"\d|(?:\w+-){3}")
# So many times the article's own characters stand in links: a list of other articles.
_LINKS_OUTWEIGH = 3
_MANY_LINKED_CHARS = 2_000
_FEWEST_WORDS = 40
# Scripts without spaces; two letters stand for a word.
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")


def flags(metadata: Metadata, *, url: str | None, body: str | None) -> tuple[str, ...]:
    """Return which doubts apply; `url` is where the page was found."""
    found = {
        "paywall": metadata.is_locked,
        "homepage": _is_front(metadata, url=url or metadata.canonical_url, body=body or ""),
        "too_short": _words(body or "") < _FEWEST_WORDS,
    }
    return tuple(name for name, applies in found.items() if applies)


def _is_front(metadata: Metadata, *, url: str | None, body: str) -> bool:
    try:
        parts = urlsplit(url) if url else None
    except ValueError:
        parts = None
    if parts and not parts.query and _FRONT.fullmatch(parts.path):
        return True
    if metadata.is_article or (parts and _OF_AN_ARTICLE.search(parts.path)):
        return False
    return metadata.link_chars > max(_MANY_LINKED_CHARS, _LINKS_OUTWEIGH * len(body))


def _words(text: str) -> int:
    return len(text.split()) + len(_UNSPACED.findall(text)) // 2
