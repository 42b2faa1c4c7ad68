"""Loads what finds the names: the models of `models/entities`, or a tagger that another package offers.

Another package offers one by an entry point of the group `claimwire.taggers`: a function without arguments that returns
a tagger like those of `nlp/entities/tagging.py`. It is chosen by its name (`CLAIMWIRE_ENRICH_TAGGER`). How to
write one: docs/how-to/plug-in-a-tagger.md.
"""

from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import marisa_trie
import orjson

from services.contract.enriched import EntityType
from services.enrich.nlp.calibration import Curve
from services.enrich.nlp.chain import Weights
from services.enrich.nlp.document import Degraded, Document, Skipped
from services.enrich.nlp.entities.crf import Crf
from services.enrich.nlp.entities.features import Featurizer
from services.enrich.nlp.entities.gazetteer import Gazetteer
from services.enrich.nlp.entities.lexicon import EntityLexicon
from services.enrich.nlp.entities.tagging import COMMON, CrfTagger, Model, Tagged, Tagger
from services.enrich.settings import TAGGERS
from services.enrich.weights import read_weights

MODELS = Path(__file__).parent / "models" / "entities"
# Counts up to 255 of persons, organisations, places, others; the three cluster trees' paths; the index of a type.
NAME_COUNTS, CLUSTERS, NAME_TYPES = "<BBBB", "<HHH", "<B"


class TaggerError(RuntimeError):
    """Raised when the tagger that the settings name cannot be loaded."""


class Tables:
    """`nlp.entities.features.WordTables` from the files that `training/entities` writes."""

    def __init__(self, folder: Path = MODELS) -> None:
        self.clusters: Mapping[str, Sequence[Sequence[int]]] = _trie(folder / "clusters.marisa", CLUSTERS)
        self.name_counts: Mapping[str, Sequence[Sequence[int]]] = _trie(folder / "name_counts.marisa", NAME_COUNTS)
        self.name_types: Any = _trie(folder / "name_types.marisa", NAME_TYPES)

    def begins_name(self, text: str) -> bool:
        """Whether a name in `name_types` begins with these letters."""
        return next(self.name_types.iterkeys(text), None) is not None


def built_in(
    lexicons: Mapping[str, EntityLexicon],
    listed: Mapping[str, Mapping[str, EntityType]],
    gazetteer: Gazetteer,
    *,
    folder: Path = MODELS,
) -> CrfTagger:
    """Return the tagger with the models of a folder."""
    tables = Tables(folder)
    card = orjson.loads((folder / "card.json").read_bytes())

    def model(language: str, weights: Weights, calibration: Mapping[str, float], *, known: str) -> Model:
        features = Featurizer(
            language=language, lexicon=lexicons[known], listed=listed[known], gazetteer=gazetteer, tables=tables
        )
        return Model(crf=Crf(features, weights), confidence=Curve(**calibration))

    weights = {language: read_weights(folder, language, kept_small=True) for language in card["models"]}
    return CrfTagger(
        {
            language: model(language, weights[language], card["models"][language]["calibration"], known=language)
            for language in weights
            if language != COMMON
        },
        # It was taught with what all languages share.
        other=lambda language: model(language, weights[COMMON], card["models"][COMMON]["calibration"], known=COMMON),
    )


class PluggedTagger:
    """A tagger of another package, and the built-in one for the documents that it leaves alone.

    Raises `ValueError` when names lie outside of the text or overlap, or a confidence is none: the step then reports
    an error.
    """

    def __init__(
        self, plugged: Callable[[Document], Sequence[Tagged] | Degraded | Skipped | None], own: Tagger
    ) -> None:
        self._plugged = plugged
        self._own = own

    def __call__(self, document: Document, /) -> Sequence[Tagged] | Degraded | Skipped:
        """Return what the other package's tagger finds; if it returns None, what the built-in one does."""
        found = self._plugged(document)
        if found is None:
            return self._own(document)
        if isinstance(found, Skipped):
            return found
        names = tuple(found.value if isinstance(found, Degraded) else found)
        end = 0
        for name in names:
            if not end <= name.start < name.end <= len(document.text):
                raise ValueError(f"the tagger's name {name.start}–{name.end} overlaps another or leaves the text")
            if not 0 <= name.confidence <= 1:
                raise ValueError(f"the tagger's confidence {name.confidence} is no probability")
            end = name.end
        return Degraded(names, found.reason) if isinstance(found, Degraded) else names


def plugged(name: str, own: Tagger) -> PluggedTagger:
    """Return the tagger that an installed package offers under this name, before our own. Raises `TaggerError`."""
    (offered,) = entry_points(group=TAGGERS, name=name)
    try:
        tagger = offered.load()()
    except Exception as error:
        raise TaggerError(f"the tagger {name!r} could not be loaded: {type(error).__name__}: {error}") from error
    return PluggedTagger(tagger, own)


def _trie(path: Path, form: str) -> Any:
    trie = marisa_trie.RecordTrie(form)
    trie.load(str(path))
    return trie
