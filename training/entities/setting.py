"""The word lists and tables that models are trained and measured with."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

from services.enrich.nlp.entities.crf import Crf
from services.enrich.nlp.entities.features import Featurizer
from services.enrich.nlp.entities.gazetteer import Gazetteer
from services.enrich.nlp.entities.lexicon import EntityLexicon
from services.enrich.nlp.entities.tagging import COMMON, CrfTagger, Model
from services.enrich.nlp.sentences import SentenceLexicon
from services.enrich.resources import lexicon_tables, read_gazetteer, read_lexicons
from services.enrich.taggers import Tables
from services.enrich.weights import read_weights


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What every model is trained with."""

    data: Path
    tables: Tables
    lexicons: Mapping[str, EntityLexicon]
    listed: Mapping[str, Mapping[str, Any]]
    gazetteer: Gazetteer
    sentences: Mapping[str, SentenceLexicon]

    @classmethod
    def read(cls, data: Path, folder: Path) -> Self:
        """Read lexicons and gazetteers, and the tables of a folder."""
        names = lexicon_tables("entities")
        lexicons, listed = read_lexicons(names)
        return cls(
            data=data,
            tables=Tables(folder),
            lexicons=lexicons,
            listed=listed,
            gazetteer=read_gazetteer(names),
            sentences={tag: SentenceLexicon.from_table(table) for tag, table in lexicon_tables("sentences").items()},
        )

    def featurizer(self, language: str) -> Featurizer:
        """Return what makes a language's attributes."""
        known = language if language in self.lexicons else COMMON
        return Featurizer(
            language=language,
            lexicon=self.lexicons[known],
            listed=self.listed[known],
            gazetteer=self.gazetteer,
            tables=self.tables,
        )

    def common_featurizer(self, language: str) -> Featurizer:
        """Return what makes the attributes of a language as if it had no lexicon."""
        return replace(self, lexicons={COMMON: self.lexicons[COMMON]}).featurizer(language)

    def tagger(self, folder: Path, language: str) -> CrfTagger:
        """Return a tagger with one model, not calibrated, for its language; the common one for all."""

        def model(other: str) -> Model:
            features = self.common_featurizer(other) if language == COMMON else self.featurizer(other)
            return Model(crf=Crf(features, read_weights(folder, language)))

        return CrfTagger({} if language == COMMON else {language: model(language)}, other=model)
