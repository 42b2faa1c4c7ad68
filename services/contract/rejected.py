"""`RejectedV1`: a record that could not be read or enriched, with its original bytes, so that it can be sent again."""

from base64 import b64decode, b64encode
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, field_serializer, field_validator

from services.contract.fields import Event, Time


class Stage(StrEnum):
    """Where a record failed."""

    DECODE = "decode"  # the record is not an article: the producer's fault
    ENRICH = "enrich"  # it is one, and enriching it failed: ours


class Reason(StrEnum):
    """Why a record failed. A closed list: it is a metric label and a filter of `claimwire replay`."""

    EMPTY = "empty"
    TOO_LARGE = "too_large"
    NOT_UTF8 = "not_utf8"
    NOT_JSON = "not_json"
    NOT_AN_OBJECT = "not_an_object"
    UNSUPPORTED_VERSION = "unsupported_version"
    INVALID = "invalid"
    UNIDENTIFIED = "unidentified"
    NO_TEXT = "no_text"
    TIMEOUT = "timeout"
    PROCESS_DIED = "process_died"
    UNEXPECTED = "unexpected"

    @property
    def stage(self) -> Stage:
        """Where a record fails for this reason."""
        return Stage.ENRICH if self in _OURS else Stage.DECODE


_OURS = frozenset({Reason.TIMEOUT, Reason.PROCESS_DIED, Reason.UNEXPECTED})


class Problem(Event):
    """One thing that is wrong, and where."""

    pointer: str = Field(description="RFC 6901 JSON pointer into the record; empty for the whole.")
    detail: str


def _from_base64(value: object) -> object:
    return b64decode(value, validate=True) if isinstance(value, str) else value


Bytes = Annotated[bytes | None, Field(description="Base64; null if the record had none.")]


class Original(Event):
    """A Kafka record exactly as it was found."""

    topic: str
    partition: int
    offset: int
    timestamp_ms: int
    key: Bytes = None
    value: Bytes = None
    headers: tuple[tuple[str, bytes | None], ...] = ()
    omitted: str | None = Field(None, description="Why key, value and headers are missing: the record was too large.")

    @field_validator("key", "value", mode="before")
    @classmethod
    def _read(cls, value: object) -> object:
        return _from_base64(value)

    @field_validator("headers", mode="before")
    @classmethod
    def _read_headers(cls, value: object) -> object:
        if not isinstance(value, list | tuple):
            return value
        return tuple((name, _from_base64(content)) for name, content in value)

    @field_serializer("key", "value")
    def _write(self, value: bytes | None) -> str | None:
        return None if value is None else b64encode(value).decode("ascii")

    @field_serializer("headers")
    def _write_headers(self, headers: tuple[tuple[str, bytes | None], ...]) -> list[tuple[str, str | None]]:
        return [(name, self._write(content)) for name, content in headers]


class RejectedV1(Event):
    """A dead letter."""

    schema_version: Literal[1] = 1
    stage: Stage
    reason: Reason
    detail: str = Field(description="What is wrong, in words for a person.")
    problems: tuple[Problem, ...] = ()
    rejected_at: Time | None = Field(None, description="The time of the raw record, as the broker stamped it.")
    original: Original
