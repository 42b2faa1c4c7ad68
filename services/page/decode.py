"""From a page's bytes to its text: which encoding it is in, whatever it says. Pure; parses nothing."""

import codecs
import re

_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
# As far as browsers look for it, and some more: some put styles before it.
_META_BYTES = 4096
_META = re.compile(rb"""<meta\b[^>]{0,300}?\bcharset\s*=\s*["']?\s*([A-Za-z0-9_:.-]{2,40})|<\?xml[^>]{0,100}encoding=["']([\w.-]{2,40})""", re.IGNORECASE)  # fmt: skip
_HEADER = re.compile(r"""charset\s*=\s*["']?\s*([A-Za-z0-9_:.-]{2,40})""", re.IGNORECASE)
# Encodings of the web. Python knows others under such names, some of which run programs or make much out of little.
_KNOWN = re.compile(
    r"utf-?8|(?:iso|x-mac|koi8|windows|shift|euc|us|tis)[-_]?[\w-]+|cp?\d{3,4}|latin-?\d|big5(?:-hkscs)?"
    r"|gb(?:k|2312|18030)|ascii|ks_c_5601-1987|ms949|sjis|x-sjis|macintosh",
    re.IGNORECASE,
)
# Seven bits that switch between alphabets: they look like UTF-8, and are not.
_SWITCHING = re.compile(r"iso2022_\w+")
# What the web calls by these names is the Windows encoding that is larger.
_LATIN = frozenset({"ascii", "iso8859-1"})
_OTHERWISE = "cp1252"


def decode(page: bytes, *, content_type: str | None = None) -> str:
    """Return the text; what cannot be read becomes U+FFFD.

    A byte order mark counts most. Then bytes that are UTF-8 are UTF-8, for nothing else looks like it by chance; then
    what the server says, then what the page says, then what Europe mostly used.
    """
    for mark, encoding in _BOMS:
        if page.startswith(mark):
            return page[len(mark) :].decode(encoding, "replace")
    declared = _declared(page, content_type)
    if declared and _SWITCHING.fullmatch(declared):
        return page.decode(declared, "replace")
    try:
        return page.decode("utf-8")
    except UnicodeDecodeError:
        pass
    if declared == "utf-8":
        text = page.decode("utf-8", "replace")
        # A broken letter or two are that; where most are broken, the name is wrong.
        if 2 * text.count("\ufffd") <= sum(not character.isascii() for character in text):
            return text
    return page.decode(_OTHERWISE if declared in {None, "utf-8"} else declared, "replace")


def _declared(page: bytes, content_type: str | None) -> str | None:
    header = _HEADER.search(content_type or "")
    meta = _META.search(page[:_META_BYTES])
    names = [header[1]] if header else []
    if meta:
        names.append((meta[1] or meta[2]).decode("ascii"))
    return next((encoding for encoding in map(_encoding, names) if encoding), None)


def _encoding(name: str) -> str | None:
    if not _KNOWN.fullmatch(name):
        return None
    try:
        encoding = codecs.lookup(name).name
        "".encode(encoding)  # some that Python looks up are no encodings of text
    except LookupError:
        return None
    return _OTHERWISE if encoding in _LATIN else encoding
