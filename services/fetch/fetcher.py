"""Fetches what the open internet offers, and trusts nothing about it. Parses no body, keeps no cookie, sends no credential.

Each fetch has connections of its own: what a server did to one never meets another fetch. Redirects are followed here,
one by one, through the same checks.
"""

import asyncio
import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Self

import certifi
import h11
import httpcore

from services.fetch import urls
from services.fetch.door import Door, Resolver, resolve
from services.fetch.inflate import Gunzip
from services.fetch.settings import KIB, MIB, FetchSettings
from services.fetch.trouble import FetchError, Trouble
from services.fetch.urls import Target

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
# What callers may ask for. All else is ours to say, or would be a credential.
_HEADERS = frozenset({"accept", "accept-language", "a-im", "if-modified-since", "if-none-match"})
_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
# httpcore reads 64 KiB at a time, so the beginning of the body may come with the headers.
_HEADER_ROOM = 128 * KIB
_TOO_MUCH_HEADER = 431  # how h11 says that it will not collect more


@dataclass(frozen=True, slots=True, kw_only=True)
class Redirect:
    """An address that sent us elsewhere, and with which status: 301 and 308 mean for good."""

    url: str
    status: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """An answer, whatever its status: 304 and 404 are answers too."""

    url: str  # where it came from in the end
    status: int
    headers: Mapping[str, str]  # names in lower case; the values of one that came twice are joined by ", "
    body: bytes  # decompressed
    redirects: tuple[Redirect, ...] = ()


