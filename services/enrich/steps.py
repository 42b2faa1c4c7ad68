"""The steps in their order, and the runner that gives each what it needs and survives each one's failure."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from services.contract.enriched import StepReport, StepStatus
from services.enrich.nlp import claims, dedup, entities, figures, language, quality, quotes, sentences
from services.enrich.nlp.document import Degraded, Document, Skipped
from services.enrich.nlp.lexemes import Lexeme, lexemes
from services.enrich.resources import Resources


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step: it reads the fields `requires` of the document and its result goes into the field `assigns`."""

    name: str
    version: str
    requires: tuple[str, ...]
    assigns: str
    run: Callable[[Document, Resources], Any]
    model: str = "rules"  # what decides, beside the code


def _lexemes(document: Document, _: Resources) -> Sequence[Lexeme]:
    """Return the words, numerals and signs of the text."""
    return lexemes(document.text)


STEPS: tuple[Step, ...] = (
    Step(
        name="language",
        version="2",
        requires=(),
        assigns="language",
        run=language.identify,
        model="py3langid+lid.176.ftz",
    ),
    Step(name="sentences", version="1", requires=("language",), assigns="sentences", run=sentences.split),
    Step(
        name="entities",
        version="2",
        requires=("language", "sentences"),
        assigns="entities",
        run=entities.find,
        model="crf",
    ),
    Step(name="lexemes", version="1", requires=(), assigns="lexemes", run=_lexemes),
    Step(
        name="figures", version="2", requires=("language", "sentences", "lexemes"), assigns="figures", run=figures.find
    ),
    Step(
        name="quotes",
        version="2",
        requires=("language", "sentences", "entities", "lexemes"),
        assigns="quotes",
        run=quotes.find,
        model="crf+logit",
    ),
    Step(
        name="claims",
        version="2",
        requires=("language", "sentences", "entities", "lexemes", "figures", "quotes"),
        assigns="claims",
        run=claims.find,
        model="logit",
    ),
    Step(name="dedup", version="1", requires=(), assigns="dedup", run=dedup.sign),
    Step(name="quality", version="1", requires=("language",), assigns="flags", run=quality.flag),
)


@dataclass(frozen=True, slots=True)
class Timing:
    """How long a step took."""

    step: str
    status: StepStatus
    seconds: float


def check_order(steps: tuple[Step, ...]) -> None:
    """Raise `ValueError` unless every step comes after those that assign what it requires."""
    assigned: set[str] = set()
    for step in steps:
        if missing := set(step.requires) - assigned:
            raise ValueError(f"step {step.name!r} requires {sorted(missing)}, which no step before it assigns")
        if step.assigns in assigned:
            raise ValueError(f"step {step.name!r} assigns {step.assigns!r}, which a step before it assigns")
        assigned.add(step.assigns)


def run_steps(
    document: Document,
    resources: Resources,
    *,
    steps: tuple[Step, ...] = STEPS,
    timer: Callable[[], float] = time.perf_counter,
) -> tuple[Document, tuple[StepReport, ...], tuple[Timing, ...]]:
    """Run all steps; return the filled document, a report on each step for the event, and the timings."""
    reports: list[StepReport] = []
    timings: list[Timing] = []
    failed: set[str] = set()
    for step in steps:
        started = timer()
        document, status, reason = _run(step, document, resources)
        if status is StepStatus.ERROR:
            failed.add(step.assigns)
        elif missing := failed.intersection(step.requires):
            status, reason = StepStatus.DEGRADED, f"without {', '.join(sorted(missing))}"
        reports.append(StepReport(step=step.name, version=step.version, status=status, reason=reason))
        timings.append(Timing(step.name, status, timer() - started))
    return document, tuple(reports), tuple(timings)


def _run(step: Step, document: Document, resources: Resources) -> tuple[Document, StepStatus, str | None]:
    try:
        result = step.run(document, resources)
    except Exception as error:  # noqa: BLE001 - a broken step is reported in the event; the article still flows
        return document, StepStatus.ERROR, type(error).__name__
    match result:
        case Skipped(reason):
            return document, StepStatus.SKIPPED, reason
        case Degraded(value, reason):
            return document.with_field(step.assigns, value), StepStatus.DEGRADED, reason
        case _:
            status = StepStatus.OK if result else StepStatus.EMPTY
            return document.with_field(step.assigns, result), status, None
