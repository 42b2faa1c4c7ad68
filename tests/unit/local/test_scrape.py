"""Quantiles and sums from what /metrics says."""

import math

import pytest

from services.local.scrape import Samples, quantile


@pytest.mark.parametrize(
    ("q", "seconds"),
    [(0.5, 1.0), (0.25, 0.5), (0.75, 2.0), (0.95, 2.8)],
)
def test_a_quantile_is_interpolated_in_its_bucket(q, seconds):
    """As Prometheus' histogram_quantile does: ten observations up to 1, ten from 1 to 3."""
    assert quantile([(1.0, 10.0), (3.0, 20.0), (math.inf, 20.0)], q) == pytest.approx(seconds)


def test_beyond_the_last_bucket_only_its_bound_is_known():
    """More than that cannot be said."""
    assert quantile([(1.0, 0.0), (math.inf, 5.0)], 0.5) == 1.0


def test_without_observations_there_is_no_quantile():
    """Rather than a zero."""
    assert quantile([(1.0, 0.0), (math.inf, 0.0)], 0.5) is None
    assert quantile([], 0.5) is None


def test_sums_are_over_all_processes():
    """Two workers' counters are one number."""
    samples = Samples((("c", {"outcome": "ok"}, 2.0), ("c", {"outcome": "ok"}, 3.0), ("c", {"outcome": "error"}, 0.0)))
    assert samples.total("c", outcome="ok") == 5.0
    assert samples.by("c", "outcome") == {"ok": 5.0}
