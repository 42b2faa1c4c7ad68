"""A server on loopback that does what servers must not, one misdeed a path. Bounded: it stops when its test does.

`/ok` and `/echo` behave. A path that is not known is 404.
"""

import asyncio
import gzip
import itertools
import json
import ssl
import zlib
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Self
from urllib.parse import parse_qsl, urlsplit

from services.fetch import FetchSettings

MIB = 1024 * 1024
TEXT = b"Il ponte sul fiume riapre marted\xc3\xac. "


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it came."""

    line: str
    headers: Mapping[str, str]

    @property
    def path(self) -> str:
        return urlsplit(self.line.split(" ")[1]).path

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.line.split(" ")[1]).query))


Misdeed = Callable[["Attacker", Asked, asyncio.StreamWriter], Awaitable[None]]


class Attacker:
    """The server: `async with Attacker() as attacker`, then ask `attacker.url("/drip")`; `asked` has what came."""

    def __init__(self, *, tls: ssl.SSLContext | None = None) -> None:
        self._tls = tls
        self._server: asyncio.Server | None = None
        self.connections: set[asyncio.Task] = set()
        self.asked: list[Asked] = []
        self.port = 0

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self._tls)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()
        for task in self.connections:
            task.cancel()
        await asyncio.gather(*self.connections, return_exceptions=True)
        await self._server.wait_closed()

    def url(self, path: str, *, host: str = "127.0.0.1") -> str:
        """Return the address of a path."""
        return f"{'https' if self._tls else 'http'}://{host}:{self.port}{path}"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        self.connections.add(task)
        try:
            with suppress(OSError, asyncio.IncompleteReadError, ssl.SSLError):
                await self._answer(reader, writer)
        except asyncio.CancelledError:
            pass  # the test is over
        finally:
            writer.transport.abort()
            self.connections.discard(task)

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in head[1:] if line)
        asked = Asked(head[0], headers)
        self.asked.append(asked)
        await _MISDEEDS.get(asked.path, not_found)(self, asked, writer)
        writer.close()
        await writer.wait_closed()


def permitting(attacker: Attacker, **changes) -> FetchSettings:
    """Return settings that permit this attacker, with little patience."""
    defaults = {
        "ports": {attacker.port},
        "allow_loopback": True,
        "total_seconds": 10.0,
        "silence_seconds": 5.0,
        "max_body_bytes": 2_000_000,
        "user_agent": "tests (nobody@example.org)",
    }
    return FetchSettings(**(defaults | changes))


async def answer(writer: asyncio.StreamWriter, body: bytes, *headers: str, status: str = "200 OK") -> None:
    """Answer as a server should; the connection ends the body unless a header says otherwise."""
    lines = [f"HTTP/1.1 {status}", "Connection: close", *headers, "", ""]
    writer.write("\r\n".join(lines).encode("latin-1") + body)
    await writer.drain()


async def not_found(_: Attacker, __: Asked, writer: asyncio.StreamWriter) -> None:
    await answer(writer, b"nothing here", "Content-Length: 12", status="404 Not Found")


async def ok(_: Attacker, __: Asked, writer: asyncio.StreamWriter) -> None:
    body = gzip.compress(TEXT * 10)
    await answer(writer, body, f"Content-Length: {len(body)}", "Content-Encoding: gzip", "Content-Type: text/plain")


async def echo(_: Attacker, asked: Asked, writer: asyncio.StreamWriter) -> None:
    await answer(writer, json.dumps(asked.headers).encode(), "X-Two: a", "X-Two: b", "Set-Cookie: spy=1")


async def page(_: Attacker, __: Asked, writer: asyncio.StreamWriter) -> None:
    """Send an article in Latin-1, which the header calls so and the page calls UTF-8."""
    text = "<p>" + "Il sindaco ha detto che la città riaprirà il ponte martedì, dopo due anni di lavori. " * 8 + "</p>"
    html = (
        '<html lang="it"><head><meta charset="utf-8"><title>Il ponte riapre martedì</title>'
        '<meta property="article:published_time" content="2026-03-12T10:00:00Z">'
        f'<link rel="canonical" href="/ponte"></head><body><article>{text * 3}</article></body></html>'
    )
    await answer(writer, html.encode("latin-1"), "Content-Type: text/html; charset=ISO-8859-1")


async def image(_: Attacker, __: Asked, writer: asyncio.StreamWriter) -> None:
    await answer(writer, b"\x89PNG", "Content-Type: image/png")


async def deep(_: Attacker, __: Asked, writer: asyncio.StreamWriter) -> None:
    """Send a page of tags within tags."""
    await answer(writer, b"<html><body>" + b"<div>" * 200_000, "Content-Type: text/html")


async def drip(_: Attacker, __: Asked, writer: asyncio.StreamWriter) -> None:
    """Send a byte now and then: never silent for long, never done."""
    await answer(writer, b"")
    while not writer.is_closing():
        writer.write(b".")
        await writer.drain()
        await asyncio.sleep(0.05)


async def drip_headers(_: Attacker, __: Asked, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n")
    while not writer.is_closing():
        writer.write(b"X-A: b\r\n")
        await writer.drain()
        await asyncio.sleep(0.05)


async def silent(_: Attacker, __: Asked, ___: asyncio.StreamWriter) -> None:
    await asyncio.Event().wait()


async def endless(_: Attacker, __: Asked, writer: asyncio.StreamWriter) -> None:
    await answer(writer, b"")
    while not writer.is_closing():
        writer.write(TEXT * 2_000)
        await writer.drain()


async def endless_continue(_: Attacker, __: Asked, writer: asyncio.StreamWriter) -> None:
    """Send promises of an answer, as fast as they can be sent."""
    while not writer.is_closing():
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\n" * 2_000)
        await writer.drain()


async def huge_length(_: Attacker, __: Asked, writer: asyncio.StreamWriter) -> None:
    await answer(writer, b"", "Content-Length: 99999999999")
    await asyncio.Event().wait()


async def bomb(_: Attacker, __: Asked, writer: asyncio.StreamWriter) -> None:
    """Send two megabytes of gzip that become two gigabytes."""
    await answer(writer, b"", "Content-Encoding: gzip", "Content-Type: text/html")
    deflate = zlib.compressobj(9, zlib.DEFLATED, 31)
    zeros = bytes(MIB)
    sent = 0
    while sent < 2 * MIB and not writer.is_closing():
        data = deflate.compress(zeros)
        sent += len(data)
        writer.write(data)
        await writer.drain()
        await asyncio.sleep(0)  # who fetches runs in this loop too
    writer.write(deflate.flush())
    await writer.drain()


async def many_members(_: Attacker, __: Asked, writer: asyncio.StreamWriter) -> None:
    """Send a hundred thousand empty gzip files."""
    await answer(writer, gzip.compress(b"") * 100_000, "Content-Encoding: gzip")


async def two_members(_: Attacker, __: Asked, writer: asyncio.StreamWriter) -> None:
    await answer(writer, gzip.compress(b"one ") + gzip.compress(b"two") + b"\0\0\n", "Content-Encoding: gzip")


async def cut_gzip(_: Attacker, __: Asked, writer: asyncio.StreamWriter) -> None:
    await answer(writer, gzip.compress(TEXT * 10)[:-9], "Content-Encoding: gzip")


async def not_gzip(_: Attacker, __: Asked, writer: asyncio.StreamWriter) -> None:
    await answer(writer, b"\xff\x00" * 500, "Content-Encoding: gzip")


async def encoded(_: Attacker, asked: Asked, writer: asyncio.StreamWriter) -> None:
    """Send whatever, compressed with what was not asked for."""
    await answer(writer, b"\x78\x9c\x00garbage", f"Content-Encoding: {asked.query['as']}")


async def broken_chunks(_: Attacker, __: Asked, writer: asyncio.StreamWriter) -> None:
    await answer(writer, b"5\r\nhello\r\nzz\r\nworld\r\n0\r\n\r\n", "Transfer-Encoding: chunked")


async def cut_chunks(_: Attacker, __: Asked, writer: asyncio.StreamWriter) -> None:
    await answer(writer, b"5\r\nhello\r\n", "Transfer-Encoding: chunked")


async def cut(_: Attacker, __: Asked, writer: asyncio.StreamWriter) -> None:
    await answer(writer, b"half", "Content-Length: 8")


async def big_header(_: Attacker, __: Asked, writer: asyncio.StreamWriter) -> None:
    """Send one header of ten megabytes."""
    writer.write(b"HTTP/1.1 200 OK\r\nX-Big: ")
    for _i in range(10 * MIB // 4096):
        writer.write(b"a" * 4096)
        await writer.drain()
    writer.write(b"\r\n\r\n")


async def many_headers(_: Attacker, __: Asked, writer: asyncio.StreamWriter) -> None:
    """Send eighty kilobytes of small headers."""
    await answer(writer, b"", *(f"X-{number}: {'a' * 70}" for number in range(1_000)))


async def no_http(_: Attacker, __: Asked, writer: asyncio.StreamWriter) -> None:
    writer.write(b"SSH-2.0-OpenSSH_9.6\r\n")
    await writer.drain()


async def loop(_: Attacker, __: Asked, writer: asyncio.StreamWriter) -> None:
    await answer(writer, b"", "Location: /loop", "Content-Length: 0", status="302 Found")


async def hop(_: Attacker, asked: Asked, writer: asyncio.StreamWriter) -> None:
    """Send so many redirects, then an answer."""
    left = int(asked.query["left"])
    where = f"/hop?left={left - 1}" if left > 1 else "/ok"
    await answer(writer, b"gone", f"Location: {where}", "Content-Length: 4", status="301 Moved Permanently")


async def to(_: Attacker, asked: Asked, writer: asyncio.StreamWriter) -> None:
    """Redirect wherever one wants."""
    await answer(writer, b"", f"Location: {asked.query['url']}", "Content-Length: 0", status="302 Found")


async def unchanged(_: Attacker, asked: Asked, writer: asyncio.StreamWriter) -> None:
    """Send a document with an ETag, for those who have not got it."""
    if asked.headers.get("if-none-match") == '"a1"':
        await answer(writer, b"", 'ETag: "a1"', "Content-Encoding: br", status="304 Not Modified")
    else:
        await answer(writer, b"new", 'ETag: "a1"', "Content-Length: 3")


_MISDEEDS: dict[str, Misdeed] = {
    f"/{deed.__name__.replace('_', '-')}": deed
    for deed in itertools.chain(
        (
            ok,
            echo,
            page,
            image,
            deep,
            drip,
            drip_headers,
            silent,
            endless,
            endless_continue,
            huge_length,
            bomb,
            many_members,
        ),
        (two_members, cut_gzip, not_gzip, encoded, broken_chunks, cut_chunks, cut, big_header, many_headers, no_http),
        (loop, hop, to, unchanged),
    )
}
