"""How gzip is undone."""

import gzip
import tracemalloc
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.fetch.inflate import Gunzip
from services.fetch.trouble import FetchError, Trouble

MIB = 1024 * 1024


def undone(data: bytes, *, step: int = 1 << 16, max_bytes: int = 8 * MIB, max_ratio: int = 100) -> bytes:
    """Return what data become, fed in steps."""
    gunzip = Gunzip(max_bytes=max_bytes, max_ratio=max_ratio)
    body = b"".join(piece for at in range(0, len(data), step) for piece in gunzip.feed(data[at : at + step]))
    gunzip.close()
    return body


@given(st.lists(st.binary(max_size=300), min_size=1, max_size=4), st.integers(1, 50))
def test_what_was_compressed_comes_back(parts, step) -> None:
    """One file or several, in pieces of any size; padding behind them is ignored."""
    assert undone(b"".join(map(gzip.compress, parts)) + b"\0\0\n", step=step) == b"".join(parts)


def test_a_large_text_comes_back() -> None:
    """Larger than a piece, and than what is free."""
    text = bytes(range(256)) * 12_000
    assert undone(gzip.compress(text), max_ratio=400) == text


def test_a_bomb_is_not_unpacked() -> None:
    """64 MiB of zeros in 64 kB: refused after little more than the free million bytes, which is all the memory it takes."""
    data = gzip.compress(bytes(64 * MIB))
    tracemalloc.start()
    with pytest.raises(FetchError) as caught:
        for _piece in Gunzip(max_bytes=64 * MIB, max_ratio=10).feed(data):
            pass
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert caught.value.trouble is Trouble.TOO_LARGE
    assert peak < 2 * MIB


def test_too_much_is_refused_however_well_it_compresses() -> None:
    """The limit on what is made holds by itself."""
    with pytest.raises(FetchError, match="more than 1,000 bytes") as caught:
        undone(gzip.compress(bytes(range(256)) * 4), max_bytes=1_000)
    assert caught.value.trouble is Trouble.TOO_LARGE


@pytest.mark.parametrize(
    "data",
    [
        b"hello",
        gzip.compress(b"hello")[:-1],
        gzip.compress(b"hello")[:-8] + b"\0" * 8,
        zlib.compress(b"hello"),
        gzip.compress(b"") * 65,
        gzip.compress(b"hello") + b"\x1f\x8bno",
    ],
    ids=["no gzip", "cut", "wrong sum", "zlib", "many", "broken second"],
)
def test_broken_data_are_told(data) -> None:
    """Whatever is wrong with them, it is an encoding that is bad."""
    with pytest.raises(FetchError) as caught:
        undone(data)
    assert caught.value.trouble is Trouble.BAD_ENCODING


def test_nothing_is_nothing() -> None:
    """An answer without a body may say that it is compressed."""
    assert undone(b"") == b""
