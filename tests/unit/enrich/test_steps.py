"""Steps run in order, get what they need, and survive each other's failure."""

import pytest

from services.contract.enriched import StepStatus
from services.enrich.nlp.document import Degraded, Document, Skipped
from services.enrich.steps import STEPS, Step, check_order, run_steps


def make_step(name: str, *, assigns: str, result=None, requires: tuple[str, ...] = ()) -> Step:
    """Return a step that gives this result, or raises it."""

    def run(_document, _resources):
        if isinstance(result, Exception):
            raise result
        return result

    return Step(name=name, version="1", requires=requires, assigns=assigns, run=run)


def statuses(*steps: Step) -> list[tuple[StepStatus, str | None]]:
    """Return what the reports on these steps say."""
    _, reports, _ = run_steps(Document(text="x"), None, steps=steps)
    return [(report.status, report.reason) for report in reports]


def test_the_real_steps_are_in_order() -> None:
    """Each comes after those that assign what it requires."""
    check_order(STEPS)


def test_a_step_before_what_it_requires_is_refused() -> None:
    """At start, not at the first article."""
    with pytest.raises(ValueError, match="requires \\['entities'\\]"):
        check_order((make_step("quotes", assigns="quotes", requires=("entities",)),))


def test_two_steps_may_not_assign_one_field() -> None:
    """The second would undo the first."""
    with pytest.raises(ValueError, match="which a step before it assigns"):
        check_order((make_step("a", assigns="quotes"), make_step("b", assigns="quotes")))


def test_a_broken_step_is_reported_and_the_others_go_on() -> None:
    """What requires its field works without it, and says so."""
    broken = make_step("figures", assigns="figures", result=ZeroDivisionError("secret text"))
    after = make_step("claims", assigns="claims", requires=("figures",), result=("claim",))
    aside = make_step("quotes", assigns="quotes", result=("quote",))
    assert statuses(broken, after, aside) == [
        (StepStatus.ERROR, "ZeroDivisionError"),
        (StepStatus.DEGRADED, "without figures"),
        (StepStatus.OK, None),
    ]


@pytest.mark.parametrize(
    ("result", "status"),
    [
        (("found",), (StepStatus.OK, None)),
        ((), (StepStatus.EMPTY, None)),
        (Skipped("no rules for xx"), (StepStatus.SKIPPED, "no rules for xx")),
        (Degraded(("found",), "no lexicon"), (StepStatus.DEGRADED, "no lexicon")),
    ],
)
def test_what_a_step_returns_is_its_status(result, status) -> None:
    """Found something, nothing, could not work, worked on less."""
    assert statuses(make_step("quotes", assigns="quotes", result=result)) == [status]


def test_a_step_fills_its_field_only() -> None:
    """The rest of the document stays as it was."""
    document, _, _ = run_steps(Document(text="x"), None, steps=(make_step("q", assigns="quotes", result=("q",)),))
    assert (document.quotes, document.figures, document.text) == (("q",), (), "x")
