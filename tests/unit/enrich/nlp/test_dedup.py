"""Signatures that tell copies from other texts."""

import subprocess
import sys

from services.enrich.nlp.dedup import sign, simhash
from services.enrich.nlp.document import Document

_TEXT = (
    "The ferry company said on Tuesday that it would stop the night service between the two ports from October. "
    "Fuel had become too dear and passengers too few, a spokeswoman said. The unions called the decision a betrayal. "
    "About 120 people work on the two ships, most of them from villages near the harbour."
)


def _bits(one: str, other: str) -> int:
    return (int(one, 16) ^ int(other, 16)).bit_count()


def test_wire_copy_under_another_headline_shares_the_content_hash():
    """The title is hashed apart; case, spacing and punctuation do not count."""
    one = sign(Document(text=_TEXT, title="Ferry to stop"), None)
    other = sign(Document(text=_TEXT.replace(". ", ".\n\n").upper(), title="Night boat ends"), None)
    assert one.content_hash == other.content_hash
    assert one.title_hash != other.title_hash


def test_no_title_has_no_hash():
    """A missing title is not the same as an empty one that all articles share."""
    assert sign(Document(text=_TEXT), None).title_hash is None


def test_an_edited_copy_differs_in_few_bits_and_another_text_in_many():
    """A cut sentence moves few of the 64 bits; unrelated texts differ in about half."""
    signature = sign(Document(text=_TEXT), None).signature
    edited = sign(Document(text=_TEXT.replace("About 120", "Some 130")), None).signature
    unrelated = sign(Document(text=" ".join(reversed(_TEXT.split()))), None).signature
    assert _bits(signature, edited) <= 12
    assert _bits(signature, unrelated) > 18


def test_short_and_empty_texts_have_a_signature():
    """Fewer than three words are no reason to fail."""
    assert sign(Document(text=""), None).signature == "0" * 16
    assert simhash(["one"]) != simhash(["two"])


def test_another_process_gives_the_same_signature():
    """Nothing depends on Python's own hash, which differs from process to process."""
    code = f"from services.enrich.nlp.dedup import simhash; print(simhash({_TEXT!r}.split()))"
    runs = {
        subprocess.run(
            [sys.executable, "-c", code], env={"PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True
        ).stdout
        for seed in ("1", "2")
    }
    assert runs == {f"{simhash(_TEXT.split())}\n"}
