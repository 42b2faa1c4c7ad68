"""What a page says about its article: in JSON-LD, else in meta elements, else in visible elements. Believes no date that has no year."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urljoin, urlsplit

from lxml.html import HtmlElement

# Types of schema.org that stand for an article; others on the page (WebSite, BreadcrumbList) describe other things.
_ARTICLE_TYPE = re.compile(r"Article$|^(?:BlogPosting|LiveBlogPosting|Report|SocialMediaPosting)$")
_MOST_NODES = 2_000
_LONGEST_JSON = 1_000_000
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*")
# "Title | Site", "Title - Site": the part after the last separator names the site.
_SITE_SUFFIX = re.compile(r"\s+[|–—·»-]\s+[^|–—·»]{2,40}$")
_BY = re.compile(r"^(?:by|di|von|par|por|door|przez|von der redaktion)\s+", re.IGNORECASE)
_AND = re.compile(r"\s*(?:,|;|\||/|\band\b|\bund\b|\be\b|\bet\b|\by\b|\bi\b|\ben\b)\s+")

_TITLES = ("og:title", "twitter:title", "dc.title", "headline")
_DATES = (
    "article:published_time", "og:published_time", "datepublished", "date", "pubdate", "publishdate", "dc.date.issued",
    "dc.date", "dcterms.created", "sailthru.date", "parsely-pub-date", "article.published", "cxenseparse:recs:publishtime",
)  # fmt: skip
_LOCKED = frozenset({"locked", "metered"})
_AUTHORS = ("author", "article:author", "parsely-author", "dc.creator", "byl", "sailthru.author")


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """The page's own words about its article."""

    title: str | None = None
    authors: tuple[str, ...] = ()
    published_at: datetime | None = None
    language: str | None = None
    canonical_url: str | None = None
    is_article: bool = False  # it calls itself one
    is_locked: bool = False  # it says that not everybody may read it
    link_chars: int = 0  # how much of what it shows stands in links


def read_metadata(tree: HtmlElement, *, url: str | None) -> Metadata:
    """Return what the page says; a field that it does not give, or gives unreadably, is empty."""
    article = next(_articles(tree), {})
    meta = _meta(tree)
    return Metadata(
        title=_title(tree, article, meta),
        authors=_authors(tree, article, meta),
        published_at=_published_at(tree, article, meta),
        language=_language(tree, article, meta),
        canonical_url=_canonical_url(tree, meta, url),
        is_article=bool(article) or "article" in meta.get("og:type", ()) or "article:published_time" in meta,
        is_locked=_is_locked(article, meta),
        link_chars=sum(len(_text(link) or "") for link in tree.iter("a")),
    )


def _articles(tree: HtmlElement) -> Iterator[dict[str, Any]]:
    for script in tree.iter("script"):
        if "ld+json" not in (script.get("type") or "").lower() or len(script.text or "") > _LONGEST_JSON:
            continue
        try:
            nodes = [json.loads(script.text or "", strict=False)]
        except (ValueError, RecursionError):
            continue
        seen = 0
        while nodes and seen < _MOST_NODES:
            node = nodes.pop(0)
            seen += 1
            if isinstance(node, list):
                nodes[:0] = node
            elif isinstance(node, dict):
                types = node.get("@type")
                if any(_ARTICLE_TYPE.search(str(name)) for name in (types if isinstance(types, list) else [types])):
                    yield node
                nodes += [value for value in node.values() if isinstance(value, dict | list)]


def _meta(tree: HtmlElement) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for element in tree.iter("meta"):
        name = element.get("property") or element.get("name") or element.get("itemprop") or element.get("http-equiv")
        content = _line(element.get("content"))
        if name and content:
            found.setdefault(name.strip().lower(), []).append(content)
    return found


def _line(value: object) -> str | None:
    # JSON can hold half a character, which can be written nowhere.
    return " ".join(value.split()).encode("utf-8", "replace").decode() or None if isinstance(value, str) else None


