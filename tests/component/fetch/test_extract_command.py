"""`claimwire extract URL` in a process of its own, against a server that may be hostile: the same door, the same guard."""

import asyncio
import sys

import orjson
import pytest
from support.attacker import Attacker


async def extract(attacker: Attacker, path: str) -> tuple[int, bytes, str]:
    """Return exit code, output and errors of the command for a path of the attacker."""
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", "from services.cli import main; main()", "extract", attacker.url(path),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        env={"CLAIMWIRE_FETCH_ALLOW_LOOPBACK": "true", "CLAIMWIRE_FETCH_PORTS": f"[{attacker.port}]",
             "CLAIMWIRE_FETCH_TOTAL_SECONDS": "2", "PYTHONPATH": ":".join(sys.path)},
    )  # fmt: skip
    async with asyncio.timeout(60):
        output, errors = await child.communicate()
    return child.returncode, output, errors.decode()


async def test_a_page_is_fetched_and_read(attacker) -> None:
    """In Latin-1, as its server says and its author does not; its relative address becomes a whole one."""
    code, output, errors = await extract(attacker, "/page")
    assert (code, errors) == (0, "")
    article = orjson.loads(output)
    assert article["title"] == "Il ponte riapre martedì"
    assert article["canonical_url"] == attacker.url("/ponte")
    assert "la città riaprirà" in article["body"]
    assert article["language"] == "it"


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("/none", "answers with status 404"),
        ("/drip", "no whole answer within 2 s"),
        ("/bomb", "times as many"),
        ("/loop", "more than 5 redirects"),
        ("/to?url=http://10.0.0.1:1/", "port 1 may not be asked"),
        ("/image", "is no page but 'image/png'"),
        ("/deep", "article"),
    ],
)
async def test_what_goes_wrong_is_one_line(attacker, path, says) -> None:
    """Whichever of the two halves it goes wrong in."""
    code, _, errors = await extract(attacker, path)
    assert code == 1
    assert says in errors
    assert errors.count("\n") == 1
