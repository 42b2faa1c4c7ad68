"""What a model's probability means: the share that is right of findings that have it, by a logistic curve (Platt 1999)."""

from dataclasses import dataclass
from math import exp, log

_LEAST = 1e-4


@dataclass(frozen=True, slots=True)
class Curve:
    """Logit of the share that is right = slope × logit of the model's probability + intercept."""

    slope: float = 1.0
    intercept: float = 0.0

    def __call__(self, probability: float) -> float:
        """Return the share that is right."""
        return 1 / (1 + exp(-(self.slope * logit(probability) + self.intercept)))


def logit(probability: float) -> float:
    """Return the logarithm of the odds, which is what calibration is linear in; bounded."""
    bounded = min(max(probability, _LEAST), 1 - _LEAST)
    return log(bounded / (1 - bounded))


AS_IS = Curve()
