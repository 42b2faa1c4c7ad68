"""Headlines in capitals are read in usual letters."""

from services.contract.enriched import Span
from services.enrich.nlp.entities.truecase import truecased
from services.enrich.nlp.tokens import tokenise


def _read(text, *, names=()):
    lines, start = [], 0
    for line in text.split("\n"):
        lines.append(Span(start=start, end=start + len(line)))
        start += len(line) + 1
    tokens = truecased(tokenise(text, lines, language="en"), names.__contains__)
    assert [text[token.start : token.end].lower() for token in tokens] == [token.text.lower() for token in tokens]
    return [token.text for token in tokens]


def test_a_shouted_line_is_respelled():
    """Names keep a capital, other words lose it; a word that the article writes elsewhere is written so."""
    text = "TRUMP MEETS NATO CHIEF BONFIGLIOLI\nNobody in the NATO knows who Bonfiglioli is."
    assert _read(text, names={"Trump"})[:5] == ["Trump", "meets", "NATO", "chief", "Bonfiglioli"]


def test_an_ordinary_line_stays():
    """An acronym or two make no headline."""
    text = "The NATO and the EU met in Rome with their friends."
    assert _read(text) == text.rstrip(".").split()
