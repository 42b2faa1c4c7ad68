"""From a page's HTML to its article. Fetches nothing, follows nothing, and makes up nothing that the page does not say.

Finding the text among menus and banners is trafilatura's work; what the page says about itself is in `metadata`.
"""

import re
from dataclasses import dataclass
from datetime import datetime

import lxml.html
import trafilatura
from lxml.etree import LxmlError
from lxml.html import HtmlElement, HTMLParser

from services.page.flags import flags
from services.page.metadata import Metadata, read_metadata

# A news page has 100 kB to 1 MB; what is longer is cut before it is parsed.
MAX_HTML_CHARS = 4_000_000
# trafilatura's time grows faster than the page; such a page holds a list of everything, not an article.
MAX_ELEMENTS = 50_000
# The parser compares each attribute of an element with every other: 100,000 take a minute, 10,000 half a second.
_LONG_TAG = re.compile(r"<[A-Za-z][^>]{4000,}")
_MOST_ATTRIBUTES = 10_000
# An article has a longer line than this; where there is none the extractor has fallen back on a menu.
_SHORTEST_LINE = 30
# Before lxml sees a declaration, which it would refuse in text that is already decoded.
_XML_DECLARATION = re.compile(r"^\s*<\?xml[^>]{0,200}\?>")
# What XML forbids, and lxml with it.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


class PageError(ValueError):
    """Raised when the page cannot be read at all: the producer's fault."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageArticle:
    """What a page says about its article. `body` is None where no article was found."""

    title: str | None = None
    authors: tuple[str, ...] = ()
    published_at: datetime | None = None
    language: str | None = None
    canonical_url: str | None = None
    body: str | None = None
    flags: tuple[str, ...] = ()


def extract(html: str, *, url: str | None = None) -> PageArticle:
    """Return the article of a page, paragraphs separated by an empty line. Raises `PageError` and nothing else."""
    tree = _parse(html)
    if tree is None:
        return PageArticle(flags=flags(Metadata(), url=url, body=None))
    metadata = read_metadata(tree, url=url)
    body = _body(tree, metadata)
    return PageArticle(
        title=metadata.title,
        authors=metadata.authors,
        published_at=metadata.published_at,
        language=metadata.language,
        canonical_url=metadata.canonical_url,
        body=body,
        flags=flags(metadata, url=url, body=body),
    )


def _parse(html: str) -> HtmlElement | None:
    text = _FORBIDDEN.sub(" ", _XML_DECLARATION.sub("", html[:MAX_HTML_CHARS]))
    if not text.strip():
        return None
    if any(len(tag[0].split(None, _MOST_ATTRIBUTES)) > _MOST_ATTRIBUTES for tag in _LONG_TAG.finditer(text)):
        raise PageError(f"an element has more than {_MOST_ATTRIBUTES} attributes")
    # Not a huge tree: the parser's own limits on depth and size hold.
    parser = HTMLParser(encoding="utf-8", huge_tree=False, remove_comments=True, remove_pis=True)
    try:
        tree = lxml.html.document_fromstring(text.encode(), parser=parser)
    except (LxmlError, ValueError, RecursionError) as error:
        raise PageError(f"the page cannot be parsed: {type(error).__name__}") from None
    return tree if isinstance(tree, HtmlElement) else None


def _body(tree: HtmlElement, metadata: Metadata) -> str | None:
    if sum(1 for _ in tree.iter()) > MAX_ELEMENTS:
        raise PageError(f"the page has more than {MAX_ELEMENTS} elements")
    try:
        found = trafilatura.bare_extraction(
            tree,
            include_comments=False,
            include_tables=False,
            include_formatting=False,
            with_metadata=False,
        )
    except Exception as error:  # noqa: BLE001 - whatever breaks inside the extractor, it is this page that broke it
        raise PageError(f"the page cannot be read: {type(error).__name__}") from None
    text = getattr(found, "text", None) or ""
    paragraphs = [line.strip() for line in text.split("\n") if line.strip()]
    if all(len(paragraph) < _SHORTEST_LINE for paragraph in paragraphs):
        return None
    if metadata.title and paragraphs[0] == metadata.title:
        del paragraphs[0]
    return "\n\n".join(paragraphs) or None
