"""Which doubts are raised about a text."""

import pytest

from services.contract.enriched import Language
from services.enrich.nlp.document import Document
from services.enrich.nlp.quality import flag

_PARAGRAPHS = [
    f"Paragraph number {number} of the report says that the {noun} was closed on the {number}th of May, and why."
    for number, noun in enumerate(["bridge", "school", "harbour", "theatre", "market", "station"], 4)
]
_MENU = ("Home", "News", "Sport", "Weather", "Culture", "Travel", "Science", "Video", "Shop")
_TEXT = "\n\n".join(_PARAGRAPHS)


def _flags(text: str, *, tag: str = "en", confidence: float = 0.99, declared: str | None = None) -> tuple[str, ...]:
    language = Language(tag=tag, confidence=confidence)
    return flag(Document(text=text, language=language, declared_language=declared), None)


def test_an_ordinary_article_has_no_flag():
    """No doubt without a reason."""
    assert _flags(_TEXT, declared="en-GB") == ()


@pytest.mark.parametrize("joint", ["\n\n", " "])
def test_a_body_pasted_twice_is_repeated(joint):
    """Paragraph by paragraph or as one run of words."""
    assert _flags(_TEXT + joint + _TEXT) == ("repeated_body",)


def test_a_pull_quote_is_no_repetition():
    """One paragraph of six said twice is layout."""
    assert _flags(_TEXT + "\n\n" + _PARAGRAPHS[2]) == ()


def test_a_few_words_are_too_short():
    """A caption is no article."""
    assert _flags("The bridge is closed.") == ("too_short",)


def test_a_menu_is_boilerplate():
    """Short lines without stops, most of the text."""
    menu = "\n\n".join(f"{word} and more of it" for word in _MENU)
    assert "boilerplate" in _flags(menu)


@pytest.mark.parametrize(
    ("declared", "tag", "confidence", "mismatch"),
    [
        ("it", "en", 0.99, True),
        ("it", "en", 0.7, False),
        ("en-US", "en", 0.99, False),
        ("EN_us", "en", 0.99, False),
        ("no", "nb", 0.99, False),
        ("it", "und", 0.99, False),
        ("mul", "en", 0.99, False),
        (None, "en", 0.99, False),
        ("english", "en", 0.99, False),
    ],
)
def test_a_mismatch_needs_a_clear_declaration_and_a_sure_finding(declared, tag, confidence, mismatch):
    """Regional tags, close kin and unsure findings are no mismatch."""
    assert ("language_mismatch" in _flags(_TEXT, tag=tag, confidence=confidence, declared=declared)) is mismatch
