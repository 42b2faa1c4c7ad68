"""Who an article is: canonical addresses, content hashes and the id derived from them.

The id is derived, never random, so that sending an article twice is an upsert and not a second article.
"""

import hashlib
import re
import unicodedata
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit
from uuid import UUID, uuid5

from services.contract.article import ArticleV1

# Changing it gives every article a new id.
NAMESPACE = UUID("6c0b8e1a-6f1b-5a54-9b37-3d5f1d7f4c11")

_ALPHANUMERIC = re.compile(r"[^\W_]+")  # as `str.isalnum`
# Parameters that say how a reader came, not what is read. Prefixes first, whole names second.
_TRACKING_PREFIXES = ("utm_", "mc_", "pk_", "piwik_", "at_", "hsa_", "_hs", "vero_", "oly_")
_TRACKING_NAMES = frozenset(
    {
        *("fbclid", "gclid", "gclsrc", "dclid", "gbraid", "wbraid", "msclkid", "yclid", "twclid", "ttclid", "srsltid"),
        *("igshid", "igsh", "mkt_tok", "s_cid", "cmpid", "ncid", "wt_mc", "xtor", "ocid", "ref_src", "ref_url", "spm"),
        *("_ga", "_gl"),
    }
)
_DEFAULT_PORTS = {"http": 80, "https": 443}


def canonical_url(url: str) -> str:
    """Return the address with everything removed that does not change what is read.

    Scheme https, host lower case and IDNA, no default port, user, fragment, tracking parameter or final slash;
    percent-encoding in one form. Raises `ValueError` if `url` is no address at all.
    """
    parts = urlsplit(url.strip())
    host = (parts.hostname or "").rstrip(".")
    if not host:
        raise ValueError(f"no host in {url!r}")
    try:
        host = host.encode("idna").decode("ascii") if not host.isascii() else host
    except UnicodeError:
        host = quote(host, safe="")
    if ":" in host:
        host = f"[{host}]"
    port = parts.port
    if port and port != _DEFAULT_PORTS.get(parts.scheme.lower()):
        host = f"{host}:{port}"
    query = [
        (name, value)
        for name, value in parse_qsl(parts.query, keep_blank_values=True)
        if not (lowered := name.lower()).startswith(_TRACKING_PREFIXES) and lowered not in _TRACKING_NAMES
    ]
    path = quote(parts.path, safe="/%:@!$&'()*+,;=~-._") or "/"
    return urlunsplit(("https", host, path.rstrip("/") or "/", urlencode(query), ""))


def normalised(text: str) -> str:
    """Return `text` as hashes see it: NFKC, case folded, only letters and digits, single spaces."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(_ALPHANUMERIC.findall(folded))


def content_hash(*texts: str | None) -> str:
    """Return the SHA-256 of the texts, hexadecimal, the same under changes of case, spacing and punctuation."""
    return hashlib.sha256("\n".join(normalised(text or "") for text in texts).encode()).hexdigest()


def article_id(article: ArticleV1, *, key: bytes | None = None) -> UUID:
    """Return the article's id.

    In this order: the id it names itself; (source, producer's own id); its canonical address; the Kafka key, if
    that is an id; its content. Raises `ValueError` for a retraction that none of the first four identifies.
    """
    if article.article_id:
        return article.article_id
    if article.producer_article_id:
        return uuid5(NAMESPACE, f"producer\n{article.source.key}\n{article.producer_article_id}")
    if article.url:
        return uuid5(NAMESPACE, f"url\n{canonical_url(article.url)}")
    if key and (named := _as_uuid(key)):
        return named
    if not (article.body or article.html):
        raise ValueError("nothing identifies the article to retract: give article_id, producer_article_id or url")
    return uuid5(NAMESPACE, f"content\n{content_hash(article.title, article.body or article.html)}")


def _as_uuid(key: bytes) -> UUID | None:
    try:
        return UUID(key.decode("ascii"))
    except ValueError:
        return None
