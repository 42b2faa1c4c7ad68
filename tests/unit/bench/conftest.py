"""What the tests of the measuring programs share."""

import pytest

from services.enrich.resources import Resources


@pytest.fixture(scope="session")
def resources() -> Resources:
    """Return the language resources, loaded once."""
    return Resources.load()
