"""What the OpenAPI document says about the routes: bodies, examples, every answer. No behaviour.

Bodies are described here and not by the framework, which would also validate them, in its own words.
"""

from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field
from pydantic.json_schema import models_json_schema

from services.contract.article import Action, ArticleV1
from services.contract.rejected import Problem
from services.ingest import problems
from services.ingest.accept import RetractionV1
from services.ingest.problems import Kind

JSON = "application/json"
NDJSON = "application/x-ndjson"

_Mode = Literal["validation", "serialization"]

TITLE = "Claimwire ingest"
SUMMARY = "Takes news articles and answers when Kafka has them."
DESCRIPTION = """\
A **202** (or `accepted` in a batch) is given only after Kafka confirmed the record: what was accepted is not lost.
Ids are derived from what an article says about itself, so sending an article again is harmless and replaces it.
Bodies may be compressed: `Content-Encoding: gzip` or `zstd`. Errors are `application/problem+json` (RFC 9457); branch
on `type`, which does not change. On **503** send the same again after `Retry-After` seconds.
A valid W3C `traceparent` header is passed on with the record.

Each request needs an API key if this service is run with keys. A key may have a quota, counted in articles: `RateLimit`
says how much of it is left, **429** that nothing is. A request that was not answered can be sent again with its
`Idempotency-Key`: if it was accepted the first time, that answer is given again and nothing is published twice.
"""

Security = list[dict[str, list[str]]]
# The names of RFC 6750 and of gateways' habit; either will do.
SECURITY_SCHEMES: dict[str, Any] = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "`Authorization: Bearer cw_…`"},
    "apiKey": {"type": "apiKey", "in": "header", "name": "X-API-Key", "description": "The same key."},
}

_ID = "0d7a5c1e-2f9b-5d3c-8a61-7f0e6c2b9d14"
_ARTICLE = {
    "source": {"id": "harbour-gazette", "name": "The Harbour Gazette", "domain": "gazette.example", "country": "GB"},
    "producer_article_id": "hg-2026-0312",
    "url": "https://gazette.example/2026/03/12/ferry",
    "title": "Ferry to run again from May",
    "language": "en",
    "published_at": "2026-03-12T14:00:00Z",
    "body": "The ferry will run again from May.\n\n“We are ready,” said the harbour master, Ada Holm.",
}
_RECEIPT = {
    "article_id": _ID,
    "status": "accepted",
    "action": "add",
    "topic": "news.articles.raw.v1",
    "partition": 3,
    "offset": 1042,
}


class ProblemDocument(BaseModel):
    """RFC 9457."""

    type: str = Field(description="Stable; one for each kind of problem.")
    title: str
    status: int
    detail: str = Field(description="What is wrong with this request.")
    errors: list[Problem] | None = Field(None, description="What is wrong, each with an RFC 6901 pointer.")
    limit_bytes: int | None = Field(None, description="With too-large: the limit.")
    limit_articles: int | None = Field(None, description="With too-many-articles: the limit.")


class Receipt(BaseModel):
    """An article that Kafka has."""

    article_id: UUID = Field(description="Also the record's key.")
    status: Literal["accepted"]
    action: Action
    topic: str
    partition: int
    offset: int


class LineResult(BaseModel):
    """What became of one line of a batch."""

    line: int = Field(description="From 1; blank lines count and have no result.")
    status: Literal["accepted", "rejected", "failed"] = Field(
        description="rejected: sending it again will fail again; failed: send it again, with the later lines of its id."
    )
    article_id: UUID | None = None
    action: Action | None = None
    topic: str | None = None
    partition: int | None = None
    offset: int | None = None
    problem: ProblemDocument | None = None


def security() -> Security:
    """Return what a service that has keys asks for."""
    return [{name: []} for name in SECURITY_SCHEMES]


def no_security() -> Security:
    """Return what a service without keys asks for: nothing, but it lets a key pass."""
    return [{}, *security()]


def component_schemas() -> dict[str, Any]:
    """Return the schemas that the routes below refer to."""
    read: list[tuple[type[BaseModel], _Mode]] = [(ArticleV1, "validation"), (RetractionV1, "validation")]
    written: list[tuple[type[BaseModel], _Mode]] = [
        (Receipt, "serialization"),
        (LineResult, "serialization"),
        (ProblemDocument, "serialization"),
    ]
    schemas: dict[str, Any] = {}
    for models in (read, written):
        _, definitions = models_json_schema(models, ref_template="#/components/schemas/{model}")
        schemas |= definitions["$defs"]
    return schemas


def _ref(model: type[BaseModel]) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{model.__name__}"}


