"""Reading a body: encodings, limits, memory."""

import gzip
import tracemalloc
import zlib

import pytest
import zstandard
from starlette.requests import Request

from services.ingest import problems
from services.ingest.body import Budget, read, require_media_type
from services.ingest.problems import Rejected

PLAIN = b'{"body":"' + b"news " * 400 + b'"}'
LIMIT = 64 * 1024


def make_request(*chunks: bytes, **headers: str) -> Request:
    """Return a request whose body arrives in these chunks."""
    messages = [{"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks]
    messages.append({"type": "http.request", "body": b"", "more_body": False})
    arriving = iter(messages)

    async def receive():
        return next(arriving)

    named = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "method": "POST", "path": "/", "headers": named}, receive)


async def read_all(*chunks: bytes, limit: int = LIMIT, budget: Budget | None = None, **headers: str) -> bytes:
    with (budget or Budget(10 * LIMIT)).hold() as held:
        return await read(make_request(*chunks, **headers), limit_bytes=limit, timeout_seconds=5, held=held)


def pieces(data: bytes, size: int = 7) -> list[bytes]:
    return [data[start : start + size] for start in range(0, len(data), size)]


def zstd_stream(data: bytes, **parameters: int) -> bytes:
    made = zstandard.ZstdCompressionParameters(**parameters)
    compressor = zstandard.ZstdCompressor(compression_params=made).compressobj()
    return compressor.compress(data) + compressor.flush()


@pytest.mark.parametrize(
    ("encoding", "sent"),
    [
        ("identity", PLAIN),
        ("", PLAIN),
        ("gzip", gzip.compress(PLAIN)),
        ("X-GZIP", gzip.compress(PLAIN)),
        ("gzip", gzip.compress(PLAIN[:9]) + gzip.compress(PLAIN[9:])),
        ("zstd", zstandard.compress(PLAIN)),
        ("zstd", zstd_stream(PLAIN, compression_level=3)),
    ],
)
async def test_every_encoding_gives_the_body(encoding, sent):
    """However it is encoded and cut up, the same bytes come out."""
    assert await read_all(sent, content_encoding=encoding) == PLAIN
    assert await read_all(*pieces(sent), content_encoding=encoding) == PLAIN


@pytest.mark.parametrize(
    ("encoding", "sent"),
    [
        ("gzip", gzip.compress(PLAIN)[:-1]),
        ("gzip", gzip.compress(PLAIN) + b"more"),
        ("gzip", PLAIN),
        ("gzip", zlib.compress(PLAIN)),
        ("zstd", zstandard.compress(PLAIN)[:-1]),
        ("zstd", zstandard.compress(PLAIN) + b"more"),
        ("zstd", PLAIN),
        ("zstd", zstd_stream(PLAIN * 100, window_log=27, compression_level=1)),
    ],
)
async def test_a_broken_stream_is_refused(encoding, sent):
    """Cut short, with something after it, of another kind, or with a window that is too large to hold."""
    for chunks in ([sent], pieces(sent, 61)):
        with pytest.raises(Rejected) as raised:
            await read_all(*chunks, content_encoding=encoding)
        assert raised.value.kind is problems.BAD_ENCODING


@pytest.mark.parametrize("encoding", ["br", "deflate", "gzip, gzip", "gzip;q=1"])
async def test_other_encodings_are_named_unsupported(encoding):
    """The client is told what it may use."""
    with pytest.raises(Rejected) as raised:
        await read_all(PLAIN, content_encoding=encoding)
    assert raised.value.kind is problems.UNSUPPORTED_ENCODING
    assert raised.value.headers["Accept-Encoding"] == "gzip, zstd"


@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
async def test_a_bomb_is_refused_before_it_goes_off(encoding):
    """A hundred megabytes of nothing cost a few, whatever the ratio."""
    zeros = b"\0" * (100 * 1024 * 1024)
    bomb = gzip.compress(zeros) if encoding == "gzip" else zstandard.compress(zeros)
    del zeros
    tracemalloc.start()
    try:
        with pytest.raises(Rejected) as raised:
            await read_all(bomb, content_encoding=encoding)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert raised.value.kind is problems.TOO_LARGE
    assert raised.value.document()["limit_bytes"] == LIMIT
    assert peak < 6 * 1024 * 1024


async def test_the_limit_is_exact():
    """A body of the limit's size is taken, one byte more is not."""
    assert len(await read_all(b"x" * LIMIT)) == LIMIT
    with pytest.raises(Rejected):
        await read_all(b"x" * LIMIT, b"x")


async def test_a_declared_length_over_the_limit_is_refused_unread():
    """Content-Length alone is enough to say no."""
    with pytest.raises(Rejected) as raised:
        await read_all(content_length=str(LIMIT + 1))
    assert raised.value.kind is problems.TOO_LARGE


async def test_a_client_that_waits_for_100_continue_is_sent_away():
    """It has not sent its body, so the connection cannot go on to a next request."""
    with pytest.raises(Rejected) as raised:
        await read_all(content_length=str(LIMIT + 1), expect="100-continue")
    assert raised.value.headers["Connection"] == "close"


async def test_the_budget_is_shared_and_given_back():
    """What one request holds another cannot have, until the first has ended."""
    budget = Budget(LIMIT)
    with budget.hold() as held:
        held.take(LIMIT)
        with pytest.raises(Rejected) as raised:
            await read_all(b"x", budget=budget)
        assert raised.value.kind is problems.OVERLOADED
        assert "Retry-After" in raised.value.headers
    assert await read_all(b"x", budget=budget) == b"x"


@pytest.mark.parametrize(
    "declared", ["application/json", "Application/JSON; charset=UTF-8", 'application/json;charset="utf-8"']
)
def test_takes_the_media_type_in_any_spelling(declared):
    """Case and parameters do not matter."""
    require_media_type(make_request(content_type=declared), "application/json")


@pytest.mark.parametrize("declared", ["", "text/plain", "application/json; charset=latin-1", "application/jsonx", "é"])
def test_refuses_other_media_types(declared):
    """The client is told which type is taken."""
    with pytest.raises(Rejected) as raised:
        require_media_type(make_request(content_type=declared), "application/json")
    assert raised.value.kind is problems.UNSUPPORTED_TYPE
    assert raised.value.headers["Accept-Post"] == "application/json"
