"""What becomes of an article's text before anything else looks at it."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.enrich.nlp.text import analysis_view, normalise

# Letters, and everything that is odd about text: controls, surrogates, marks that combine, spaces, line ends.
_ODD = st.text(
    alphabet=st.one_of(
        st.characters(),
        st.characters(categories=["Cs", "Cc", "Cf", "Zs", "Zl", "Zp", "Mn"]),
        st.sampled_from(" \n\r\t\u00ad\u200b\ufeff\x00\x85\x92éa.A"),
    ),
    max_size=200,
)


@given(_ODD)
def test_normalising_twice_changes_nothing_more(text):
    """What has been normalised is left alone, so that offsets survive a replay."""
    once = normalise(text)
    assert normalise(once) == once


@given(_ODD)
def test_normalised_text_can_be_written_and_compared(text):
    """The result is NFC and UTF-8, without NUL, carriage returns or three line ends in a row."""
    clean = normalise(text)
    assert unicodedata.is_normalized("NFC", clean)
    assert clean.encode().decode() == clean
    assert not set("\x00\r\ufeff\u00ad\u200b") & set(clean)
    assert "\n\n\n" not in clean
    assert clean == clean.strip()


@given(st.text())
def test_the_view_has_the_same_length(text):
    """An offset in the view is an offset in the text."""
    assert len(analysis_view(text)) == len(text)


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("a\r\nb\n\n\n\nc", "a\n\nb\n\nc"),
        ("one  two\tthree", "one two three"),
        ("wirt\u00adschaft \ufeffzero\u200bwidth", "wirtschaft zerowidth"),
        ("cafe\u0301", "café"),
        ("\ud83d\ude00 \ud83d", "😀 \ufffd"),
        ("He said \x93no\x94", "He said “no”"),
        ("86\u00a0%", "86\u00a0%"),
        ("   \n\t ", ""),
        ("می\u200cخواهم", "می\u200cخواهم"),
    ],
)
def test_each_oddity_is_handled(raw, clean):
    """Line ends, spaces, invisible characters, composition, split surrogates and misread Windows-1252."""
    assert normalise(raw) == clean


def test_wrapped_lines_become_one_paragraph():
    """Lines that a mail client wrapped are joined; a heading before them is not."""
    wrapped = (
        "A heading\n\nThe council voted on Monday to close the bridge for\n"
        "repairs that will take until the spring of next year and\nwill cost four million."
    )
    assert normalise(wrapped) == (
        "A heading\n\nThe council voted on Monday to close the bridge for "
        "repairs that will take until the spring of next year and will cost four million."
    )


def test_the_view_unifies_marks():
    """Curly and straight marks, dashes and spaces look the same to a rule."""
    assert analysis_view("«l’été» – „so“\u00a0‑ fine") == '"l\'été" - "so" - fine'
