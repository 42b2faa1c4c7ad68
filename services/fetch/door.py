"""How connections are made: a name is resolved once, every answer is checked, and the connection goes to what was checked.

Below HTTP, where no other part of it can look the name up again. Knows nothing of redirects or bodies.
"""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any

import httpcore

from services.fetch.addresses import Address, is_loopback, is_public, parse
from services.fetch.trouble import FetchError, Trouble

# From a name and a port to addresses as text. Raises `OSError`.
Resolver = Callable[[str, int], Awaitable[Sequence[str]]]
# A name with many dead addresses would use up the time of the whole fetch.
_MOST_TRIES = 3


async def resolve(host: str, port: int) -> Sequence[str]:
    """Ask the machine's resolver."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(address[0]) for *_, address in found))


class Door(httpcore.AsyncNetworkBackend):
    """Opens the connections of one fetch, and counts what comes in through all of them."""

    def __init__(self, *, resolver: Resolver, allow_loopback: bool, backend: httpcore.AsyncNetworkBackend) -> None:
        self._resolver = resolver
        self._allow_loopback = allow_loopback
        self._backend = backend
        self._left = 0

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's interface
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to an address of `host` that has been checked. Raises `FetchError`, or what httpcore raises."""
        addresses = await self._addresses(host, port)
        for position, address in enumerate(addresses, 1):
            try:
                stream = await self._backend.connect_tcp(str(address), port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                if position == len(addresses):
                    raise
            else:
                return await self._checked(stream, address)
        raise AssertionError  # there is an address, and the last one returns or raises

    async def connect_unix_socket(self, *_: object, **__: object) -> httpcore.AsyncNetworkStream:
        """Refuse: no such connection is ever asked for."""
        raise FetchError(Trouble.BLOCKED_ADDRESS, "a socket of this machine")

    async def sleep(self, seconds: float) -> None:
        """Wait, as httpcore does between tries."""
        await asyncio.sleep(seconds)

    def allow(self, count: int) -> None:
        """Let so many bytes in from here on."""
        self._left = count

    def take(self, count: int) -> None:
        """Count what came in. Raises `FetchError` when it is more than any answer needs."""
        self._left -= count
        if self._left < 0:
            raise FetchError(Trouble.TOO_LARGE, "the server sends without end")

    async def _addresses(self, host: str, port: int) -> Sequence[Address]:
        given = parse(host)
        try:
            answers = [host] if given else await self._resolver(host, port)
        except (OSError, UnicodeError) as error:
            reason = getattr(error, "strerror", None) or type(error).__name__
            raise FetchError(Trouble.DNS, f"{host} cannot be resolved: {reason}") from None
        addresses = []
        for answer in answers:
            address = parse(answer)
            # One that is not public spoils all: whoever mixes them hopes that we take the wrong one.
            if address is None or not self._is_allowed(address):
                leads = "" if given else f", to which {host} leads,"
                raise FetchError(Trouble.BLOCKED_ADDRESS, f"{answer}{leads} is not on the open internet")
            addresses.append(address)
        if not addresses:
            raise FetchError(Trouble.DNS, f"{host} has no address")
        return addresses[:_MOST_TRIES]

    def _is_allowed(self, address: Address) -> bool:
        return is_public(address) or (self._allow_loopback and is_loopback(address))

    async def _checked(self, stream: httpcore.AsyncNetworkStream, address: Address) -> httpcore.AsyncNetworkStream:
        # A proxy or a rule of the machine's firewall could have taken the connection elsewhere.
        peer = stream.get_extra_info("server_addr")
        if not peer or parse(str(peer[0])) != address:
            await stream.aclose()
            raise FetchError(Trouble.BLOCKED_ADDRESS, f"the connection to {address} ended at {peer}")
        return _Stream(stream, self)


class _Stream(httpcore.AsyncNetworkStream):
    """A connection whose incoming bytes are counted, and that tells TLS trouble from others."""

    def __init__(self, stream: httpcore.AsyncNetworkStream, door: Door) -> None:
        self._stream = stream
        self._door = door

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109 - httpcore's
        data = await self._stream.read(max_bytes, timeout)
        self._door.take(len(data))
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109 - the same
        await self._stream.write(buffer, timeout)

    async def aclose(self) -> None:
        await self._stream.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - the same
    ) -> httpcore.AsyncNetworkStream:
        try:
            stream = await self._stream.start_tls(ssl_context, server_hostname, timeout)
        except httpcore.ConnectError as error:
            raise FetchError(Trouble.TLS, f"no secure connection to {server_hostname}: {_reason(error)}") from None
        return _Stream(stream, self._door)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _reason(error: BaseException) -> str:
    """Return the innermost reason: what OpenSSL says, under what two libraries make of it."""
    while (inner := error.__cause__ or error.__context__) is not None:
        error = inner
    message = getattr(error, "verify_message", None) or getattr(error, "reason", None) or str(error)
    return message or type(error).__name__
