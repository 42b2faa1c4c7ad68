"""Persons, organisations and places, each with all its mentions: a tagger finds the names, `gather` the entities."""

from typing import Protocol

from services.contract.enriched import Entity
from services.enrich.nlp.document import Degraded, Document, Skipped
from services.enrich.nlp.entities.gather import gather
from services.enrich.nlp.entities.gazetteer import Gazetteer
from services.enrich.nlp.entities.tagging import Tagger


class EntityResources(Protocol):
    """What `find` needs."""

    @property
    def tagger(self) -> Tagger:
        """Finds the names."""

    @property
    def gazetteer(self) -> Gazetteer:
        """Places and people's names."""


def find(document: Document, resources: EntityResources) -> tuple[Entity, ...] | Degraded | Skipped:
    """Return the entities in order of first mention."""
    tagged = resources.tagger(document)
    if isinstance(tagged, Skipped):
        return tagged
    entities = gather(
        document.text,
        tagged.value if isinstance(tagged, Degraded) else tagged,
        language=document.language.tag.split("-")[0],
        gazetteer=resources.gazetteer,
    )
    return Degraded(entities, tagged.reason) if isinstance(tagged, Degraded) else entities
