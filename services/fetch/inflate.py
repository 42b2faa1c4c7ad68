"""Undoes gzip piece by piece and stops when there is too much of it. Pure; knows no other compression.

A compressed byte can become a thousand: what is made is limited in number and in proportion, before it is made.
"""

import zlib
from collections.abc import Iterator

from services.fetch.trouble import FetchError, Trouble

_GZIP = 16 + zlib.MAX_WBITS
_MAGIC = 0x1F
_PIECE_BYTES = 256 * 1024
# Text that repeats itself much is common in small pages; the proportion counts from here on.
_FREE_BYTES = 1_000_000
# A file may consist of several; an attacker's of a million empty ones.
_MOST_MEMBERS = 64


class Gunzip:
    """One body's decompression. Feed it, then `close` it."""

    def __init__(self, *, max_bytes: int, max_ratio: int) -> None:
        self._max_bytes = max_bytes
        self._max_ratio = max_ratio
        self._member = zlib.decompressobj(_GZIP)
        self._members = 1
        self._padded = False
        self._taken = 0
        self._made = 0

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield what the next bytes become. Raises `FetchError`."""
        self._taken += len(data)
        while data:
            if self._member.eof:
                # Zeros or a line break after the end are padding, which everybody ignores.
                self._padded = self._padded or data[0] != _MAGIC
                if self._padded:
                    return
                self._next_member()
            try:
                piece = self._member.decompress(data, _PIECE_BYTES)
            except zlib.error as error:
                raise FetchError(Trouble.BAD_ENCODING, f"said to be gzip, and is not: {error}") from None
            self._count(piece)
            if piece:
                yield piece
            data = self._member.unused_data if self._member.eof else self._member.unconsumed_tail

    def close(self) -> None:
        """Say if something is missing. Raises `FetchError`."""
        if self._taken and not self._member.eof:
            raise FetchError(Trouble.BAD_ENCODING, "the gzip data end too early")

    def _next_member(self) -> None:
        self._members += 1
        if self._members > _MOST_MEMBERS:
            raise FetchError(Trouble.BAD_ENCODING, f"more than {_MOST_MEMBERS} gzip files, one after the other")
        self._member = zlib.decompressobj(_GZIP)

    def _count(self, piece: bytes) -> None:
        self._made += len(piece)
        if self._made > self._max_bytes:
            raise FetchError(Trouble.TOO_LARGE, f"more than {self._max_bytes:,} bytes, once decompressed")
        if self._made > max(_FREE_BYTES, self._taken * self._max_ratio):
            raise FetchError(
                Trouble.TOO_LARGE, f"{self._taken:,} compressed bytes become more than {self._max_ratio} times as many"
            )
