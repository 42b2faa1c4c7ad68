"""Reads metrics as Prometheus would and answers the questions that an operator has."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import httpx
from prometheus_client.parser import text_string_to_metric_families

Labels = dict[str, str]


@dataclass(frozen=True, slots=True)
class Samples:
    """What several processes said at one moment; sums are over all of them."""

    values: tuple[tuple[str, Labels, float], ...] = ()

    def total(self, name: str, **labels: str) -> float:
        """Return the sum of a metric over all label values but the given."""
        return sum(value for _, value in self._matching(name, labels))

    def by(self, name: str, label: str) -> dict[str, float]:
        """Return the sums of a metric for each value of a label, without those that are zero."""
        sums: dict[str, float] = {}
        for found, value in self._matching(name, {}):
            if value:
                sums[found[label]] = sums.get(found[label], 0.0) + value
        return sums

    def quantile(self, name: str, q: float) -> float | None:
        """Return a quantile of a histogram in its unit, interpolated in its bucket; None without observations."""
        counts: dict[float, float] = {}
        for labels, value in self._matching(f"{name}_bucket", {}):
            bound = float(labels["le"])
            counts[bound] = counts.get(bound, 0.0) + value
        return quantile(sorted(counts.items()), q)

    def _matching(self, name: str, labels: Labels) -> Iterable[tuple[Labels, float]]:
        return (
            (found, value)
            for sample, found, value in self.values
            if sample == name and all(found.get(key) == wanted for key, wanted in labels.items())
        )


def quantile(buckets: list[tuple[float, float]], q: float) -> float | None:
    """Return a quantile from cumulative (upper bound, count) pairs, as Prometheus estimates it."""
    total = buckets[-1][1] if buckets else 0.0
    if not total:
        return None
    rank, lower, below = q * total, 0.0, 0.0
    for bound, count in buckets:
        if count >= rank:
            if math.isinf(bound):
                return lower  # all that can be said: more than this
            return lower + (bound - lower) * (rank - below) / (count - below)
        lower, below = bound, count
    return lower


async def scrape(urls: Iterable[str]) -> Samples:
    """Return what these addresses export now. Raises `httpx.HTTPError`."""
    values = []
    async with httpx.AsyncClient(trust_env=False, timeout=5) as client:
        for url in urls:
            answer = (await client.get(url)).raise_for_status()
            for family in text_string_to_metric_families(answer.text):
                values += [(sample.name, dict(sample.labels), float(sample.value)) for sample in family.samples]
    return Samples(tuple(values))
