"""Request bodies, read in pieces and never beyond a limit: neither as they arrive nor decompressed.

What a client says about its body (Content-Length) is used to refuse early, never to trust.
"""

import asyncio
import zlib
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Protocol

import zstandard
from starlette.requests import ClientDisconnect, Request

from services.contract.topics import MIB
from services.ingest import problems
from services.ingest.problems import Rejected, later, too_large

ENCODINGS = ("gzip", "zstd")
_OUTPUT_CHUNK = 256 * 1024
# A zstd frame names the window that its reader must hold; gzip's is 32 KiB.
_MAX_ZSTD_WINDOW = 8 * MIB


class Budget:
    """The bytes that all bodies under way may hold together."""

    def __init__(self, limit_bytes: int) -> None:
        self._limit = limit_bytes
        self._held = 0

    @contextmanager
    def hold(self) -> Iterator["Held"]:
        """Give back, at the end, whatever was taken through the `Held`."""
        held = Held(self)
        try:
            yield held
        finally:
            self._held -= held.bytes

    def _require(self, size: int) -> None:
        if self._held + size > self._limit:
            raise later(
                problems.OVERLOADED, "other requests hold all the memory there is for bodies", retry_after_seconds=1
            )

    def _take(self, size: int) -> None:
        self._require(size)
        self._held += size


class Held:
    """One request's part of the budget."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self.bytes = 0

    def require(self, size: int) -> None:
        """Raise `Rejected` if there are not `size` bytes more; takes none: what is announced may never come."""
        self._budget._require(size)  # noqa: SLF001 - the two are one thing

    def take(self, size: int) -> None:
        """Take `size` bytes more. Raises `Rejected` if there are none."""
        self._budget._take(size)  # noqa: SLF001 - the two are one thing
        self.bytes += size


@contextmanager
def unread(request: Request) -> Iterator[None]:
    """Close the connection after a refusal in here if the client waits to be told whether to send its body.

    It need not send it, so what it sends next could be either.
    """
    try:
        yield
    except Rejected as refusal:
        if "expect" in request.headers:
            refusal.headers["Connection"] = "close"
        raise


class _Decoder(Protocol):
    def feed(self, data: bytes) -> Iterator[bytes]:
        """Return what `data` decompresses to, in pieces."""

    def is_complete(self) -> bool:
        """Whether the stream has ended as it should."""


async def read(request: Request, *, limit_bytes: int, timeout_seconds: float, held: Held) -> bytes:
    """Return the decompressed body. Raises `Rejected`, also for a body that is too large, too slow or broken."""
    try:
        with unread(request):
            decoder = _decoder(request.headers.get("content-encoding", ""))
            _refuse_declared(request, limit_bytes, held)
            async with asyncio.timeout(timeout_seconds):
                return await _read(request.stream(), decoder, limit_bytes, held)
    except TimeoutError:
        raise Rejected(
            problems.TOO_SLOW,
            f"the body was not complete after {timeout_seconds:g} s",
            headers={"Connection": "close"},
        ) from None
    except ClientDisconnect:
        raise Rejected(problems.TOO_SLOW, "the client went away before its body was complete") from None


def require_media_type(request: Request, *allowed: str) -> None:
    """Raise `Rejected` unless the body is declared as one of the types, in UTF-8."""
    declared = request.headers.get("content-type", "")
    media_type, _, parameters = declared.partition(";")
    charset = parameters.lower().replace(" ", "").replace('"', "").partition("charset=")[2].partition(";")[0]
    if media_type.strip().lower() not in allowed or charset not in {"", "utf-8", "utf8"}:
        said = f"{declared[:100]!a}" if declared else "nothing"
        raise Rejected(
            problems.UNSUPPORTED_TYPE,
            f"Content-Type says {said}; taken here: {', '.join(allowed)}, in UTF-8",
            headers={"Accept-Post": ", ".join(allowed)},
        )


def _refuse_declared(request: Request, limit_bytes: int, held: Held) -> None:
    declared = request.headers.get("content-length", "")
    size = int(declared) if declared.isdecimal() else 1
    if size > limit_bytes:
        raise too_large(f"a body of {size:,} bytes", limit_bytes=limit_bytes)
    held.require(size)


async def _read(chunks: AsyncIterator[bytes], decoder: _Decoder, limit_bytes: int, held: Held) -> bytes:
    body = bytearray()
    arrived = 0
    async for chunk in chunks:
        arrived += len(chunk)
        if arrived > limit_bytes:
            raise too_large("the body", limit_bytes=limit_bytes)
        for piece in decoder.feed(chunk):
            if len(body) + len(piece) > limit_bytes:
                raise too_large("the body", limit_bytes=limit_bytes)
            held.take(len(piece))
            body += piece
    if arrived and not decoder.is_complete():
        raise Rejected(problems.BAD_ENCODING, "the compressed body is cut short")
    return bytes(body)


def _decoder(encoding: str) -> _Decoder:
    match encoding.strip().lower():
        case "" | "identity":
            return _Identity()
        case "gzip" | "x-gzip":
            return _Gzip()
        case "zstd":
            return _Zstd()
        case _:
            raise Rejected(
                problems.UNSUPPORTED_ENCODING,
                f"Content-Encoding says {encoding[:100]!a}; taken here: {', '.join(ENCODINGS)}, identity",
                headers={"Accept-Encoding": ", ".join(ENCODINGS)},
            )


class _Identity:
    def feed(self, data: bytes) -> Iterator[bytes]:
        yield data

    def is_complete(self) -> bool:
        return True


class _Gzip:
    """RFC 1952: one member or several, each decompressed by at most a chunk at a time."""

    _GZIP_ONLY = 16 + zlib.MAX_WBITS

    def __init__(self) -> None:
        self._member = zlib.decompressobj(self._GZIP_ONLY)
        self._is_started = False

    def feed(self, data: bytes) -> Iterator[bytes]:
        while data:
            if self._member.eof:
                self._member = zlib.decompressobj(self._GZIP_ONLY)
            self._is_started = True
            try:
                piece = self._member.decompress(data, _OUTPUT_CHUNK)
            except zlib.error as error:
                raise Rejected(problems.BAD_ENCODING, f"the body is not gzip: {error}") from None
            if piece:
                yield piece
            data = self._member.unused_data if self._member.eof else self._member.unconsumed_tail

    def is_complete(self) -> bool:
        return self._is_started and self._member.eof


class _Zstd:
    """RFC 8878, one frame. The library decompresses a whole input at once: it is fed so little that this stays small."""

    # A block of zstd is at most 128 KiB and can be four bytes long: 64 bytes of input are at most 2 MiB of output.
    _INPUT_CHUNK = 64

    def __init__(self) -> None:
        self._frame = zstandard.ZstdDecompressor(max_window_size=_MAX_ZSTD_WINDOW).decompressobj()

    def feed(self, data: bytes) -> Iterator[bytes]:
        view = memoryview(data)
        for start in range(0, len(view), self._INPUT_CHUNK):
            if self._frame.eof:
                raise Rejected(problems.BAD_ENCODING, "there is more after the zstd frame")
            try:
                piece = self._frame.decompress(view[start : start + self._INPUT_CHUNK])
            except zstandard.ZstdError as error:
                raise Rejected(problems.BAD_ENCODING, f"the body is not zstd: {error}") from None
            if self._frame.unused_data:
                raise Rejected(problems.BAD_ENCODING, "there is more after the zstd frame")
            if piece:
                yield piece

    def is_complete(self) -> bool:
        return bool(self._frame.eof)
