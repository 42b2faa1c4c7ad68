"""How well names are found: exact span and kind."""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from training.entities.corpus import KINDS, Span


@dataclass(slots=True)
class Counts:
    """Right, found and true names, by kind."""

    right: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    true: Counter[str] = field(default_factory=Counter)

    def add(self, found: Collection[Span], true: Collection[Span]) -> None:
        """Count the names of one article."""
        self.right.update(kind for _, _, kind in set(found) & set(true))
        self.found.update(kind for _, _, kind in found)
        self.true.update(kind for _, _, kind in true)

    def f1(self, kinds: Iterable[str] = KINDS) -> float:
        """Return the harmonic mean of precision and recall over these kinds."""
        right, found, true = self._sums(kinds)
        return 2 * right / ((found + true) or 1)

    def precision(self) -> float:
        """Return the share of the found names that are right."""
        right, found, _ = self._sums(KINDS)
        return right / (found or 1)

    def recall(self) -> float:
        """Return the share of the true names that were found."""
        right, _, true = self._sums(KINDS)
        return right / (true or 1)

    def as_dict(self) -> dict[str, float | int]:
        """Return the figures that the model card has."""
        figures = {kind: round(self.f1([kind]), 3) for kind in KINDS if self.true[kind]}
        return {
            "names": sum(self.true.values()),
            "precision": round(self.precision(), 3),
            "recall": round(self.recall(), 3),
            "f1": round(self.f1(), 3),
            **figures,
        }

    def _sums(self, kinds: Iterable[str]) -> tuple[int, int, int]:
        wanted = list(kinds)
        right, found, true = (sum(counter[kind] for kind in wanted) for counter in (self.right, self.found, self.true))
        return right, found, true