def _first(meta: dict[str, list[str]], names: tuple[str, ...]) -> str | None:
    return next((meta[name][0] for name in names if name in meta), None)


def _title(tree: HtmlElement, article: dict[str, Any], meta: dict[str, list[str]]) -> str | None:
    if given := _line(article.get("headline")) or _first(meta, _TITLES):
        return given
    headings = [heading for heading in map(_text, tree.iter("h1")) if heading]
    if len(headings) == 1:
        return headings[0]
    titles = [title for title in map(_text, tree.iter("title")) if title]
    return _SITE_SUFFIX.sub("", titles[0]) if titles else None


def _text(element: HtmlElement) -> str | None:
    return _line("".join(element.itertext()))


def _authors(tree: HtmlElement, article: dict[str, Any], meta: dict[str, list[str]]) -> tuple[str, ...]:
    names = _names(article.get("author")) or [name for key in _AUTHORS for name in meta.get(key, ())]
    if not names:
        names = [_text(link) or "" for link in tree.xpath("//a[@rel='author']|//*[@itemprop='author']")]
    cleaned = [
        part.strip()
        for name in names
        if "://" not in name and "@" not in name and len(name) < 200
        for part in _AND.split(_BY.sub("", name))
    ]
    return tuple(dict.fromkeys(name for name in cleaned if 2 < len(name) < 80))


def _names(value: object) -> list[str]:
    if isinstance(value, list):
        return [name for item in value[:20] for name in (_names(item) if not isinstance(item, list) else [])]
    if isinstance(value, dict):
        value = value.get("name")
        if isinstance(value, list):
            return [name for name in map(_line, value[:20]) if name]
    name = _line(value)
    return [name] if name else []


def _published_at(tree: HtmlElement, article: dict[str, Any], meta: dict[str, list[str]]) -> datetime | None:
    candidates = [article.get("datePublished"), article.get("dateCreated")]
    candidates += [value for name in _DATES for value in meta.get(name, ())]
    candidates += [
        element.get("datetime") or element.get("content") for element in tree.xpath("//*[@itemprop='datePublished']")
    ]
    candidates += [
        element.get("datetime") for element in tree.xpath("(//article//time|//header//time|//main//time)[1]")
    ]
    return next((time for time in map(_time, candidates) if time), None)


def _time(value: object) -> datetime | None:
    text = _line(value)
    if not text:
        return None
    try:
        time = datetime.fromisoformat(text)
        return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _language(tree: HtmlElement, article: dict[str, Any], meta: dict[str, list[str]]) -> str | None:
    declared = (
        tree.get("lang"),
        article.get("inLanguage"),
        _first(meta, ("og:locale", "content-language", "language")),
    )
    tags = (tag.strip().replace("_", "-") for tag in declared if isinstance(tag, str))
    return next((tag for tag in tags if _LANGUAGE.fullmatch(tag)), None)


def _is_locked(article: dict[str, Any], meta: dict[str, list[str]]) -> bool:
    parts = article.get("hasPart")
    said = [article, *(parts if isinstance(parts, list) else [parts])]
    if any(isinstance(part, dict) and str(part.get("isAccessibleForFree")).lower() == "false" for part in said):
        return True
    return any(tier.lower() in _LOCKED for tier in meta.get("article:content_tier", ()))


def _canonical_url(tree: HtmlElement, meta: dict[str, list[str]], url: str | None) -> str | None:
    links = [link.get("href") for link in tree.iter("link") if "canonical" in (link.get("rel") or "").lower().split()]
    for link in (*links, *meta.get("og:url", ())):
        try:
            absolute: str = urljoin(url or "", (link or "").strip())
            parts = urlsplit(absolute)
            if parts.scheme in {"http", "https"} and parts.hostname and not re.search(r"\s", absolute):
                return absolute
        except ValueError:
            continue
    return None
