"""How many dead letters are bad news and how many are bad code. Pure.

A release that rejects everything must stop the worker, not empty the topic into the dead letters.
"""

from collections import deque

from services.enrich.handle import Handled, Rejection

_RECENT = 2_000
# A share of a handful says nothing.
_FEWEST = 500


class BudgetExceededError(RuntimeError):
    """Raised when there are more dead letters than can be the producers' fault."""


class DeadLetterBudget:
    """Counts the outcomes of one partition; a new owner starts afresh, so that a restart makes some progress."""

    def __init__(self, *, in_a_row: int, share: float) -> None:
        self._most_in_a_row = in_a_row
        self._share = share
        self._in_a_row = 0
        self._recent: deque[bool] = deque(maxlen=_RECENT)
        self._rejected = 0

    def count(self, handled: Handled) -> None:
        """Count one outcome. Raises `BudgetExceededError`."""
        is_rejected = isinstance(handled.outcome, Rejection)
        if len(self._recent) == _RECENT:
            self._rejected -= self._recent[0]
        self._recent.append(is_rejected)
        self._rejected += is_rejected
        self._in_a_row = self._in_a_row + 1 if is_rejected else 0
        if self._in_a_row > self._most_in_a_row:
            raise BudgetExceededError(
                f"{self._in_a_row} dead letters in a row, the last one {handled.outcome}; "
                "if the producers are to blame, raise CLAIMWIRE_ENRICH_DEAD_LETTERS_IN_A_ROW"
            )
        if len(self._recent) >= _FEWEST and self._rejected > self._share * len(self._recent):
            raise BudgetExceededError(
                f"{self._rejected} dead letters among the last {len(self._recent)} records; "
                "if the producers are to blame, raise CLAIMWIRE_ENRICH_DEAD_LETTER_SHARE"
            )
