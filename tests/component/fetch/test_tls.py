"""Encrypted connections: who is believed, which HTTP is spoken, and that nothing leads out of them."""

import asyncio
import ssl
from pathlib import Path
from typing import Self

import h2.config
import h2.connection
import h2.events
import pytest
import trustme
from support.attacker import MIB, Attacker, permitting

from services.fetch import Fetcher, FetchError, FetchSettings, Trouble


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """Return who vouches for the servers of these tests."""
    return trustme.CA()


@pytest.fixture
def ca_file(authority, tmp_path) -> Path:
    """Return the authority's certificate in a file."""
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    return tmp_path / "ca.pem"


def server_context(authority: trustme.CA, *names: str, protocols: tuple[str, ...] = ("http/1.1",)) -> ssl.SSLContext:
    """Return the server's side of TLS with a certificate for these names."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(*names).configure_cert(context)
    context.set_alpn_protocols(list(protocols))
    return context


async def loopback(host: str, port: int) -> list[str]:
    """Resolve every name to this machine."""
    return ["127.0.0.1"]


async def test_the_certificate_is_checked_against_the_name(authority, ca_file) -> None:
    """The connection goes to an address; the certificate has to be the name's."""
    async with (
        Attacker(tls=server_context(authority, "news.example")) as server,
        Fetcher(permitting(server, ca_file=ca_file), resolver=loopback) as fetcher,
    ):
        assert (await fetcher.get(server.url("/ok", host="news.example"))).status == 200
        with pytest.raises(FetchError, match=r"no secure connection to other\.example.*mismatch") as caught:
            await fetcher.get(server.url("/ok", host="other.example"))
    assert caught.value.trouble is Trouble.TLS
    assert len(server.asked) == 1


async def test_an_authority_that_nobody_knows_is_not_believed(authority) -> None:
    """Without `ca_file` those count that browsers trust."""
    async with (
        Attacker(tls=server_context(authority, "news.example")) as server,
        Fetcher(permitting(server), resolver=loopback) as fetcher,
    ):
        with pytest.raises(FetchError, match="unable to get local issuer certificate") as caught:
            await fetcher.get(server.url("/ok", host="news.example"))
    assert caught.value.trouble is Trouble.TLS
    assert server.asked == []


async def test_a_server_without_tls_is_told(ca_file) -> None:
    """HTTP where https was asked for."""

    async def plain(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(plain, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        async with Fetcher(FetchSettings(ports={port}, allow_loopback=True, ca_file=ca_file)) as fetcher:
            with pytest.raises(FetchError) as caught:
                await fetcher.get(f"https://127.0.0.1:{port}/")
    assert caught.value.trouble is Trouble.TLS


async def test_no_redirect_leads_out_of_https(authority, ca_file, attacker) -> None:
    """The plain server is never asked."""
    async with (
        Attacker(tls=server_context(authority, "127.0.0.1")) as server,
        Fetcher(permitting(server, ca_file=ca_file, ports={server.port, attacker.port})) as fetcher,
    ):
        with pytest.raises(FetchError) as caught:
            await fetcher.get(server.url(f"/to?url={attacker.url('/ok')}"))
    assert caught.value.trouble is Trouble.INSECURE_REDIRECT
    assert attacker.asked == []


class SecondVersion:
    """A server that speaks HTTP/2 only; `/endless` never ends, all else is answered with its own path."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self._context = context
        self.asked: list[dict[str, str]] = []
        self.port = 0

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self._context)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False, header_encoding="utf-8"))
        connection.initiate_connection()
        endless = None
        try:
            writer.write(connection.data_to_send())
            while data := await reader.read(65536):
                for event in connection.receive_data(data):
                    if isinstance(event, h2.events.RequestReceived):
                        headers = dict(event.headers)
                        self.asked.append(headers)
                        connection.send_headers(event.stream_id, [(":status", "200"), ("x-path", headers[":path"])])
                        if headers[":path"] == "/endless":
                            endless = event.stream_id
                        else:
                            connection.send_data(event.stream_id, b"two", end_stream=True)
                while endless and (room := connection.local_flow_control_window(endless)):
                    connection.send_data(endless, bytes(min(room, connection.max_outbound_frame_size)))
                writer.write(connection.data_to_send())
                await writer.drain()
        except (OSError, ssl.SSLError):
            pass  # who asked has gone
        finally:
            writer.transport.abort()


async def test_http_2_is_spoken_where_it_is_offered(authority, ca_file) -> None:
    """With the same few headers and the same limits."""
    async with (
        SecondVersion(server_context(authority, "127.0.0.1", protocols=("h2",))) as server,
        Fetcher(permitting(server, ca_file=ca_file, max_body_bytes=MIB)) as fetcher,
    ):
        fetched = await fetcher.get(f"https://127.0.0.1:{server.port}/a?b")
        with pytest.raises(FetchError) as caught:
            await fetcher.get(f"https://127.0.0.1:{server.port}/endless")
    assert (fetched.status, fetched.body, fetched.headers) == (200, b"two", {"x-path": "/a?b"})
    assert server.asked[0].keys() == {
        ":method", ":authority", ":scheme", ":path", "user-agent", "accept", "accept-encoding",
    }  # fmt: skip
    assert caught.value.trouble is Trouble.TOO_LARGE
