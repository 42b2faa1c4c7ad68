"""What the steps need beyond the text, loaded once per process from `lexicons/` and from packages."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

_LEXICONS = Path(__file__).parent / "lexicons"


@dataclass(frozen=True, slots=True, kw_only=True)
class Resources:
    """Models and word lists. Immutable; shared by all articles of a process."""

    @classmethod
    def load(cls) -> Self:
        """Read everything. Takes seconds and hundreds of megabytes at most; called once, before any article."""
        return cls()


def _tables(name: str) -> Mapping[str, dict[str, Any]]:
    """Return language → content of `lexicons/<language>/<name>.toml`, for each language that has the file."""
    return {file.parent.name: tomllib.loads(file.read_text("utf-8")) for file in sorted(_LEXICONS.glob(f"*/{name}.toml"))}
