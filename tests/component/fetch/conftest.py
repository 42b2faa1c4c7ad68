"""What the tests of fetching share: an attacker on loopback, and a fetcher that is allowed to go there."""

from collections.abc import AsyncIterator

import pytest_asyncio
from support.attacker import Attacker, permitting

from services.fetch import Fetcher


@pytest_asyncio.fixture
async def attacker() -> AsyncIterator[Attacker]:
    """Return a server that does what it must not."""
    async with Attacker() as attacker:
        yield attacker


@pytest_asyncio.fixture
async def fetcher(attacker) -> AsyncIterator[Fetcher]:
    """Return a fetcher that may ask the attacker."""
    async with Fetcher(permitting(attacker)) as fetcher:
        yield fetcher
