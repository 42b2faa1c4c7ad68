"""`traceparent`: what is taken over and what is replaced."""

import re

import pytest

from services.ingest.trace import traceparent

VALID = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.mark.parametrize("given", [VALID, f"  {VALID} "])
def test_takes_over_a_valid_one(given):
    """A caller's trace goes on."""
    assert traceparent(given) == VALID.encode()


def test_writes_a_later_version_as_00():
    """What a later version adds is dropped: only version 00 is known here."""
    assert traceparent(f"01{VALID[2:]}-more") == VALID.encode()


@pytest.mark.parametrize(
    "given",
    [
        None,
        "",
        "nonsense",
        VALID.upper(),
        f"{VALID}-more",
        f"ff{VALID[2:]}",
        f"00-{'0' * 32}-b7ad6b7169203331-01",
        f"00-0af7651916cd43dd8448eb211c80319c-{'0' * 16}-01",
        f"{VALID}\n{VALID}",
    ],
)
def test_starts_a_trace_instead_of_an_invalid_one(given):
    """Nothing invalid is passed on, and every record has a trace of its own."""
    made = traceparent(given)
    assert re.fullmatch(rb"00-[0-9a-f]{32}-[0-9a-f]{16}-01", made)
    assert made != traceparent(given)
