"""Measures check-worthiness on sentences labelled for it: the weights that are shipped, as `training/fit_claims.py` does."""

import tomllib
from pathlib import Path

from bench.quality.markdown import not_measured, table
from services.enrich.resources import Resources
from training.fit_claims import LEXICONS, Labelled, Lexicons, auc, average_precision, cut, scores

_WORTHY = "checkworthy.en.dev.tsv"
_OBJECTIVE = tuple(f"subjectivity.{language}.dev_test.tsv" for language in ("it", "en", "de"))
_THRESHOLDS = (0.2, 0.3, 0.4, 0.5)


def section(data: Path, resources: Resources) -> str:
    """Return the tables: ranking by set, and what is kept at some thresholds."""
    del resources  # features are found without an article: see training/fit_claims.py
    folder = data / "claims"
    if missing := [f"claims/{name}" for name in (_WORTHY, *_OBJECTIVE) if not (folder / name).exists()]:
        return not_measured(
            missing,
            corpus="CLEF CheckThat! 2024 task 1 (check-worthiness) and 2025 task 1 (subjectivity)",
            origin="github.com/badaa002/Multilingual-Check-worthiness-Estimation-in-Text and "
            "github.com/MatteoFasulo/clef2025-checkthat",
        )
    lexicons = Lexicons()
    weights = tomllib.loads((LEXICONS / "und" / "claims.toml").read_text("utf-8"))["weights"]
    sets = [lexicons.read(folder / name) for name in (_WORTHY, *_OBJECTIVE)]
    return "\n".join((_ranking(sets, weights), _thresholds(sets[0], weights)))


def _ranking(sets: list[Labelled], weights: dict[str, float]) -> str:
    head = ("sentences of", "number", "positive", "average precision", "AUC")
    rows = []
    for labelled in sets:
        likely = scores(labelled, weights)
        rows.append(
            (
                labelled.name,
                len(likely),
                f"{labelled.labels.mean():.3f}",
                f"{average_precision(labelled.labels, likely):.3f}",
                f"{auc(labelled.labels, likely):.3f}",
            )
        )
    return (
        "Positive is *check-worthy* in the first set, *objective* in the others, which the score is not made for: a high "
        "AUC there says that opinions rank low. Guessing has an average precision of the share of positives and an AUC "
        "of 0.5. How much subjectivity weighs in training was chosen on the first set.\n\n" + table(head, rows)
    )


def _thresholds(labelled: Labelled, weights: dict[str, float]) -> str:
    likely = scores(labelled, weights)
    rows = (
        (f"{threshold}", *(f"{figure:.3f}" for figure in cut(labelled.labels, likely, threshold)))
        for threshold in _THRESHOLDS
    )
    head = ("check-worthiness from", "kept", "precision", "recall", "F1")
    return f"{labelled.name}, if only sentences above a threshold are kept:\n\n{table(head, rows)}"
