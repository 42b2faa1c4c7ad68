"""Builders of the worker's own things; articles as producers send them are in `articles`."""

from typing import Any

from services.contract.topics import RAW
from services.enrich.handle import RawRecord


def make_record(value: bytes | None = b"", *, offset: int = 0, **fields: Any) -> RawRecord:
    """Return a raw record with this value."""
    defaults: dict[str, Any] = {"topic": RAW.name, "partition": 0, "timestamp_ms": 1_773_000_000_000}
    return RawRecord(value=value, offset=offset, **defaults | fields)
