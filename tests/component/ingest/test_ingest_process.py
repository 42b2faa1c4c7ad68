"""The ingest service as a process, without a Kafka: connections, start and stop."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import orjson
import pytest

HEADER_TIMEOUT_SECONDS = 0.3


@pytest.fixture
async def address(tmp_path) -> AsyncIterator[tuple[str, int]]:
    """Return where a service listens that waits for a Kafka in vain."""
    ready_file = tmp_path / "ready.json"
    environment = os.environ | {
        "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1",
        "CLAIMWIRE_INGEST_PORT": "0",
        "CLAIMWIRE_INGEST_READY_FILE": str(ready_file),
        "CLAIMWIRE_INGEST_HEADER_TIMEOUT_SECONDS": str(HEADER_TIMEOUT_SECONDS),
    }
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "services.ingest", env=environment)
    async with asyncio.timeout(30):
        while not ready_file.exists():
            await asyncio.sleep(0.05)
    parts = urlsplit(orjson.loads(ready_file.read_bytes())["url"])
    yield parts.hostname, parts.port
    process.terminate()
    assert await asyncio.wait_for(process.wait(), 20) == 0


async def test_a_client_that_never_ends_its_headers_is_cut_off(address):
    """Each further header does not buy it more time."""
    reader, writer = await asyncio.open_connection(*address)
    writer.write(b"POST /v1/articles HTTP/1.1\r\n")

    async def drip() -> None:
        while True:
            writer.write(b"x: y\r\n")
            await asyncio.sleep(HEADER_TIMEOUT_SECONDS / 6)

    dripping = asyncio.create_task(drip())
    try:
        async with asyncio.timeout(10):
            assert await reader.read() == b""
    except ConnectionResetError:
        pass  # also an end: it was still writing
    finally:
        dripping.cancel()
        writer.close()


async def test_a_client_that_says_nothing_is_cut_off(address):
    """An open connection is not kept for nothing."""
    reader, writer = await asyncio.open_connection(*address)
    async with asyncio.timeout(10):
        assert await reader.read() == b""
    writer.close()


async def test_a_refused_body_does_not_spoil_the_next_request(address):
    """The connection goes on after a 415 whose body was not read."""
    reader, writer = await asyncio.open_connection(*address)
    head = b"POST /v1/articles HTTP/1.1\r\nhost: x\r\ncontent-type: %s\r\ncontent-length: 200000\r\n\r\n"
    for media_type, status in ((b"text/plain", b"415"), (b"application/json", b"400")):
        writer.write(head % media_type + b" " * 200_000)
        await writer.drain()
        async with asyncio.timeout(10):
            answer = await reader.readuntil(b"\r\n\r\n")
            length = int(answer.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
            await reader.readexactly(length)
        assert answer.split()[1] == status
    writer.close()


async def test_what_is_not_http_gets_no_trace(address):
    """Garbage is answered with 400 and the connection's end."""
    reader, writer = await asyncio.open_connection(*address)
    writer.write(b"\x16\x03\x01\x02\x00garbage\r\n\r\n")
    async with asyncio.timeout(10):
        answer = await reader.read()
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"Traceback" not in answer
    writer.close()


async def test_a_port_that_is_taken_is_said_and_the_process_ends(address):
    """The second service on a port does not start."""
    _, port = address
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "services.ingest",
        env=os.environ | {"CLAIMWIRE_INGEST_PORT": str(port)},
        stderr=asyncio.subprocess.PIPE,
    )
    _, said = await asyncio.wait_for(process.communicate(), 30)
    assert process.returncode not in {0, None}
    assert b"address already in use" in said
    assert b"Traceback" not in said


@pytest.mark.parametrize(
    ("variable", "content", "reason"),
    [
        ("KEYS_FILE", None, b"claimwire keys create"),
        ("KEYS_FILE", b"", b"cannot be used as a file of keys"),
        ("IDEMPOTENCY_FILE", b"no database" * 100, b"file is not a database"),
    ],
)
async def test_it_does_not_start_with_files_that_it_cannot_use(tmp_path, variable, content, reason):
    """It says which, why and what to do: rather than keeping everybody out."""
    path = tmp_path / "file"
    if content is not None:
        path.write_bytes(content)
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "services.ingest",
        env=os.environ | {f"CLAIMWIRE_INGEST_{variable}": str(path)},
        stderr=asyncio.subprocess.PIPE,
    )
    _, said = await asyncio.wait_for(process.communicate(), 30)
    assert process.returncode == 1
    assert f"CLAIMWIRE_INGEST_{variable}".encode() in said
    assert reason in said
    assert b"Traceback" not in said
