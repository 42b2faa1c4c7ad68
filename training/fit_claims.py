"""Learn the weights of the claims' score and write them to `lexicons/und/claims.toml`. Prints how good they are.

    python -m training.fit_claims .data/claims          # learn, measure, write
    python -m training.fit_claims .data/claims --check  # measure the weights that are shipped

One logistic regression over two kinds of labelled sentences: check-worthy or not (English debates, CheckThat! 2024),
and objective or subjective (English, German and Italian news, CheckThat! 2025), each set with its own intercept, since
the share of positives differs. Only the first's is shipped: it is what "check-worthy" means.
"""

import argparse
import csv
import sys
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.contract.enriched import Language
from services.enrich.nlp import figures
from services.enrich.nlp.claims.features import features
from services.enrich.nlp.claims.lexicon import ClaimLexicon
from services.enrich.nlp.document import Document
from services.enrich.nlp.lexemes import lexemes

LEXICONS = Path(__file__).parents[1] / "services/enrich/lexicons"
Floats = NDArray[np.float64]

# How much all subjectivity sets together count beside the check-worthiness set. More of it tells opinions better and
# facts worse: from 0 to 1 the average precision on the development set falls from .870 to .846, and the AUC of objective
# against subjective rises by .04 to .06 in each language.
_SUBJECTIVITY_SHARE = 0.4
_RIDGE = 3.0
_STEPS = 50

_HEADER = """\
# Weights of the claims' score: log-odds that a sentence with this feature is worth checking. All languages share them.
# Written by training/fit_claims.py; do not edit by hand.
# Learnt from CheckThat! 2024 task 1 (English, check-worthy) and CheckThat! 2025 task 1 (subjectivity: English, German,
# Italian). Those data are CC BY-NC-SA 4.0, so these numbers are for non-commercial use; the rest of the project is not.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """Sentences of one set: which features each has, and whether it is check-worthy (or objective)."""

    name: str
    found: Sequence[frozenset[str]]
    labels: Floats


def main() -> None:
    """Learn or check, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="the CheckThat! files")
    parser.add_argument("--check", action="store_true", help="only measure the weights that are shipped")
    options = parser.parse_args()
    lexicons = Lexicons()
    folder: Path = options.folder
    if not options.check:
        train = [lexicons.read(folder / "checkworthy.en.train.tsv")]
        train += [lexicons.read(folder / f"subjectivity.{language}.train.tsv") for language in ("en", "de", "it")]
        path = LEXICONS / "und/claims.toml"
        path.write_text(_HEADER + "\n[weights]\n" + _table(fit(train)), "utf-8")
    weights = tomllib.loads((LEXICONS / "und/claims.toml").read_text("utf-8"))["weights"]
    report(lexicons.read(folder / "checkworthy.en.dev.tsv"), weights)
    for language in ("it", "en", "de"):
        held_out = lexicons.read(folder / f"subjectivity.{language}.dev_test.tsv")
        _say(f"{held_out.name}: AUC {auc(held_out.labels, scores(held_out, weights)):.3f}")


class Lexicons:
    """The figure and claim lexicons of all languages, read as the service reads them."""

    def __init__(self) -> None:
        tables = {
            name: {file.parent.name: tomllib.loads(file.read_text("utf-8")) for file in LEXICONS.glob(f"*/{name}.toml")}
            for name in ("figures", "claims")
        }
        common = tables["figures"]["und"]
        self._resources = SimpleNamespace(
            figures={
                language: figures.FigureLexicon.from_table(table, common=common)
                for language, table in tables["figures"].items()
            }
        )
        self._claims = {
            language: ClaimLexicon.from_table(table, common={}) for language, table in tables["claims"].items()
        }

    def read(self, file: Path) -> Labelled:
        """Read a file of CheckThat!, and find the features of its sentences."""
        language = file.name.split(".")[1]
        with file.open(encoding="utf-8", newline="") as lines:
            rows = [
                {name.lower(): value for name, value in row.items()} for row in csv.DictReader(lines, delimiter="\t")
            ]
        texts = [row.get("text") or row.get("sentence") or "" for row in rows]
        labels = [row.get("class_label") or row.get("label") for row in rows]
        return Labelled(
            name=file.stem,
            found=[self.features(text, language) for text in texts],
            labels=np.array([label in {"Yes", "OBJ"} for label in labels], dtype=np.float64),
        )

    def features(self, text: str, language: str) -> frozenset[str]:
        """Return the features that the service would see in this sentence, without its article."""
        document = Document(text=text, language=Language(tag=language, confidence=1.0))
        found: Any = figures.find(document, self._resources)
        names = features(lexemes(text), found, (), self._claims[language], has_entities=False)
        return names | {"quoted"} if any(mark in text for mark in '"“”«»„') else names


