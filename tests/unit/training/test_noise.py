"""Careless copies: names stay where they are."""

import pytest

from training.entities.corpus import Article
from training.entities.noise import EVERY, noisy

TEXT = "L’Italia, la «Roma», Groß e O’Neil.\nAnna Neri è qui: sì, a Bari. Ciao."
NAMES = frozenset({(2, 8, "LOC"), (14, 18, "ORG"), (21, 25, "PER"), (28, 34, "PER"), (36, 45, "PER"), (59, 63, "LOC")})


@pytest.mark.parametrize("number", range(0, EVERY * 3, EVERY))
def test_names_keep_their_places(number):
    """Letters are lost, doubled ("ß" in capitals) or put between."""
    article = Article("it", "x", TEXT, NAMES)
    careless = noisy(article, number)
    assert careless is not None
    assert careless.text != TEXT
    plain = str.maketrans(dict.fromkeys("'’`´ ", ""))
    before = sorted(TEXT[start:end].upper().translate(plain) for start, end, _ in NAMES)
    after = sorted(careless.text[start:end].upper().translate(plain) for start, end, _ in careless.names)
    assert before == after


def test_most_articles_have_no_careless_copy():
    """What is learnt from is mostly clean."""
    article = Article("it", "x", TEXT, NAMES)
    assert [number for number in range(EVERY * 2) if noisy(article, number)] == [0, EVERY]
