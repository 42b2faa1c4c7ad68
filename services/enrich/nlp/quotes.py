"""Placeholder, being written."""

from typing import Any

from services.enrich.nlp.document import Document


def find(document: Document, resources: Any) -> Any:
    raise NotImplementedError
