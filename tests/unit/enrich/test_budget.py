"""Dead letters over the budget stop the worker; ordinary bad news does not."""

import pytest

from services.contract.rejected import Reason
from services.enrich.budget import BudgetExceededError, DeadLetterBudget
from services.enrich.handle import Handled, Rejection


def outcome(*, is_rejected: bool) -> Handled:
    """Return an outcome of either kind."""
    rejection = Rejection(Reason.NOT_JSON)
    return Handled(records=(), outcome=rejection if is_rejected else None, channel="kafka")


def test_too_many_in_a_row_exceed_it() -> None:
    """Ten are allowed, the eleventh is not."""
    budget = DeadLetterBudget(in_a_row=10, share=1.0)
    for _ in range(10):
        budget.count(outcome(is_rejected=True))
    with pytest.raises(BudgetExceededError, match="11 dead letters in a row"):
        budget.count(outcome(is_rejected=True))


def test_a_success_between_them_starts_the_row_anew() -> None:
    """Nine, one good, nine."""
    budget = DeadLetterBudget(in_a_row=10, share=1.0)
    for _ in range(5):
        for _ in range(9):
            budget.count(outcome(is_rejected=True))
        budget.count(outcome(is_rejected=False))


def test_too_great_a_share_exceeds_it_once_there_are_enough() -> None:
    """Every second record is more than a third."""
    budget = DeadLetterBudget(in_a_row=10, share=0.3)
    with pytest.raises(BudgetExceededError, match="among the last 500"):
        for number in range(10_000):
            budget.count(outcome(is_rejected=number % 2 == 0))


def test_old_dead_letters_are_forgotten() -> None:
    """Only the last two thousand count."""
    budget = DeadLetterBudget(in_a_row=1_000, share=0.5)
    for _ in range(240):
        budget.count(outcome(is_rejected=True))
    for _ in range(4_000):
        budget.count(outcome(is_rejected=False))
    for _ in range(990):
        budget.count(outcome(is_rejected=True))
