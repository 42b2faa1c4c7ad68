"""Runs a tagger over articles whose names are known: counts, outcomes, calibration."""

from collections.abc import Mapping, Sequence
from math import exp, log1p, tanh

from services.contract.enriched import Language
from services.enrich.nlp.calibration import logit
from services.enrich.nlp.document import Degraded, Document, Skipped
from services.enrich.nlp.entities.tagging import Tagger
from services.enrich.nlp.sentences import SentenceResources, split
from training.entities.corpus import Article, Span
from training.entities.scores import Counts

# The smallest step that is tried, and what keeps a curve that nothing bends from being divided by nought.
_LEAST = 1e-4
_MOST_STEPS = 50


def tagged(article: Article, tagger: Tagger, resources: SentenceResources) -> list[tuple[Span, float]]:
    """Return what a tagger finds in an article, with its confidence; the language is given, not identified."""
    document = Document(text=article.text, language=Language(tag=article.language, confidence=1.0))
    found = tagger(document.with_field("sentences", split(document, resources)))
    if isinstance(found, Skipped):
        return []
    names = found.value if isinstance(found, Degraded) else found
    return [((name.start, name.end, str(name.type)), name.confidence) for name in names]


def measure(
    tagger: Tagger, held_out: Mapping[str, Sequence[Article]], resources: SentenceResources
) -> tuple[dict[str, Counts], list[tuple[float, bool]]]:
    """Return the counts by source, and for each finding its confidence and whether it was right."""
    counts: dict[str, Counts] = {}
    outcomes: list[tuple[float, bool]] = []
    for source, articles in held_out.items():
        counts[source] = Counts()
        for article in articles:
            found = tagged(article, tagger, resources)
            counts[source].add([span for span, _ in found], article.names)
            outcomes += [(confidence, span in article.names) for span, confidence in found]
    return counts, outcomes


def calibrate(outcomes: Sequence[tuple[float, bool]]) -> tuple[float, float]:
    """Return slope and intercept of the logistic curve from the model's probability to the share that is right.

    Platt scaling: Newton's method on the log loss, with steps halved until they help.
    """
    points = [(logit(chance), right) for chance, right in outcomes]
    curve = (1.0, 0.0)
    loss = _loss(points, curve)
    for _ in range(_MOST_STEPS):
        slope, intercept = _newton_step(points, curve)
        size = 1.0
        while size > _LEAST:
            tried = (curve[0] - size * slope, curve[1] - size * intercept)
            if (lower := _loss(points, tried)) < loss:
                break
            size /= 2
        else:
            break
        curve, loss = tried, lower
    return curve


def _loss(points: Sequence[tuple[float, bool]], curve: tuple[float, float]) -> float:
    slope, intercept = curve
    margins = ((slope * x + intercept) * (1 if right else -1) for x, right in points)
    return sum(log1p(exp(-abs(margin))) + max(-margin, 0.0) for margin in margins)


def _newton_step(points: Sequence[tuple[float, bool]], curve: tuple[float, float]) -> tuple[float, float]:
    slope, intercept = curve
    g0 = g1 = h01 = 0.0
    h00 = h11 = _LEAST
    for x, right in points:
        chance = (1 + tanh((slope * x + intercept) / 2)) / 2
        error, weight = chance - right, chance * (1 - chance)
        g0 += error * x
        g1 += error
        h00 += weight * x * x
        h01 += weight * x
        h11 += weight
    determinant = h00 * h11 - h01 * h01
    return (h11 * g0 - h01 * g1) / determinant, (h00 * g1 - h01 * g0) / determinant
