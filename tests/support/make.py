"""Builders: a valid thing with what the test cares about set."""

from typing import Any

import orjson

from services.contract.topics import RAW
from services.enrich.handle import RawRecord

TEXT = (
    "The bridge over the river was closed on Monday, the city council said. "
    '"We will reopen it within 30 days," said Anna Berger, the mayor of Linz. Repairs cost 1.2 million euros.'
)


def make_record(value: bytes | None = b"", *, offset: int = 0, **fields: Any) -> RawRecord:
    """Return a raw record with this value."""
    defaults: dict[str, Any] = {"topic": RAW.name, "partition": 0, "timestamp_ms": 1_773_000_000_000}
    return RawRecord(value=value, offset=offset, **defaults | fields)


def make_article(**fields: Any) -> dict[str, Any]:
    """Return an article as a producer would send it."""
    defaults = {
        "source": {"id": "example", "name": "The Example", "domain": "news.example", "country": "at"},
        "url": "https://news.example/bridge",
        "title": "Bridge closed",
        "published_at": "2026-03-09T08:00:00Z",
        "body": TEXT,
    }
    return {name: value for name, value in (defaults | fields).items() if value is not None}


def make_value(**fields: Any) -> bytes:
    """Return an article's bytes."""
    return orjson.dumps(make_article(**fields))
