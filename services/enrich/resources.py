"""What the steps need beyond the text, loaded once per process from files and packages."""

from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True, kw_only=True)
class Resources:
    """Models and word lists. Immutable; shared by all articles of a process."""

    @classmethod
    def load(cls) -> Self:
        """Read everything. Takes seconds and hundreds of megabytes at most; called once, before any article."""
        return cls()