def _answers(*kinds: Kind) -> dict[int | str, dict[str, Any]]:
    by_status: dict[int, list[Kind]] = {}
    for kind in kinds:
        by_status.setdefault(int(kind.status), []).append(kind)
    answers: dict[int | str, dict[str, Any]] = {}
    for status, members in by_status.items():
        examples = {
            kind.name: {
                "summary": kind.remedy,
                "value": {"type": kind.type, "title": kind.title, "status": status, "detail": kind.title},
            }
            for kind in members
        }
        answers[status] = {
            "description": "; ".join(f"{kind.title}. {kind.remedy}" for kind in members),
            "content": {problems.MEDIA_TYPE: {"schema": _ref(ProblemDocument), "examples": examples}},
        }
        answers[status]["headers"] = _HEADERS.get(status, {}) | (_QUOTA if status != _UNAUTHORISED else {})
    return answers


def _header(description: str, kind: str = "string", **more: Any) -> dict[str, Any]:
    return {"description": description, "schema": {"type": kind, **more}}


_UNAUTHORISED = int(problems.UNAUTHORISED.status)
_RETRY_AFTER = {"Retry-After": _header("Seconds.", "integer") | {"required": True}}
_HEADERS: dict[int, dict[str, Any]] = {
    _UNAUTHORISED: {"WWW-Authenticate": _header("RFC 6750.") | {"required": True}},
    int(problems.IDEMPOTENCY_CONFLICT.status): _RETRY_AFTER,
    int(problems.OVER_QUOTA.status): _RETRY_AFTER,
    int(problems.UNAVAILABLE.status): _RETRY_AFTER,
}
_QUOTA = {
    "RateLimit": _header("With a quota: `r` articles may come now; it is full again after `t` seconds."),
    "RateLimit-Policy": _header("With a quota: `q` articles in `w` seconds."),
}
_REPLAYED = {"Idempotent-Replayed": _header("With an answer that was given before.", enum=["true"])}
_IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "One for each request, for instance a UUID; the same when it is sent again.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]([ -~]*[!-~])?$"},
    "example": "8e03978e-40d5-43e8-bc93-6894a57f9324",
}


def _accepted() -> dict[int | str, dict[str, Any]]:
    location = {"Location": _header("The article's name here.")}
    return {
        202: {
            "description": "All replicas have it.",
            "headers": location | _QUOTA | _REPLAYED,
            "content": {JSON: {"schema": _ref(Receipt), "example": _RECEIPT}},
        }
    }


_REFUSALS = (
    problems.NOT_JSON,
    problems.BAD_ENCODING,
    problems.BAD_IDEMPOTENCY_KEY,
    problems.UNAUTHORISED,
    problems.TOO_SLOW,
    problems.IDEMPOTENCY_CONFLICT,
    problems.TOO_LARGE,
    problems.UNSUPPORTED_TYPE,
    problems.UNSUPPORTED_ENCODING,
    problems.INVALID,
    problems.IDEMPOTENCY_MISMATCH,
    problems.OVER_QUOTA,
    problems.INTERNAL,
    problems.UNAVAILABLE,
    problems.OVERLOADED,
)
_BATCH_REFUSALS = (*(k for k in _REFUSALS if k not in {problems.NOT_JSON, problems.INVALID}), problems.TOO_MANY)

SUBMIT: dict[str, Any] = {
    "summary": "Submit an article",
    "operation_id": "submitArticle",
    "status_code": 202,
    "responses": _accepted() | _answers(*_REFUSALS),
    "openapi_extra": {
        "parameters": [_IDEMPOTENCY_KEY],
        "requestBody": {
            "required": True,
            "content": {JSON: {"schema": _ref(ArticleV1), "examples": {"article": {"value": _ARTICLE}}}},
        },
    },
}
SUBMIT_BATCH: dict[str, Any] = {
    "summary": "Submit many articles, one a line",
    "operation_id": "submitArticles",
    "responses": {
        200: {
            "description": "One result a line, in order: some may be accepted and others not.",
            "headers": _QUOTA | _REPLAYED,
            "content": {NDJSON: {"schema": _ref(LineResult), "example": {"line": 1} | _RECEIPT}},
        }
    }
    | _answers(*_BATCH_REFUSALS),
    "openapi_extra": {
        "parameters": [_IDEMPOTENCY_KEY],
        "requestBody": {
            "required": True,
            "description": "One article a line. Blank lines are skipped.",
            "content": {NDJSON: {"schema": _ref(ArticleV1), "examples": {"line": {"value": _ARTICLE}}}},
        },
    },
}
RETRACT: dict[str, Any] = {
    "summary": "Retract an article",
    "description": "Consumers get a small record with the reason in place of the article.",
    "operation_id": "retractArticle",
    "status_code": 202,
    "responses": _accepted() | _answers(*_REFUSALS),
    "openapi_extra": {
        "parameters": [_IDEMPOTENCY_KEY],
        "requestBody": {
            "required": True,
            "content": {
                JSON: {
                    "schema": _ref(RetractionV1),
                    "examples": {"retraction": {"value": {"reason": "The document it quotes is not authentic."}}},
                }
            },
        },
    },
}
