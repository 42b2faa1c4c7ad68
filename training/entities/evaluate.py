"""Measures what finds the names and what gathers them, and writes it as a section of the quality page."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Protocol

import orjson

from services.contract.enriched import EntityType
from services.enrich.nlp.entities.gather import gather
from services.enrich.nlp.entities.gazetteer import Gazetteer
from services.enrich.nlp.entities.tagging import Tagged, Tagger
from services.enrich.nlp.sentences import SentenceLexicon
from training.entities.corpus import KINDS, SOURCES, Article, Span, read, split_sources, to_check
from training.entities.marked import MarkedArticle, read_marked
from training.entities.measure import measure, tagged
from training.entities.scores import Counts

GOLDEN = Path(__file__).parents[2] / "tests" / "golden" / "entities"
PERMISSIVE = Path(__file__).parent / "permissive.json"
_BINS = (0.0, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 1.0)
_OTHERS = ("da", "sv", "hr", "sk", "sr")


class EvaluationResources(Protocol):
    """What is measured."""

    @property
    def tagger(self) -> Tagger:
        """Finds the names."""

    @property
    def gazetteer(self) -> Gazetteer:
        """Places."""

    @property
    def sentences(self) -> Mapping[str, SentenceLexicon]:
        """Abbreviations by language."""


@dataclass(slots=True)
class Grouping:
    """B-cubed counts: how pure the entities are (precision), how much of each is together (recall)."""

    precision: float = 0.0
    recall: float = 0.0
    found: int = 0
    true: int = 0

    def add(self, guess: Mapping[Span, str], truth: Mapping[Span, str]) -> None:
        """Count one article; a name that was not found lowers the recall, one that is none the precision."""
        for span in guess.keys() & truth.keys():
            mine = {other for other, id in guess.items() if id == guess[span]}
            theirs = {other for other, id in truth.items() if id == truth[span]}
            self.precision += len(mine & theirs) / len(mine)
            self.recall += len(mine & theirs) / len(theirs)
        self.found += len(guess)
        self.true += len(truth)

    def scores(self) -> tuple[float, float, float]:
        """Return precision, recall and F1."""
        precision, recall = self.precision / (self.found or 1), self.recall / (self.true or 1)
        return precision, recall, 2 * precision * recall / ((precision + recall) or 1)


def grouped(article: MarkedArticle, found: Iterable[Span], gazetteer: Gazetteer) -> dict[Span, str]:
    """Return which entity each of these names was gathered into."""
    names = [Tagged(start, end, EntityType(kind), 1.0) for start, end, kind in sorted(found)]
    entities = gather(article.text, names, language=article.language, gazetteer=gazetteer)
    return {
        (mention.start, mention.end, str(entity.type)): entity.id for entity in entities for mention in entity.mentions
    }


def golden(resources: EvaluationResources) -> dict[str, tuple[Counts, Grouping, Grouping]]:
    """Return by language: names found in noise, grouping of the true names, grouping of the names that were found."""
    scores: dict[str, tuple[Counts, Grouping, Grouping]] = {}
    for article in read_marked(GOLDEN):
        counts, given, found = scores.setdefault(article.language, (Counts(), Grouping(), Grouping()))
        plain = Article(article.language, "golden", article.text, frozenset(article.entities))
        spans = [span for span, _ in tagged(plain, resources.tagger, resources)]
        counts.add(spans, plain.names)
        given.add(grouped(article, article.entities, resources.gazetteer), article.entities)
        found.add(grouped(article, spans, resources.gazetteer), article.entities)
    return scores


def section(data: Path, resources: EvaluationResources) -> str:
    """Return the entities' section of the quality page; `data` is the folder that has `ner/`."""
    parts = [_golden_table(resources)]
    if (data / "ner").is_dir():
        held_out, outcomes = _held_out(data / "ner", resources)
        parts = [held_out, *parts, _others_table(data / "ner", resources), _reliability(outcomes), _permissive()]
    else:
        parts.append("The held-out parts were not measured: no corpora (see training/README.md).\n")
    return "\n".join(parts)


