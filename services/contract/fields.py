"""Field types that the events share: clean text, UTC times, web addresses, bounded JSON.

Each accepts what a careful producer sends and refuses, with a reason, what could not be written back unchanged.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, StringConstraints
from pydantic_core import PydanticCustomError

# orjson reads 1,024 levels but writes 254; nothing in news needs a tenth of either.
MAX_DEPTH = 32
INT64 = range(-(2**63), 2**63)


class Event(BaseModel):
    """The base of all events: immutable, unknown fields ignored (consumers must accept additions)."""

    model_config = ConfigDict(frozen=True, extra="ignore", ser_json_inf_nan="null")


def _clean(text: str) -> str:
    # NUL is legal JSON and illegal in PostgreSQL, C strings and XML: every consumer would have to defend itself.
    if "\x00" in text:
        raise PydanticCustomError("nul_character", "contains the character U+0000")
    return text


def _blank_is_missing(value: object) -> object:
    return None if isinstance(value, str) and not value.strip() else value


def _utc(value: datetime) -> datetime:
    try:
        return value.astimezone(UTC)
    except OverflowError:
        raise PydanticCustomError("datetime_range", "is outside the years 1 to 9999 in UTC") from None


def _assume_utc(value: object) -> object:
    """Numbers are not times (is it seconds or milliseconds?); a time without zone is taken as UTC."""
    if isinstance(value, int | float):
        raise PydanticCustomError("datetime_number", "must be an RFC 3339 string, not a number")
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value.strip())
        except ValueError:
            raise PydanticCustomError(
                "datetime_format", "is not an RFC 3339 date-time such as 2026-03-12T14:00:00Z"
            ) from None
    if isinstance(value, datetime) and value.tzinfo is None:
        return value.replace(tzinfo=UTC)
    return value


def _web_address(value: str) -> str:
    value = value.strip()
    try:
        parts = urlsplit(value)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    if (
        not host
        or not host.strip(".")
        or parts.scheme.lower() not in {"http", "https"}
        or any(c.isspace() or c < " " for c in value)
    ):
        raise PydanticCustomError("web_address", "is not an absolute http or https address")
    return value


def _walk(value: Any) -> Iterator[tuple[Any, int]]:
    stack: list[tuple[Any, int]] = [(value, 1)]
    while stack:
        item, level = stack.pop()
        yield item, level
        if isinstance(item, dict):
            stack.extend((key, level) for key in item)
            stack.extend((child, level + 1) for child in item.values())
        elif isinstance(item, list | tuple):
            stack.extend((child, level + 1) for child in item)


def bounded_json(value: Any) -> Any:
    """Return `value` if it can be written as JSON and read back unchanged; raise `PydanticCustomError` if not."""
    for item, level in _walk(value):
        if level > MAX_DEPTH:
            raise PydanticCustomError("too_deep", "is nested deeper than {limit} levels", {"limit": MAX_DEPTH})
        if isinstance(item, str):
            _clean(item)
            if not item.isascii() and any("\ud800" <= c <= "\udfff" for c in item):
                raise PydanticCustomError("lone_surrogate", "contains a lone surrogate")
        elif isinstance(item, bool):
            continue
        elif isinstance(item, int) and item not in INT64:
            raise PydanticCustomError("integer_range", "contains an integer of more than 64 bits")
        elif isinstance(item, float) and item - item != 0:  # NaN and the infinities
            raise PydanticCustomError("not_finite", "contains a number that is not finite")
        elif not isinstance(item, dict | list | tuple | float | int | None):
            raise PydanticCustomError("not_json", "contains what JSON cannot express")
    return value


Clean = Annotated[str, AfterValidator(_clean)]
Text = Annotated[Clean | None, BeforeValidator(_blank_is_missing)]
Line = Annotated[
    Annotated[str, StringConstraints(max_length=4096), AfterValidator(_clean)] | None,
    BeforeValidator(_blank_is_missing),
]
Label = Annotated[
    Annotated[str, StringConstraints(max_length=256), AfterValidator(_clean)] | None, BeforeValidator(_blank_is_missing)
]
Time = Annotated[AwareDatetime, BeforeValidator(_assume_utc), AfterValidator(_utc)]
OptionalTime = Annotated[Time | None, BeforeValidator(_blank_is_missing)]
WebAddress = Annotated[str, StringConstraints(max_length=8192), AfterValidator(_clean), AfterValidator(_web_address)]
OptionalWebAddress = Annotated[WebAddress | None, BeforeValidator(_blank_is_missing)]
# Checked as a whole by `bounded_json`: pydantic's own JsonValue recurses, and puts its inner unions into the pointers.
BoundedJson = Annotated[Any, AfterValidator(bounded_json)]
