"""The text that all offsets refer to: `normalise` makes it, `analysis_view` gives rules a plainer one of the same length.

Nothing is corrected here: spelling, wrong quotation marks and missing spaces stay as the article has them.
"""

import codecs
import re
import unicodedata
from itertools import pairwise

# Bytes of Windows-1252 that were decoded as Latin-1: C1 controls, which no text contains, in place of “ ” ’ – €.
_MISREAD = {
    code: bytes([code]).decode("cp1252")
    for code in range(0x80, 0xA0)
    if code not in {0x81, 0x85, 0x8D, 0x8F, 0x90, 0x9D}
}
_LINE_ENDS = dict.fromkeys((0x0B, 0x0C, 0x0D, 0x85, 0x2028), "\n") | {0x2029: "\n\n"}
# Invisible characters that change nothing a reader sees. U+200C and U+200D stay: Persian, Hindi and emoji need them.
_INVISIBLE = (0xAD, 0x61C, 0x180E, 0x200B, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2060, 0x2070), 0xFEFF)
_CONTROLS = (*range(0x09), *range(0x0E, 0x20), 0x7F, *range(0x80, 0xA0), 0xFFFE, 0xFFFF)
_CLEANED: dict[int, str | None] = {
    **dict.fromkeys((*_CONTROLS, *_INVISIBLE)),
    **_LINE_ENDS,
    **_MISREAD,
    0x09: " ",
}

# Looked up here, because Python reads a codec's module from disk at its first use.
_UTF16 = codecs.lookup("utf-16-le")

_SPACES = re.compile(r"[^\S\n]{2,}")
_SPACE_AROUND_LINE_END = re.compile(r"[^\S\n]*\n[^\S\n]*")
_BLANK_LINES = re.compile(r"\n{2,}")

# Lines of text wrapped by a mail client or a terminal; shorter ones are headings and lists, longer ones paragraphs.
_WRAPPED = range(40, 101)
_ENDS_A_SENTENCE = re.compile(r"[.!?…:;。！？؟][\"'”’»)\]]*$")

_SINGLE_MARKS = "‘’‚‛ʼʹʻˈ′‵＇`´‹›"
_DOUBLE_MARKS = "“”„‟″‶＂«»〝〞〟「」『』"
_DASHES = "‐‑‒–—―−﹘﹣－"
_ODD_SPACES = "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
_PLAIN = str.maketrans(
    dict.fromkeys(_SINGLE_MARKS, "'")
    | dict.fromkeys(_DOUBLE_MARKS, '"')
    | dict.fromkeys(_DASHES, "-")
    | dict.fromkeys(_ODD_SPACES, " ")
)


def normalise(text: str) -> str:
    """Return `text` as `body.text`: NFC, no control or invisible characters, paragraphs separated by one empty line."""
    # Halves of a pair that JSON escapes left apart are joined; a lone half becomes U+FFFD.
    whole = text if text.isascii() else _UTF16.decode(_UTF16.encode(text, "surrogatepass")[0], "replace")[0]
    clean = unicodedata.normalize("NFC", whole.replace("\r\n", "\n").translate(_CLEANED))
    clean = _SPACES.sub(lambda run: " " if " " in run[0] else run[0][0], clean)
    clean = _SPACE_AROUND_LINE_END.sub("\n", clean).strip()
    return "\n\n".join(
        paragraph for block in _BLANK_LINES.split(clean) for paragraph in _paragraphs(block.split("\n")) if paragraph
    )


def analysis_view(text: str) -> str:
    """Return `text` with the many forms of quotes, apostrophes, dashes and spaces made one each; offsets stay valid."""
    return text.translate(_PLAIN)


def _paragraphs(lines: list[str]) -> list[str]:
    """Join the lines that were only wrapped; the others are paragraphs of their own."""
    paragraphs = lines[:1]
    is_wrapped_block = len(lines) > 2 and all(len(line) in _WRAPPED for line in lines[:-1])
    for before, line in pairwise(lines):
        goes_on = len(before) in _WRAPPED and not _ENDS_A_SENTENCE.search(before) and line[:1].islower()
        if is_wrapped_block or goes_on:
            paragraphs[-1] += " " + line
        else:
            paragraphs.append(line)
    return paragraphs