def _held_out(folder: Path, resources: EvaluationResources) -> tuple[str, list[tuple[float, bool]]]:
    rows: list[str] = []
    outcomes: list[tuple[float, bool]] = []
    for language in SOURCES["languages"]:
        held_out = split_sources(folder, language)[1]
        measured, _ = measure(resources.tagger, held_out, resources)
        outcomes += measure(resources.tagger, to_check(held_out), resources)[1]
        rows += [_row(language, source, counts) for source, counts in measured.items()]
    head = (
        "On the held-out parts of the corpora (nothing was learnt from them, but features were chosen with an eye on "
        "them), as running text, exact span and type. NKJP annotates no towns and countries, so its figures for LOC and "
        "in all mean nothing; those of the other Polish corpus do.\n\n"
    )
    return head + _HEADER + "".join(rows), outcomes


_HEADER = (
    "| language | corpus | names | precision | recall | F1 | PER | ORG | LOC |\n|---|---|---|---|---|---|---|---|---|\n"
)


def _row(language: str, source: str, counts: Counts) -> str:
    figures = counts.as_dict()
    cells = [f"{figures[name]:.3f}" if name in figures else "–" for name in ("precision", "recall", "f1", *KINDS)]
    return f"| {language} | {source} | {figures['names']} | {' | '.join(cells)} |\n"


def _others_table(folder: Path, resources: EvaluationResources) -> str:
    rows = [
        _row(language, source, counts)
        for language in _OTHERS
        if (path := folder / f"{language}.test.tsv").exists()
        for source, counts in measure(resources.tagger, read(path, language=language), resources)[0].items()
    ]
    head = "Languages without a model of their own (`degraded`), nothing of which was ever learnt from:\n\n"
    return head + _HEADER + "".join(rows)


def _golden_table(resources: EvaluationResources) -> str:
    head = (
        "On hand-written noisy news (`tests/golden/entities`: machine-translated prose, missing spaces, capitals, "
        "transliterations): names, and B-cubed of their grouping into entities, for the true names and for those that "
        "were found.\n\n"
        "| language | names | F1 | PER | ORG | LOC | B³ P | B³ R | B³ F1 | B³ F1 as found |\n"
        "|---|---|---|---|---|---|---|---|---|---|\n"
    )
    lines = [head]
    for language, (counts, given, found) in golden(resources).items():
        kinds = " | ".join(f"{counts.f1([kind]):.3f}" for kind in KINDS)
        grouping = " | ".join(f"{score:.3f}" for score in given.scores())
        lines.append(
            f"| {language} | {sum(counts.true.values())} | {counts.f1():.3f} | {kinds} | {grouping} "
            f"| {found.scores()[2]:.3f} |\n"
        )
    return "".join(lines)


def _reliability(outcomes: Sequence[tuple[float, bool]]) -> str:
    head = (
        "What a mention's `confidence` means: of the findings with such a confidence so many were right, on the held-out "
        "articles that it was not calibrated on (every second one).\n\n| confidence | findings | mean confidence | right |\n|---|---|---|---|\n"
    )
    lines = [head]
    for low, high in pairwise(_BINS):
        chosen = [(confidence, right) for confidence, right in outcomes if low < confidence <= high]
        if chosen:
            mean = sum(confidence for confidence, _ in chosen) / len(chosen)
            share = sum(right for _, right in chosen) / len(chosen)
            lines.append(f"| {low:.2f}–{high:.2f} | {len(chosen)} | {mean:.3f} | {share:.3f} |\n")
    return "".join(lines)


def _permissive() -> str:
    """Return what the variant reached that learns from permissive sources only; kept from when it was trained."""
    if not PERMISSIVE.exists():
        return ""
    models = orjson.loads(PERMISSIVE.read_bytes())["models"]
    rows = [
        f"| {language} | {', '.join(model['sources'])} | {source} | {figures['f1']:.3f} |\n"
        for language, model in models.items()
        for source, figures in model["held_out"].items()
    ]
    return (
        "The permissive variant (`python -m training.entities DATA/ner --permissive --folder FOLDER`; figures of its "
        "card):\n\n| language | learnt from | held out | F1 |\n|---|---|---|---|\n" + "".join(rows)
    )
