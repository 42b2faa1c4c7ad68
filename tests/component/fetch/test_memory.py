"""What an attack costs in memory: the peak of a process that does nothing but fetch, as the system counts it."""

import asyncio
import sys

import orjson
import pytest
from support.attacker import MIB

# In a process of its own, for a peak is for ever; after a first fetch, so that what is loaded is not counted.
_FETCH = """
import asyncio, json, resource, sys, time
from services.fetch import Fetcher, FetchError, FetchSettings

async def main(port, path):
    settings = FetchSettings(ports={int(port)}, allow_loopback=True, total_seconds=20)
    async with Fetcher(settings) as fetcher:
        await fetcher.get(f"http://127.0.0.1:{port}/ok")
        before, started = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
        try:
            await fetcher.get(f"http://127.0.0.1:{port}{path}")
            trouble = None
        except FetchError as error:
            trouble = error.trouble
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        print(json.dumps({"trouble": trouble, "grown": grown * 1024, "cpu_seconds": time.process_time() - started}))

asyncio.run(main(*sys.argv[1:]))
"""


@pytest.mark.parametrize(
    ("path", "trouble"),
    [
        ("/bomb", "too_large"),
        ("/endless", "too_large"),
        ("/endless-continue", "too_large"),
        ("/big-header", "too_large"),
        ("/huge-length", "too_large"),
        ("/many-members", "bad_encoding"),
    ],
)
async def test_an_attack_costs_little(attacker, path, trouble) -> None:
    """With the limits as they are shipped, a body costs at most three times the 10 MiB it may have, and few seconds."""
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _FETCH, str(attacker.port), path, stdout=asyncio.subprocess.PIPE
    )
    async with asyncio.timeout(60):
        output, _ = await child.communicate()
    cost = orjson.loads(output)
    assert cost["trouble"] == trouble
    assert cost["grown"] < 30 * MIB
    assert cost["cpu_seconds"] < 5
