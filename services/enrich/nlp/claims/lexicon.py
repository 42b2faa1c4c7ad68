"""`ClaimLexicon`: the cues by which a language's assertions are told, and the weights that all languages share."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, Self

from services.enrich.nlp.figures.phrases import Phrases

# Folder of the weights: features mean the same in every language.
COMMON = "und"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimLexicon:
    """Cue phrases by the feature that they show, and the weight of each feature."""

    cues: Phrases[str]
    past_endings: tuple[str, ...]
    future_endings: tuple[str, ...]
    capital_nouns: bool  # a capital inside the sentence is then no sign of a name
    bias: float
    weights: Mapping[str, float]
    known: dict[str, int] = field(default_factory=dict)  # by word, what it shows by itself (`features`)

    @classmethod
    def from_table(cls, table: Mapping[str, Any], *, common: Mapping[str, Any]) -> Self:
        """Read `lexicons/<language>/claims.toml`, and the weights from that of all languages."""
        weights = dict(common.get("weights", {}))
        return cls(
            cues=Phrases.of(table.get("cues", {}).items()),
            past_endings=tuple(table.get("past_endings", ())),
            future_endings=tuple(table.get("future_endings", ())),
            capital_nouns=table.get("capital_nouns", False),
            bias=weights.pop("bias", 0.0),
            weights=weights,
        )


class ClaimResources(Protocol):
    """What finding claims needs."""

    @property
    def claims(self) -> Mapping[str, ClaimLexicon]:
        """Return language → lexicon; the key `und` has the weights alone."""
        ...
