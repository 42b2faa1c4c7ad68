"""The programs that check what is deployed, for tests. Tests never build: they skip, and say which command does."""

from pathlib import Path

import pytest

from deploy.tools.get import found


def tool(name: str) -> Path:
    """Return where a program of deploy/tools/get.py is; skip the test if it is not there yet."""
    if there := found(name):
        return there
    pytest.skip(f"{name} is not there: python deploy/tools/get.py {name}")
