"""Models to bytes and back, and the headers that go with them.

`decode` is total: any bytes at all give a model or a `DecodeError`, never another exception.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TypeVar

import orjson
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from services.contract.fields import Event
from services.contract.rejected import Problem, Reason
from services.contract.topics import MAX_ARTICLE_BYTES

E = TypeVar("E", bound=Event)
Headers = Sequence[tuple[str, bytes]]

CONTENT_TYPE = "application/json"
TRACEPARENT = "traceparent"
# Which way a record came in ("http", "feed", "replay", …) and which producer sent it; set by ingest.
CHANNEL = "claimwire-channel"
PRODUCER = "claimwire-producer"
# The values of the first that mean something; any other one counts as "kafka": whoever wrote straight to the topic.
CHANNELS = ("http", "feed", "page", "archive", "replay", "annotate", "kafka")

_TRACEPARENT = re.compile(rb"(?!ff)([0-9a-f]{2})(-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2})(-.*)?")
_OPTIONS = orjson.OPT_UTC_Z
_MAX_PROBLEMS = 20


class DecodeError(ValueError):
    """Raised when bytes are not the event they should be: says which rule they break and where."""

    def __init__(self, reason: Reason, detail: str, problems: tuple[Problem, ...] = ()) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail
        self.problems = problems


def encode(event: Event) -> bytes:
    """Return the event as JSON: field order of the model, times in RFC 3339 with `Z`, the same bytes every time."""
    return orjson.dumps(event.model_dump(), option=_OPTIONS)


def encode_raw(event: Event) -> bytes:
    """Return the event as `encode` does, without the fields that keep their default: for the raw topic."""
    return orjson.dumps(event.model_dump(exclude_defaults=True), option=_OPTIONS)


def decode(value: bytes | None, model: type[E], *, max_bytes: int = MAX_ARTICLE_BYTES) -> E:
    """Return the event that `value` holds. Raises `DecodeError`."""
    if not value:
        raise DecodeError(Reason.EMPTY, "the record has no value")
    if len(value) > max_bytes:
        raise DecodeError(Reason.TOO_LARGE, f"{len(value):,} bytes; the limit is {max_bytes:,}")
    try:
        document = orjson.loads(value)
    except orjson.JSONDecodeError as error:
        raise _not_json(value, error) from None
    return from_document(document, model)


def from_document(document: object, model: type[E]) -> E:
    """Return the event that parsed JSON describes. Raises `DecodeError`."""
    if not isinstance(document, dict):
        raise DecodeError(Reason.NOT_AN_OBJECT, f"a JSON object is needed, not {type(document).__name__}")
    declared = document.get("schema_version", 1)
    if declared != 1 or isinstance(declared, bool):
        raise DecodeError(
            Reason.UNSUPPORTED_VERSION,
            f"schema_version {shown(declared)} is not known here; known: 1",
            (Problem(pointer="/schema_version", detail="must be 1"),),
        )
    try:
        return model.model_validate(document)
    except ValidationError as error:
        problems = tuple(_problem(details) for details in error.errors(include_url=False)[:_MAX_PROBLEMS])
        summary = "; ".join(f"{p.pointer or 'the article'}: {p.detail}" for p in problems[:3])
        raise DecodeError(Reason.INVALID, summary, problems) from None
    except RecursionError:
        raise DecodeError(Reason.INVALID, "nested too deeply") from None


def cloud_event_headers(
    *, id: str, type: str, source: str, subject: str, schema: str, time: datetime | None, traceparent: bytes | None
) -> list[tuple[str, bytes]]:
    """Return CloudEvents 1.0 headers in binary mode. `time` may be set later, by whoever sends the record."""
    headers = [
        ("ce_specversion", b"1.0"),
        ("ce_id", id.encode()),
        ("ce_type", type.encode()),
        ("ce_source", source.encode()),
        ("ce_subject", subject.encode()),
        ("ce_dataschema", schema.encode()),
        ("content-type", CONTENT_TYPE.encode()),
    ]
    if time is not None:
        headers.append(ce_time(time))
    if traceparent is not None:
        headers.append((TRACEPARENT, traceparent))
    return headers


def ce_time(time: datetime) -> tuple[str, bytes]:
    """Return the header that says when an event was made."""
    return ("ce_time", time.isoformat().replace("+00:00", "Z").encode())


def trace_of(headers: Iterable[tuple[str, bytes | None]]) -> bytes | None:
    """Return the `traceparent` if it is one; a producer can write anything, of any size, into a header."""
    return traceparent(header(headers, TRACEPARENT))


def traceparent(given: bytes | None) -> bytes | None:
    """Return a W3C `traceparent` if it is valid, else None; always of version 00, which is all that is written here."""
    match = _TRACEPARENT.fullmatch(given.strip()) if given else None
    # A later version may say more after what is known today; version 00 may not.
    if match is None or (match[1] == b"00" and match[3]):
        return None
    return b"00" + match[2]


def trace_id_of(headers: Iterable[tuple[str, bytes | None]]) -> str | None:
    """Return the id of the trace that a record belongs to, 32 hexadecimal digits, or None."""
    value = trace_of(headers)
    return trace_id(value) if value else None


def trace_id(traceparent: bytes) -> str:
    """Return the id of the trace in a valid `traceparent`."""
    return traceparent[3:35].decode("ascii")


def header(headers: Iterable[tuple[str, bytes | None]], name: str) -> bytes | None:
    """Return the last value of a header, or None."""
    found = None
    for header_name, value in headers:
        if header_name == name:
            found = value
    return found


def _not_json(value: bytes, error: orjson.JSONDecodeError) -> DecodeError:
    try:
        value.decode()
    except UnicodeDecodeError as unicode_error:
        return DecodeError(Reason.NOT_UTF8, f"byte {unicode_error.start:,} is not UTF-8")
    return DecodeError(Reason.NOT_JSON, f"{error.msg} at line {error.lineno} column {error.colno}")


def _problem(details: ErrorDetails) -> Problem:
    location = [str(part).replace("~", "~0").replace("/", "~1") for part in details["loc"]]
    # A location can hold a key of the producer's choosing: it must be printable and bounded.
    pointer = "".join(f"/{part[:64]}" for part in location[:8])
    return Problem(pointer=shown(pointer), detail=shown(details["msg"]))


def shown(value: object) -> str:
    """Return the value as text that can be shown: bounded, and without what would move a cursor or begin a line."""
    text = value if isinstance(value, str) else repr(value)
    text = text if len(text) <= 300 else text[:299] + "…"
    return "".join(c if c.isprintable() else "\ufffd" for c in text)
