"""Checks a run from outside: what was acknowledged, what is in the raw topic, what came out. Pure.

The words are Jepsen's: lost (acknowledged or in the log, and never came out), duplicate (came out more than once),
reordered (two versions of an article came out in another order than they went in), phantom (came out, never went in).
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

Position = tuple[int, int]  # partition and offset in the raw topic


@dataclass(frozen=True, slots=True)
class Outcome:
    """A record of the enriched or of the dead-letter topic, in the order in which a reader of it saw it."""

    raw: Position
    article_id: str | None = None


@dataclass(slots=True)
class History:
    """All that a run's observers wrote down."""

    acknowledged: dict[Position, str | None] = field(default_factory=dict)
    raw: set[Position] = field(default_factory=set)
    outcomes: list[Outcome] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is wrong with a history; all empty: nothing is."""

    lost: list[Position]
    duplicate: list[Position]
    reordered: list[str]
    phantom: list[Position]

    def __bool__(self) -> bool:
        return bool(self.lost or self.duplicate or self.reordered or self.phantom)

    def __str__(self) -> str:
        return ", ".join(
            f"{len(found)} {name} {found[:5]}"
            for name, found in (
                ("lost", self.lost),
                ("duplicate", self.duplicate),
                ("reordered", self.reordered),
                ("phantom", self.phantom),
            )
        )


def check(history: History) -> Verdict:
    """Return what is wrong with the history."""
    came_out = Counter(outcome.raw for outcome in history.outcomes)
    went_in = history.raw | set(history.acknowledged)
    return Verdict(
        lost=sorted(went_in - set(came_out) | set(history.acknowledged) - history.raw),
        duplicate=sorted(position for position, times in came_out.items() if times > 1),
        reordered=sorted(_reordered(history.outcomes)),
        phantom=sorted(set(came_out) - went_in),
    )


def _reordered(outcomes: Iterable[Outcome]) -> Iterable[str]:
    versions: dict[str, list[Position]] = defaultdict(list)
    for outcome in outcomes:
        if outcome.article_id is not None:
            versions[outcome.article_id].append(outcome.raw)
    for article_id, positions in versions.items():
        # One article is on one partition; records of two partitions have no order.
        first = positions[0][0]
        offsets = [offset for partition, offset in positions if partition == first]
        if offsets != sorted(offsets):
            yield article_id
