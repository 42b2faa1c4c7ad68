"""Records that are no article, each with the reason it must be rejected for."""

from services.contract.rejected import Reason

POISON: dict[str, tuple[bytes, Reason]] = {
    "nothing": (b"", Reason.EMPTY),
    "not JSON": (b'{"body": "unfinished', Reason.NOT_JSON),
    "plain text": (b"Hello, news!", Reason.NOT_JSON),
    "a list": (b'[{"body":"x"}]', Reason.NOT_AN_OBJECT),
    "wrong schema": (b'{"body": 5, "source": "The Example"}', Reason.INVALID),
    "no text": (b'{"title": "only a title"}', Reason.INVALID),
    "no text left": (b'{"body": "\\u200b\\ufeff"}', Reason.NO_TEXT),
    "five megabytes": (b'{"body":"' + b"x" * 5_000_000 + b'"}', Reason.TOO_LARGE),
    "invalid UTF-8": (b'{"body":"caf\xe9"}', Reason.NOT_UTF8),
    "a NUL byte": (b'{"body":"a\x00b"}', Reason.NOT_JSON),
    "an escaped NUL": (b'{"body":"a\\u0000b"}', Reason.INVALID),
    "a lone surrogate": (b'{"body":"a\\ud800b"}', Reason.NOT_JSON),
    "deep nesting": (b'{"body":"x","deep":' + b"[" * 900 + b"]" * 900 + b"}", Reason.INVALID),
    "very deep nesting": (b'{"body":"x","deep":' + b"[" * 100_000 + b"]" * 100_000 + b"}", Reason.NOT_JSON),
    "unknown version": (b'{"schema_version":2,"body":"x"}', Reason.UNSUPPORTED_VERSION),
    "an impossible time": (b'{"body":"x","published_at":"0001-01-01T00:00:00+14:00"}', Reason.INVALID),
    "a retraction of nothing": (b'{"action":"retract","reason":"error"}', Reason.UNIDENTIFIED),
    "a page without an article": (b'{"html":"<html><body></body></html>"}', Reason.NO_TEXT),
}
