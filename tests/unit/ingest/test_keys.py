"""What an API key looks like and when it opens the door."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.keys import Key, Quota, digest_of, id_of, new_text, opens, quota_of, require_name

NOW = datetime(2026, 3, 9, 8, tzinfo=UTC)


def make_key(text: str | None = None, **fields) -> Key:
    """Return the key of a text."""
    text = text or new_text()
    defaults = {"id": id_of(text), "name": "desk", "digest": digest_of(text), "quota": None, "created_at": NOW}
    return Key(**(defaults | fields))


def test_a_key_is_recognised_by_its_form():
    """Prefix, id, secret: what a scanner for leaked secrets looks for."""
    text = new_text()
    assert re.fullmatch(r"cw_[0-9A-Za-z]{10}_[0-9A-Za-z]{49}", text)
    assert id_of(text) == text.split("_")[1]


def test_no_two_keys_are_the_same():
    """Neither their ids nor their secrets."""
    texts = [new_text() for _ in range(100)]
    assert len({text.split("_")[1] for text in texts}) == len({text.split("_")[2] for text in texts}) == 100


@given(position=st.integers(0, 62), character=st.characters(codec="latin-1"))
def test_a_typo_is_no_key(position, character):
    """Any one character that is another is seen without asking the store."""
    text = new_text()
    changed = text[:position] + character + text[position + 1 :]
    assert changed == text or id_of(changed) is None


@pytest.mark.parametrize("change", [lambda t: t[:-1], lambda t: t + "0", lambda t: f" {t}", lambda _: "", str.upper])
def test_what_is_cut_or_padded_is_no_key(change):
    """The whole text and nothing else."""
    assert id_of(change(new_text())) is None


def test_only_its_own_text_opens_a_key():
    """Another text with the same id does not, and nothing opens a key that is not there."""
    text = new_text()
    key = make_key(text)
    assert opens(text, key)
    assert not opens(new_text(), replace(key, digest=digest_of(text)))
    assert not opens(text, None)


def test_the_text_is_nowhere_in_what_is_kept():
    """Neither whole nor its secret alone."""
    text = new_text()
    assert text.split("_")[2] not in repr(make_key(text))


@pytest.mark.parametrize(
    ("fields", "state"),
    [
        ({}, "active"),
        ({"expires_at": NOW + timedelta(seconds=1)}, "active"),
        ({"expires_at": NOW}, "expired"),
        ({"revoked_at": NOW, "expires_at": NOW}, "revoked"),
    ],
)
def test_a_key_ends_when_it_should(fields, state):
    """At its hour, not after it; a revoked one is that first of all."""
    assert make_key(**fields).state(NOW) == state


@pytest.mark.parametrize(
    ("text", "quota"),
    [
        ("10/s", Quota(10, 1)),
        ("10/sec", Quota(10, 1)),
        ("600/min", Quota(600, 60)),
        ("20000/hour", Quota(20_000, 3_600)),
        ("1/d", Quota(1, 86_400)),
    ],
)
def test_quotas_are_read_and_written(text, quota):
    """What is written is read as the same."""
    assert quota_of(text) == quota == quota_of(str(quota))


@pytest.mark.parametrize("text", ["", "0/s", "-1/s", "1", "1/", "1/y", "1 /s", "1.5/s", "9999999999/s", "１/s"])
def test_what_is_no_quota_is_refused(text):
    """A quota of nothing would be a revocation in disguise."""
    with pytest.raises(ValueError, match="is no quota"):
        quota_of(text)


@pytest.mark.parametrize("name", ["", "A", "a b", "é", "-a", "a\n", "a" * 64])
def test_names_are_what_a_header_can_carry(name):
    """Small, printable and bounded."""
    require_name("wire-desk_2.eu")
    with pytest.raises(ValueError, match="is no name"):
        require_name(name)
