"""How much of a quota is left: a token bucket. Pure but for the time it is given; knows nothing of keys or HTTP."""

import math
from collections.abc import Callable

from services.ingest.keys import Quota

# A third of a token three times over is a token.
_ROUNDING = 1e-6


class Bucket:
    """Holds as many tokens as the quota has articles, full at first, and fills evenly.

    It can be in debt: the size of a batch is known only when it has been read, so one is let in while there is a
    token and paid for then. What comes over time is never more than the quota and one batch.
    """

    def __init__(self, quota: Quota, clock: Callable[[], float]) -> None:
        self.quota = quota
        self._rate = quota.articles / quota.window_seconds
        self._clock = clock
        self._level = float(quota.articles)
        self._at = clock()

    @property
    def left(self) -> int:
        """How many articles may come now."""
        self._fill()
        return max(0, math.floor(self._level + _ROUNDING))

    @property
    def is_in_debt(self) -> bool:
        """Whether more was taken than there was."""
        self._fill()
        return self._level < -_ROUNDING

    @property
    def next_in_seconds(self) -> int:
        """After how many whole seconds one more may come; 0: now."""
        self._fill()
        return max(0, math.ceil((1 - self._level) / self._rate - _ROUNDING))

    @property
    def full_in_seconds(self) -> int:
        """After how many whole seconds all of the quota is there again, if nothing comes."""
        self._fill()
        return math.ceil((self.quota.articles - self._level) / self._rate - _ROUNDING)

    def take(self, articles: int) -> None:
        """Take so many tokens, into debt if there are fewer."""
        self._fill()
        self._level -= articles

    def give_back(self, articles: int) -> None:
        """Put back what was taken for articles that were not."""
        self._level = min(self._level + articles, float(self.quota.articles))

    def _fill(self) -> None:
        now = self._clock()
        self._level = min(self._level + (now - self._at) * self._rate, float(self.quota.articles))
        self._at = now
