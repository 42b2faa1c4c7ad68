"""JSON Schema 2020-12 of every event, from the models. The files in `schemas/` are this, checked in; a test compares."""

from typing import Any, Literal

import orjson

from services.contract.article import ArticleV1
from services.contract.enriched import ClaimEventV1, EnrichedArticleV1
from services.contract.fields import Event
from services.contract.rejected import RejectedV1

EVENTS: dict[str, type[Event]] = {
    "article.v1": ArticleV1,
    "enriched-article.v1": EnrichedArticleV1,
    "claim.v1": ClaimEventV1,
    "rejected.v1": RejectedV1,
}

BASE = "urn:claimwire:schema:"


def schema_uri(name: str) -> str:
    """Return the URI that `ce_dataschema` names."""
    return f"{BASE}{name}"


def schema(name: str) -> dict[str, Any]:
    """Return the JSON Schema of the event `name`, a key of `EVENTS`."""
    event = EVENTS[name]
    # What goes in is described by what is accepted, what comes out by what is written.
    mode: Literal["validation", "serialization"] = "validation" if event is ArticleV1 else "serialization"
    body = event.model_json_schema(mode=mode)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": schema_uri(name)} | body


def schema_files() -> dict[str, bytes]:
    """Return file name → content of everything in `schemas/`."""
    return {f"{name}.json": orjson.dumps(schema(name), option=orjson.OPT_INDENT_2) + b"\n" for name in EVENTS}
