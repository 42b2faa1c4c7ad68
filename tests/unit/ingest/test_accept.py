"""From an article's bytes to its record."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.articles import make_value

from services.contract import codec, identity
from services.contract.article import Action, ArticleV1
from services.contract.topics import MAX_ARTICLE_BYTES
from services.ingest import problems
from services.ingest.accept import Stamp, accept_article, accept_retraction
from services.ingest.problems import Rejected

STAMP = Stamp(new_id=lambda: "one", time=datetime(2026, 3, 9, 8, tzinfo=UTC), traceparent=b"00-a-b-01")
ID = "0d7a5c1e-2f9b-5d3c-8a61-7f0e6c2b9d14"


def rejection_of(body: bytes) -> Rejected:
    with pytest.raises(Rejected) as raised:
        accept_article(body, STAMP)
    return raised.value


def test_the_key_is_the_derived_id():
    """Key and id are what the worker would derive from the value, as 36 ASCII bytes."""
    record = accept_article(make_value(), STAMP)
    derived = identity.article_id(codec.decode(record.value, ArticleV1))
    assert record.article_id == derived
    assert record.key == str(derived).encode("ascii")
    assert len(record.key) == 36


def test_the_producer_is_named_if_it_is_known():
    """By the name of its key; without keys there is no such header."""
    named = accept_article(make_value(), replace(STAMP, producer="wire-desk"))
    assert dict(named.headers)[codec.PRODUCER] == b"wire-desk"
    assert codec.PRODUCER not in dict(accept_article(make_value(), STAMP).headers)


def test_the_headers_are_those_of_a_cloud_event():
    """A consumer can tell what a record is without reading it."""
    record = accept_article(make_value(), STAMP)
    assert dict(record.headers) == {
        "ce_specversion": b"1.0",
        "ce_id": b"one",
        "ce_type": b"news.article.raw.v1",
        "ce_source": b"/claimwire/ingest",
        "ce_subject": record.key,
        "ce_dataschema": b"urn:claimwire:schema:article.v1",
        "ce_time": b"2026-03-09T08:00:00Z",
        "content-type": b"application/json",
        "traceparent": b"00-a-b-01",
        codec.CHANNEL: b"http",
    }


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", problems.NOT_JSON),
        (b"{", problems.NOT_JSON),
        (b'{"title":"\xff"}', problems.NOT_JSON),
        (b'{"title":"a\0b"}', problems.NOT_JSON),
        (b"[]", problems.INVALID),
        (b"null", problems.INVALID),
        (b"{}", problems.INVALID),
        (b'{"schema_version":2,"body":"x"}', problems.INVALID),
        (b'{"action":"retract"}', problems.INVALID),
        (b'{"body":"x","url":"http://./"}', problems.INVALID),
        (b'{"body":"' + b"x" * MAX_ARTICLE_BYTES + b'"}', problems.TOO_LARGE),
    ],
)
def test_what_is_no_article_is_a_problem(body, kind):
    """Each kind of broken article has its kind of problem; what breaks a rule says which."""
    rejection = rejection_of(body)
    assert rejection.kind is kind
    assert bool(rejection.errors) == (kind is problems.INVALID)


def test_a_broken_rule_is_shown_by_its_pointer():
    """The client learns the place and not only the fact."""
    rejection = rejection_of(orjson.dumps({"body": "x", "source": {"country": "Austria"}, "authors": ["a", 3]}))
    assert [error.pointer for error in rejection.errors] == ["/source/country", "/authors/1"]


def test_a_record_that_grew_over_the_limit_is_refused():
    """What is written may be longer than what was read: the worker would not take it."""
    # A number of few digits that is written with many.
    body = b'{"body":"x","n":[' + b",".join([b"1e15"] * 800_000) + b"]}"
    assert len(body) < MAX_ARTICLE_BYTES
    assert rejection_of(body).kind is problems.TOO_LARGE


def test_a_retraction_names_its_article_and_reason():
    """The record of a retraction has no body."""
    record = accept_retraction(b'{"reason":"not authentic"}', ID, STAMP)
    assert record.action is Action.RETRACT
    assert record.article_id == UUID(ID)
    assert orjson.loads(record.value) == {"action": "retract", "article_id": ID, "reason": "not authentic"}


@pytest.mark.parametrize(
    ("body", "article_id", "pointer"),
    [
        (b"{}", ID, "/reason"),
        (b'{"reason":" "}', ID, "/reason"),
        (b'{"reason":null}', ID, "/reason"),
        (b'{"reason":3}', ID, "/reason"),
        (b'{"reason":"x"}', "it", "/article_id"),
    ],
)
def test_a_retraction_needs_an_id_and_a_reason(body, article_id, pointer):
    """Readers are told why an article went."""
    with pytest.raises(Rejected) as raised:
        accept_retraction(body, article_id, STAMP)
    assert [error.pointer for error in raised.value.errors] == [pointer]


@given(st.one_of(st.binary(max_size=200), st.from_type(dict).map(lambda d: repr(d).encode())))
def test_any_bytes_end_in_a_record_or_a_problem(body):
    """Nothing that a client sends is an unexpected error."""
    try:
        accept_article(body, STAMP)
    except Rejected as rejection:
        assert rejection.kind.status < 500
