"""Replay: which dead letters go back, and how they are marked."""

import json
from datetime import UTC, datetime
from uuid import UUID

import pytest

from services.contract.rejected import Original, Reason, RejectedV1, Stage
from services.local.replay import Selection, identity, is_superseded, newest, replay_headers

AT = 1_700_000_000_000
ID = "0f4be3e6-5d0b-5a54-9b37-3d5f1d7f4c11"


def make_letter(*, value=None, key=None, headers=(), timestamp_ms=AT, reason=Reason.TIMEOUT, stage=Stage.ENRICH):
    """Return a dead letter of an article."""
    content = json.dumps({"article_id": ID, "body": "Text."} if value is None else value).encode()
    original = Original(
        topic="raw", partition=0, offset=1, timestamp_ms=timestamp_ms, key=key, value=content, headers=headers
    )
    return RejectedV1(stage=stage, reason=reason, detail="", original=original)


def moment(milliseconds):
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


@pytest.mark.parametrize(
    ("selection", "is_selected"),
    [
        (Selection(), True),
        (Selection(reasons=frozenset({Reason.TIMEOUT, Reason.INVALID})), True),
        (Selection(reasons=frozenset({Reason.INVALID})), False),
        (Selection(stage=Stage.ENRICH), True),
        (Selection(stage=Stage.DECODE), False),
        (Selection(since=moment(AT)), True),
        (Selection(since=moment(AT + 1000)), False),
        (Selection(until=moment(AT)), False),
        (Selection(until=moment(AT + 1000)), True),
    ],
)
def test_a_selection_is_by_reason_stage_and_time(selection, is_selected):
    """`since` is included, `until` is not."""
    assert selection.holds(make_letter()) is is_selected


@pytest.mark.parametrize(
    ("version", "latest", "is_old"),
    [
        (None, None, False),
        (None, AT - 1, False),
        (None, AT + 1, True),
        (7, 6, False),
        (7, 7, True),
        (7, 8, True),
    ],
)
def test_superseded_is_what_has_a_newer_or_the_same_version(version, latest, is_old):
    """Without a producer's version the time of the raw record is one."""
    article = {"article_id": ID, "body": "Text."} | ({} if version is None else {"version": version})
    assert is_superseded(make_letter(value=article).original, latest) is is_old


def test_the_article_is_known_by_what_it_says():
    """As the worker knows it."""
    assert identity(make_letter().original) == ID


def test_an_unreadable_record_is_known_by_its_key():
    """If the key is an id."""
    assert identity(make_letter(value=[], key=ID.encode()).original) == str(UUID(ID))


def test_an_unreadable_record_without_a_key_is_unknown():
    """It supersedes nothing and is superseded by nothing."""
    assert identity(make_letter(value=[]).original) is None


def test_headers_are_kept_and_the_channel_becomes_replay():
    """Everything else is as it was, empty values too."""
    original = (("traceparent", b"00-1"), ("claimwire-channel", b"http"), ("empty", None))
    assert replay_headers(original) == (
        ("traceparent", b"00-1"),
        ("empty", None),
        ("claimwire-channel", b"replay"),
        ("claimwire-replays", b"1"),
    )


@pytest.mark.parametrize(("before", "after"), [(b"1", b"2"), (b"41", b"42"), (b"junk", b"1")])
def test_replays_are_counted(before, after):
    """A letter that comes back again and again shows."""
    assert dict(replay_headers((("claimwire-replays", before),)))["claimwire-replays"] == after


def test_of_an_article_only_the_newest_letter_is_sent():
    """The same record that failed again is there twice, and an older version must not come behind a newer."""
    older, newer = make_letter(timestamp_ms=AT), make_letter(timestamp_ms=AT + 1)
    unreadable = make_letter(value=[], timestamp_ms=AT + 2)
    assert newest([newer, older, unreadable, unreadable]) == [newer, unreadable]
