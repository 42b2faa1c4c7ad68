"""Every problem that the HTTP interface answers with, in one table (RFC 9457); nothing here knows the framework.

A problem's `type` is stable: clients branch on it. What is particular to one request is in `detail` and `errors`.
"""

from dataclasses import dataclass
from http import HTTPStatus

import orjson

from services.contract.codec import DecodeError
from services.contract.rejected import Problem, Reason

MEDIA_TYPE = "application/problem+json"
BASE = "urn:claimwire:problem:"


@dataclass(frozen=True, slots=True)
class Kind:
    """What a problem is: its type, the status it is answered with and what to do about it."""

    name: str
    status: HTTPStatus
    title: str
    remedy: str

    @property
    def type(self) -> str:
        """The URI that names it."""
        return BASE + self.name


NOT_JSON = Kind("not-json", HTTPStatus.BAD_REQUEST, "The body is not JSON", "Send one JSON object, encoded in UTF-8.")
BAD_ENCODING = Kind(
    "bad-encoding",
    HTTPStatus.BAD_REQUEST,
    "The body is not what Content-Encoding says",
    "Send the whole compressed stream, and nothing after it.",
)
BAD_IDEMPOTENCY_KEY = Kind(
    "bad-idempotency-key",
    HTTPStatus.BAD_REQUEST,
    "The header Idempotency-Key is no key",
    "Send 1 to 255 printable ASCII characters, quoted or not; a UUID is a good one.",
)
UNAUTHORISED = Kind(
    "unauthorised",
    HTTPStatus.UNAUTHORIZED,
    "There is no valid API key",
    "Send one as `Authorization: Bearer` or `X-API-Key`; whoever operates this service makes them.",
)
NOT_FOUND = Kind("not-found", HTTPStatus.NOT_FOUND, "There is nothing at this path", "See /docs.")
METHOD_NOT_ALLOWED = Kind(
    "method-not-allowed", HTTPStatus.METHOD_NOT_ALLOWED, "The path has no such method", "See the header Allow."
)
TOO_SLOW = Kind(
    "too-slow", HTTPStatus.REQUEST_TIMEOUT, "The body did not arrive in time", "Send it faster, or in smaller parts."
)
IDEMPOTENCY_CONFLICT = Kind(
    "idempotency-conflict",
    HTTPStatus.CONFLICT,
    "The same request is being answered",
    "Send the same again after Retry-After: it gets that answer.",
)
TOO_LARGE = Kind(
    "too-large", HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "The body is over the limit", "Stay below `limit_bytes`."
)
TOO_MANY = Kind(
    "too-many-articles",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "The batch has too many articles",
    "Split it; nothing of it was taken.",
)
UNSUPPORTED_TYPE = Kind(
    "unsupported-media-type",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    "The body's media type is not taken here",
    "Send the type that the header Accept-Post names.",
)
UNSUPPORTED_ENCODING = Kind(
    "unsupported-encoding",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    "The body's encoding is not taken here",
    "Send one encoding that the header Accept-Encoding names.",
)
INVALID = Kind(
    "invalid-article",
    HTTPStatus.UNPROCESSABLE_ENTITY,
    "The article breaks a rule",
    "See `errors`; sending the same again will fail again.",
)
IDEMPOTENCY_MISMATCH = Kind(
    "idempotency-mismatch",
    HTTPStatus.UNPROCESSABLE_ENTITY,
    "The Idempotency-Key was used for another request",
    "Use a new one for each request; only the very same request has the same.",
)
OVER_QUOTA = Kind(
    "over-quota",
    HTTPStatus.TOO_MANY_REQUESTS,
    "The key's quota is used up",
    "Send the same again after Retry-After; RateLimit says how much is left.",
)
INTERNAL = Kind(
    "internal", HTTPStatus.INTERNAL_SERVER_ERROR, "Something went wrong here", "Try again; tell us if it stays."
)
UNAVAILABLE = Kind(
    "unavailable",
    HTTPStatus.SERVICE_UNAVAILABLE,
    "Kafka has not confirmed it",
    "Send the same again after Retry-After: ids are derived, so nothing comes twice.",
)
OVERLOADED = Kind(
    "overloaded",
    HTTPStatus.SERVICE_UNAVAILABLE,
    "More is under way than can be held",
    "Send the same again after Retry-After.",
)

KINDS = (
    NOT_JSON,
    BAD_ENCODING,
    BAD_IDEMPOTENCY_KEY,
    UNAUTHORISED,
    NOT_FOUND,
    METHOD_NOT_ALLOWED,
    TOO_SLOW,
    IDEMPOTENCY_CONFLICT,
    TOO_LARGE,
    TOO_MANY,
    UNSUPPORTED_TYPE,
    UNSUPPORTED_ENCODING,
    INVALID,
    IDEMPOTENCY_MISMATCH,
    OVER_QUOTA,
    INTERNAL,
    UNAVAILABLE,
    OVERLOADED,
)

_KIND_OF_REASON = {
    Reason.EMPTY: NOT_JSON,
    Reason.NOT_UTF8: NOT_JSON,
    Reason.NOT_JSON: NOT_JSON,
    Reason.TOO_LARGE: TOO_LARGE,
}


class Rejected(Exception):  # noqa: N818 - named by what happens to the request
    """Raised when a request, or one line of a batch, is answered with a problem."""

    def __init__(
        self,
        kind: Kind,
        detail: str,
        *,
        errors: tuple[Problem, ...] = (),
        reason: str | None = None,
        headers: dict[str, str] | None = None,
        members: dict[str, int] | None = None,
    ) -> None:
        super().__init__(f"{kind.name}: {detail}")
        self.kind = kind
        self.detail = detail
        self.errors = errors
        self.reason = reason or kind.name.replace("-", "_")  # the metric's label: one of a closed list
        self.headers = headers or {}
        self.members = members or {}

    def document(self) -> dict[str, object]:
        """Return the problem as the members of its JSON object."""
        document: dict[str, object] = {
            "type": self.kind.type,
            "title": self.kind.title,
            "status": int(self.kind.status),
            "detail": self.detail,
        }
        if self.errors:
            document["errors"] = [{"pointer": error.pointer, "detail": error.detail} for error in self.errors]
        return document | self.members

    def body(self) -> bytes:
        """Return the problem as JSON."""
        return orjson.dumps(self.document()) + b"\n"


def from_decode_error(error: DecodeError, *, limit_bytes: int) -> Rejected:
    """Return what a body that is no article is answered with."""
    kind = _KIND_OF_REASON.get(error.reason, INVALID)
    detail = "the body is empty" if error.reason is Reason.EMPTY else error.detail
    errors = error.problems
    if kind is INVALID and not errors:
        errors = (Problem(pointer="", detail=detail),)
    members = {"limit_bytes": limit_bytes} if kind is TOO_LARGE else None
    return Rejected(kind, detail, errors=errors, reason=error.reason, members=members)


def too_large(what: str, *, limit_bytes: int) -> Rejected:
    """Return the problem of something that is over a limit, which it names."""
    return Rejected(
        TOO_LARGE, f"{what} is over the limit of {limit_bytes:,} bytes", members={"limit_bytes": limit_bytes}
    )


def later(kind: Kind, detail: str, *, retry_after_seconds: int) -> Rejected:
    """Return a problem that will pass: the client is told when to come again."""
    return Rejected(kind, detail, headers={"Retry-After": str(retry_after_seconds)})