class Fetcher:
    """Fetches while it is entered: `async with Fetcher(settings) as fetcher`. May be shared by any number of tasks."""

    def __init__(self, settings: FetchSettings, *, resolver: Resolver = resolve) -> None:
        self._settings = settings
        self._resolver = resolver
        self._tls: ssl.SSLContext | None = None

    async def __aenter__(self) -> Self:
        authorities = str(self._settings.ca_file or certifi.where())
        self._tls = await asyncio.to_thread(ssl.create_default_context, cafile=authorities)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._tls = None

    async def get(self, url: str, *, headers: Mapping[str, str] | None = None) -> Fetched:
        """Return the answer of `url`, or of where it redirects to. Raises `FetchError`, and nothing else for what a server does."""
        if self._tls is None:
            raise RuntimeError("a Fetcher fetches only while it is entered")
        asked = _allowed(headers or {})
        try:
            async with asyncio.timeout(self._settings.total_seconds):
                return await self._follow(urls.read(url), asked, self._tls)
        except TimeoutError:
            detail = f"no whole answer within {self._settings.total_seconds:g} s"
            raise FetchError(Trouble.TOO_SLOW, detail) from None

    async def _follow(self, target: Target, headers: Mapping[str, str], tls: ssl.SSLContext) -> Fetched:
        redirects: list[Redirect] = []
        door = Door(
            resolver=self._resolver, allow_loopback=self._settings.allow_loopback, backend=httpcore.AnyIOBackend()
        )
        async with httpcore.AsyncConnectionPool(
            ssl_context=tls, http2=True, keepalive_expiry=self._settings.total_seconds, network_backend=door
        ) as pool:
            while True:
                # No limit of HTTP's own counts an endless row of promises, which are answers without end.
                door.allow(self._settings.max_header_bytes + _HEADER_ROOM)
                answer = await self._ask(pool, door, target, headers)
                if isinstance(answer, Fetched):
                    return replace(answer, redirects=tuple(redirects))
                if len(redirects) == self._settings.max_redirects:
                    raise FetchError(Trouble.TOO_MANY_REDIRECTS, f"more than {len(redirects)} redirects")
                status, location = answer
                redirects.append(Redirect(url=target.url, status=status))
                target = urls.follow(target, location)

    async def _ask(
        self,
        pool: httpcore.AsyncConnectionPool,
        door: Door,
        target: Target,
        headers: Mapping[str, str],
    ) -> Fetched | tuple[int, str]:
        """Return the answer; of a redirect, its status and where it leads."""
        if target.port not in self._settings.ports:
            raise FetchError(Trouble.BLOCKED_PORT, f"port {target.port} may not be asked: {target.url}")
        try:
            async with pool.stream(
                "GET", _asked(target), headers=self._headers(target, headers), extensions=self._timeouts()
            ) as response:
                received = self._received(response)
                if response.status in _REDIRECTS and (location := _location(response)) is not None:
                    return response.status, location
                door.allow(2 * self._settings.max_body_bytes + MIB)  # chunks have frames
                body = await self._body(response, received)
        except httpcore.TimeoutException:
            raise FetchError(Trouble.TOO_SLOW, f"{target.host} does not answer in time") from None
        except httpcore.ProtocolError as error:
            raise self._no_http(error, target) from None
        except httpcore.NetworkError as error:
            detail = str(error) or "the connection broke off"
            raise FetchError(Trouble.CONNECTION, f"{target.host}: {detail}") from None
        return Fetched(url=target.url, status=response.status, headers=received, body=body)

    def _headers(self, target: Target, headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
        own = {"host": target.authority, "user-agent": self._settings.user_agent, "accept": "*/*"}
        sent = {**own, **headers, "accept-encoding": "gzip"}
        return [(name.encode("ascii"), value.encode("latin-1")) for name, value in sent.items()]

    def _timeouts(self) -> dict[str, dict[str, float]]:
        connect, silence = self._settings.connect_seconds, self._settings.silence_seconds
        return {"timeout": {"connect": connect, "read": silence, "write": silence, "pool": silence}}

    def _received(self, response: httpcore.Response) -> Mapping[str, str]:
        if sum(len(name) + len(value) + 4 for name, value in response.headers) > self._settings.max_header_bytes:
            raise self._too_much_header()
        received: dict[str, str] = {}
        for raw_name, raw_value in response.headers:
            name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
            received[name] = f"{received[name]}, {value}" if name in received else value
        return received

    async def _body(self, response: httpcore.Response, headers: Mapping[str, str]) -> bytes:
        declared = headers.get("content-length", "")
        if declared.isdecimal() and int(declared) > self._settings.max_body_bytes:
            raise self._too_much_body()
        encoding = headers.get("content-encoding", "").strip().lower()
        gunzip = Gunzip(max_bytes=self._settings.max_body_bytes, max_ratio=self._settings.max_ratio)
        body = bytearray()
        taken = 0
        async for data in response.aiter_stream():
            taken += len(data)
            if taken > self._settings.max_body_bytes:
                raise self._too_much_body()
            if encoding in {"", "identity"}:
                body += data
            elif encoding in {"gzip", "x-gzip"}:
                for piece in gunzip.feed(data):
                    body += piece
            elif data:  # an answer without a body may say what it likes
                raise FetchError(Trouble.BAD_ENCODING, f"compressed with {encoding!r:.40}, and gzip was asked for")
        gunzip.close()
        return bytes(body)

    def _too_much_header(self) -> FetchError:
        return FetchError(Trouble.TOO_LARGE, f"more than {self._settings.max_header_bytes:,} bytes of headers")

    def _too_much_body(self) -> FetchError:
        return FetchError(Trouble.TOO_LARGE, f"more than {self._settings.max_body_bytes:,} bytes")

    def _no_http(self, error: httpcore.ProtocolError, target: Target) -> FetchError:
        cause = error.__context__  # httpcore drops what it names as the cause
        if isinstance(cause, h11.RemoteProtocolError) and cause.error_status_hint == _TOO_MUCH_HEADER:
            return self._too_much_header()
        return FetchError(Trouble.PROTOCOL, f"{target.host} does not speak HTTP as it should: {error!s:.200}")


def _allowed(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the caller's headers, names in lower case. Raises `ValueError`: it is a bug to send others."""
    allowed = {name.lower(): value for name, value in headers.items()}
    if others := allowed.keys() - _HEADERS:
        raise ValueError(f"headers that are never sent: {', '.join(sorted(others))}")
    if unfit := [name for name, value in allowed.items() if not _VALUE.fullmatch(value)]:
        raise ValueError(f"no value for a header: {', '.join(sorted(unfit))}")
    return allowed


def _asked(target: Target) -> httpcore.URL:
    # Given in parts: nobody reads the URL a second time, in another way.
    return httpcore.URL(scheme=target.scheme, host=target.host, port=target.port, target=target.path)


def _location(response: httpcore.Response) -> str | None:
    for name, value in response.headers:
        if name.lower() == b"location" and value.strip():
            try:
                return value.decode("utf-8")
            except UnicodeDecodeError:
                return value.decode("latin-1")
    return None
