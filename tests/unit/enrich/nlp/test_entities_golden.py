"""Hand-written noisy news in ten languages: names are still found, and gathered into entities.

The floors lie a little under what is measured (docs/reference/quality.md): they catch what breaks, not what wobbles.
"""

import pytest

from training.entities.evaluate import GOLDEN, golden
from training.entities.marked import read_marked

FLOORS = {
    # language: names found (F1), grouping of the true names (B³ F1)
    "de": (0.83, 0.96),
    "en": (0.79, 0.96),
    "es": (0.79, 0.96),
    "fr": (0.85, 0.96),
    "it": (0.80, 0.97),
    "nl": (0.80, 0.96),
    "pl": (0.80, 0.96),
    "pt": (0.81, 0.96),
    "ru": (0.82, 0.96),
    "uk": (0.70, 0.96),
}


@pytest.fixture(scope="module")
def scores(resources):
    """Return the scores of all languages."""
    return golden(resources)


def test_the_set_is_as_large_as_it_should_be():
    """Three hundred names in Italian, sixty in each other language."""
    names: dict[str, int] = {}
    for article in read_marked(GOLDEN):
        names[article.language] = names.get(article.language, 0) + len(article.entities)
    assert set(names) == set(FLOORS)
    assert names.pop("it") >= 300
    assert min(names.values()) >= 60


@pytest.mark.parametrize("language", sorted(FLOORS))
def test_names_are_found_in_noise_and_gathered(language, scores):
    """Exact span and kind; B-cubed of the grouping."""
    counts, given, _ = scores[language]
    found, grouping = FLOORS[language]
    assert counts.f1() >= found
    assert given.scores()[2] >= grouping
