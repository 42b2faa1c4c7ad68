"""From text to what is asked of whom: strict where parsers differ, for what one checks and another uses is a hole.

Pure: resolves nothing. Does not say whether a host may be asked; `door` does, when it knows the address.
"""

import re
import unicodedata
from dataclasses import dataclass
from urllib.parse import quote, urljoin

import idna

from services.fetch.addresses import parse as parse_address
from services.fetch.trouble import FetchError, Trouble

LONGEST_URL = 8_000
_PORTS = {"http": 80, "https": 443}
_URL = re.compile(
    r"(?P<scheme>https?)://(?P<authority>[^/?#]*)(?P<path>[^?#]*)(?P<query>\?[^#]*)?(?:#.*)?", re.IGNORECASE
)
_AUTHORITY = re.compile(r"(?:\[(?P<six>[0-9A-Fa-f:.]+)\]|(?P<name>[^:\[\]]+))(?::(?P<port>[0-9]{1,5}))?")
# Underscores are in no standard and in many hosts of blogs.
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
# Such an end makes some parsers read the whole as an IPv4 address: 2130706433, 0177.1, 0x7f.1, 127.1.
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
# Control characters, tab and line breaks, which some parsers drop; and the backslash, which some take for a slash.
_TREACHEROUS = re.compile(r"[\x00-\x1f\x7f-\x9f\\\u2028\u2029\ud800-\udfff]")
# What stays as it is in a path or a query; what is written as % and two digits is left so.
_SAFE = "%/:@!$&'()*+,;=~-._?[]|"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Whom to ask, and what."""

    scheme: str
    host: str  # ASCII, lower case; an IPv6 address without brackets
    port: int
    path: str  # with the query

    @property
    def authority(self) -> str:
        """Host and port, as the Host header has them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        """The address as text, always written the same way."""
        return f"{self.scheme}://{self.authority}{self.path}"


def read(url: str) -> Target:
    """Return what a URL asks of whom. Raises `FetchError`."""
    text = url.strip(" ")
    if len(text) > LONGEST_URL:
        raise _bad(f"the URL has more than {LONGEST_URL:,} characters")
    if _TREACHEROUS.search(text):
        raise _bad(f"the URL has a control character or a backslash: {text!r:.200}")
    match = _URL.fullmatch(text)
    if not match:
        raise _bad(f"no http or https URL: {text!r:.200}")
    if "@" in match["authority"]:
        # Not repeated: it may be somebody's password.
        raise _bad("the URL has a user or a password before its host")
    scheme = match["scheme"].lower()
    authority = _AUTHORITY.fullmatch(match["authority"])
    if not authority:
        raise _bad(f"no host in {text!r:.200}")
    port = int(authority["port"] or _PORTS[scheme])
    if not 0 < port < 65536:
        raise _bad(f"no port: {port}")
    host = _six(authority["six"]) if authority["six"] else _name(authority["name"])
    path = quote((match["path"] or "/") + (match["query"] or ""), safe=_SAFE)
    return Target(scheme=scheme, host=host, port=port, path=path)


def follow(target: Target, location: str) -> Target:
    """Return where a redirect leads. Raises `FetchError`."""
    if _TREACHEROUS.search(location) or len(location) > LONGEST_URL:
        raise _bad(f"redirected to what is no URL: {location!r:.200}")
    try:
        joined = urljoin(target.url, location.strip(" "))
    except ValueError:
        raise _bad(f"redirected to what is no URL: {location!r:.200}") from None
    found = read(joined)
    if target.scheme == "https" and found.scheme != "https":
        raise FetchError(Trouble.INSECURE_REDIRECT, f"redirected from https to {found.url}")
    return found


def _six(text: str) -> str:
    address = parse_address(text)
    if address is None or address.version != 6:
        raise _bad(f"no IPv6 address: [{text}]")
    return str(address)


def _name(text: str) -> str:
    host = text.lower() if text.isascii() else _ascii(text)
    labels = host.split(".")
    if _NUMBER.fullmatch(labels[-1]):
        # Only as four decimal numbers does everybody read the same.
        if (address := parse_address(host)) is not None and text.isascii():
            return str(address)
        raise _bad(f"an address in an odd form: {text!r}")
    if len(host) > 253 or not all(map(_LABEL.fullmatch, labels)):
        raise _bad(f"no host: {text!r:.200}")
    return host


def _ascii(text: str) -> str:
    # Strict: no other dots than ".", no digits in circles, nothing that looks like another letter to a mapping.
    try:
        return idna.encode(unicodedata.normalize("NFC", text.lower()), strict=True, std3_rules=True).decode("ascii")
    except (idna.IDNAError, UnicodeError):
        raise _bad(f"no host: {text!r:.200}") from None


def _bad(detail: str) -> FetchError:
    return FetchError(Trouble.BAD_URL, detail)