def fit(sets: Sequence[Labelled]) -> dict[str, float]:
    """Return bias and weights: Newton's method on the log-likelihood with a ridge."""
    names = sorted(frozenset().union(*(found for labelled in sets for found in labelled.found)))
    rows = sum(len(labelled.labels) for labelled in sets)
    matrix = np.zeros((rows, len(names) + len(sets)))
    labels = np.concatenate([labelled.labels for labelled in sets])
    importance = np.ones(rows)
    subjective = sum(len(labelled.labels) for labelled in sets[1:])
    start = 0
    for number, labelled in enumerate(sets):
        end = start + len(labelled.labels)
        matrix[start:end, len(names) + number] = 1.0
        for row, found in enumerate(labelled.found, start):
            matrix[row, [names.index(name) for name in found]] = 1.0
        if number:
            importance[start:end] = _SUBJECTIVITY_SHARE * len(sets[0].labels) / subjective
        start = end
    ridge = np.array([_RIDGE] * len(names) + [1e-6] * len(sets))
    weights = np.zeros(matrix.shape[1])
    for _ in range(_STEPS):
        likely = 1.0 / (1.0 + np.exp(-matrix @ weights))
        gradient = matrix.T @ (importance * (labels - likely)) - ridge * weights
        curvature = (matrix * (importance * likely * (1.0 - likely))[:, None]).T @ matrix + np.diag(ridge)
        weights += np.linalg.solve(curvature, gradient)
    return {"bias": float(weights[len(names)]), **dict(zip(names, map(float, weights), strict=False))}


def _table(weights: Mapping[str, float]) -> str:
    return "".join(f"{name} = {weight:.3f}\n" for name, weight in weights.items())


def scores(labelled: Labelled, weights: Mapping[str, float]) -> Floats:
    """Return the score of each sentence."""
    sums = [weights["bias"] + sum(weights.get(name, 0.0) for name in found) for found in labelled.found]
    likely: Floats = 1.0 / (1.0 + np.exp(-np.array(sums)))
    return likely


def average_precision(labels: Floats, likely: Floats) -> float:
    """Return the mean of the precision at each positive, by falling score; equal scores stay in the order of the file."""
    order = np.argsort(-likely, kind="stable")
    hits = labels[order]
    return float((np.cumsum(hits) / np.arange(1, len(hits) + 1))[hits == 1].mean())


def auc(labels: Floats, likely: Floats) -> float:
    """Return how often a positive scores above a negative; ties count half."""
    positive, negative = likely[labels == 1], likely[labels == 0]
    above = (positive[:, None] > negative[None, :]).mean() + 0.5 * (positive[:, None] == negative[None, :]).mean()
    return float(above)


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")


def cut(labels: Floats, likely: Floats, threshold: float) -> tuple[float, float, float, float]:
    """Return what share is kept from a threshold on, its precision, recall and F1."""
    kept = likely >= threshold
    precision, recall = float(labels[kept].mean()) if kept.any() else 0.0, float(labels[kept].sum() / labels.sum())
    return float(kept.mean()), precision, recall, 2 * precision * recall / ((precision + recall) or 1.0)


def report(labelled: Labelled, weights: Mapping[str, float]) -> None:
    """Print average precision, and precision and recall at some thresholds."""
    likely = scores(labelled, weights)
    _say(f"{labelled.name}: {len(likely)} sentences, {labelled.labels.mean():.1%} positive")
    _say(f"average precision {average_precision(labelled.labels, likely):.3f}, AUC {auc(labelled.labels, likely):.3f}")
    for threshold in (0.2, 0.3, 0.4, 0.5):
        share, precision, recall, f1 = cut(labelled.labels, likely, threshold)
        _say(f"  from {threshold}: keeps {share:.1%}, precision {precision:.3f}, recall {recall:.3f}, F1 {f1:.3f}")


if __name__ == "__main__":
    main()
