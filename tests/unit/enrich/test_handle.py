"""One raw record in, the records that follow from it out."""

from uuid import UUID

import orjson
import pytest
from support.articles import make_value
from support.make import make_record
from support.pills import POISON

from services.contract.article import Action
from services.contract.codec import decode, header
from services.contract.enriched import ClaimEventV1, EnrichedArticleV1, PublicationStatus
from services.contract.rejected import RejectedV1, Stage
from services.contract.topics import CLAIMS, DEAD_LETTER, ENRICHED, LATEST, MAX_REQUEST_BYTES, TOPICS
from services.enrich.handle import Findings, Handled, RawRecord, Rejection, handle
from services.enrich.resources import Resources

TRACEPARENT = b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def event(handled: Handled) -> EnrichedArticleV1:
    """Return the enriched article among the records."""
    (record,) = [record for record in handled.records if record.topic == ENRICHED.name]
    return decode(record.value, EnrichedArticleV1, max_bytes=MAX_REQUEST_BYTES)


def dead_letter(handled: Handled) -> RejectedV1:
    """Return the only record, a dead letter."""
    (record,) = handled.records
    assert record.topic == DEAD_LETTER.name
    return decode(record.value, RejectedV1, max_bytes=MAX_REQUEST_BYTES)


@pytest.mark.parametrize("name", POISON)
def test_a_poison_pill_is_a_dead_letter_with_its_exact_bytes(resources: Resources, name: str) -> None:
    """Value, key and headers come back as they were; the reason says what is wrong."""
    value, reason = POISON[name]
    record = make_record(value, key=b"\xff\x00", headers=(("a", b"\xfe"), ("a", None)), offset=7)
    rejected = dead_letter(handle(record, resources))
    assert (rejected.stage, rejected.reason) == (Stage.DECODE, reason)
    assert (rejected.original.value, rejected.original.key) == (value, b"\xff\x00")
    assert rejected.original.headers == (("a", b"\xfe"), ("a", None))
    assert (rejected.original.partition, rejected.original.offset) == (0, 7)
    assert rejected.detail


def test_a_record_without_a_value_is_a_dead_letter_without_a_value(resources: Resources) -> None:
    """Missing is not empty."""
    assert dead_letter(handle(make_record(None), resources)).original.value is None


def test_the_same_record_gives_the_same_bytes(resources: Resources) -> None:
    """Retries, replays and rebalances are harmless because of this."""
    record = make_record(make_value(), offset=3)
    assert handle(record, resources).records == handle(record, resources).records


def test_history_and_latest_get_the_same_event(resources: Resources) -> None:
    """Under the article's id, which is derived from its address."""
    records = {record.topic: record for record in handle(make_record(make_value()), resources).records}
    assert records[ENRICHED.name].value == records[LATEST.name].value
    assert records[ENRICHED.name].key == records[LATEST.name].key == event_key(records[ENRICHED.name].value)


def event_key(value: bytes) -> bytes:
    """Return the key that an enriched article must have."""
    return str(UUID(orjson.loads(value)["article_id"])).encode()


def test_each_claim_is_an_event_of_its_own(resources: Resources) -> None:
    """With the speaker of its quote, under its hash."""
    handled = handle(make_record(make_value()), resources)
    claims = [record for record in handled.records if record.topic == CLAIMS.name]
    assert len(claims) == len(event(handled).claims) > 0
    for record in claims:
        claim = decode(record.value, ClaimEventV1)
        assert record.key == claim.claim_hash.encode() == claim.claim.claim_hash.encode()
        assert claim.article_id == event(handled).article_id


def test_every_span_is_the_text_it_says(resources: Resources) -> None:
    """Offsets count code points of body.text."""
    enriched = event(handle(make_record(make_value()), resources))
    text = enriched.body.text
    spans = [
        *(mention for entity in enriched.entities for mention in entity.mentions),
        *enriched.figures,
        *enriched.claims,
        *(quote.cue for quote in enriched.quotes if quote.cue),
        *(quote.speaker for quote in enriched.quotes if quote.speaker),
    ]
    assert spans
    assert all(text[span.start : span.end] == span.text for span in spans)
    for quote in enriched.quotes:
        assert " ".join(text[span.start : span.end] for span in quote.spans) == quote.text


def test_a_retraction_carries_no_body(resources: Resources) -> None:
    """Only who, what and why."""
    value = make_value(action="retract", reason="wrong person", body="must not come out")
    handled = handle(make_record(value), resources)
    assert [record.topic for record in handled.records] == [ENRICHED.name, LATEST.name]
    retraction = event(handled)
    assert (retraction.status, retraction.body, retraction.entities) == (PublicationStatus.CANCELED, None, ())
    assert retraction.reason == "wrong person"
    assert header(handled.records[0].headers, "ce_type") == b"news.article.retracted.v1"
    assert isinstance(handled.outcome, Findings)
    assert handled.outcome.action is Action.RETRACT


def test_a_replacement_has_the_id_of_what_it_replaces_and_a_later_version(resources: Resources) -> None:
    """The broker's time orders versions where the producer names none."""
    first = event(handle(make_record(make_value(), timestamp_ms=1_773_000_000_000), resources))
    second = event(
        handle(make_record(make_value(action="replace", title="New"), timestamp_ms=1_773_000_000_001), resources)
    )
    assert first.article_id == second.article_id
    assert (first.version, second.version) == (1_773_000_000_000, 1_773_000_000_001)


def test_headers_are_cloud_events_and_carry_the_trace(resources: Resources) -> None:
    """Binary mode; the traceparent is passed on as it came; no time yet, that is the sender's."""
    record = make_record(make_value(), headers=(("traceparent", TRACEPARENT),), offset=5)
    for out in handle(record, resources).records:
        names = dict(out.headers)
        assert names["ce_specversion"] == b"1.0"
        assert names["traceparent"] == TRACEPARENT
        assert {"ce_id", "ce_type", "ce_source", "ce_subject", "ce_dataschema", "content-type"} <= set(names)
        assert "ce_time" not in names


def test_ids_of_events_are_unique(resources: Resources) -> None:
    """The raw record's coordinates and, for a claim, its id."""
    handled = handle(make_record(make_value(), offset=5), resources)
    history = [record for record in handled.records if record.topic != LATEST.name]
    assert len({header(record.headers, "ce_id") for record in history}) == len(history)


def test_a_bug_of_ours_keeps_the_record(resources: Resources, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever breaks outside of the steps, the original goes to the dead letters under our name, not the producer's."""

    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("services.enrich.handle.enrich", broken)
    handled = handle(make_record(make_value()), resources)
    assert isinstance(handled.outcome, Rejection)
    assert handled.outcome.reason.stage is Stage.ENRICH
    assert dead_letter(handled).original.value == make_value()


@pytest.mark.parametrize(
    ("headers", "channel"),
    [((), "kafka"), ((("claimwire-channel", b"http"),), "http"), ((("claimwire-channel", b"free text"),), "kafka")],
)
def test_the_channel_is_one_of_a_closed_list(resources: Resources, headers, channel: str) -> None:
    """It is a label of metrics, and a producer can write anything into a header."""
    record: RawRecord = make_record(make_value(), headers=headers)
    assert handle(record, resources).channel == channel


HOSTILE = {
    "a huge traceparent": make_record(make_value(), headers=(("traceparent", b"0" * 2_000_000),)),
    "a page with a huge title": make_record(
        make_value(
            body=None, title=None, html=f"<html><title>{'T' * 2_000_000}</title><article><p>{'Text is here. ' * 90}</p>"
        )
    ),
    "a key of megabytes": make_record(b"{", key=b"k" * 5_500_000),
    "a value that only compression lets through": make_record(b"x" * 14_000_000),
    "headers of megabytes": make_record(b"{", headers=tuple((f"h{number}", b"v" * 100_000) for number in range(100))),
    "one sentence of 200,000 characters": make_record(make_value(body="Anna Berger said 5 % " + "ы" * 199_000)),
    "many claims": make_record(make_value(body="Repairs cost 1.2 million euros in Linz. " * 5_000)),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_no_output_is_larger_than_its_topic_allows(resources: Resources, name: str) -> None:
    """A record that the broker refuses would end the worker, again and again."""
    for out in handle(HOSTILE[name], resources).records:
        size = len(out.value) + len(out.key or b"") + sum(len(header) + len(value) for header, value in out.headers)
        assert size <= LIMITS[out.topic]


LIMITS = {topic.name: topic.max_record_bytes for topic in TOPICS.values()}


def test_an_original_that_does_not_fit_is_named_instead(resources: Resources) -> None:
    """Its size and hash, and that it is still on the raw topic."""
    letter = dead_letter(handle(HOSTILE["a value that only compression lets through"], resources))
    assert letter.original.value is None
    assert "14,000,000 bytes" in letter.original.omitted


def test_a_time_that_no_calendar_has_is_survived(resources: Resources) -> None:
    """A raw topic with producers' times can hold anything."""
    assert handle(make_record(make_value(), timestamp_ms=2**62), resources).records
    assert dead_letter(handle(make_record(b"{", timestamp_ms=-(2**62)), resources))


def test_history_that_is_filled_in_later_is_not_the_latest(resources: Resources) -> None:
    """The archive lane does not write to the compacted topic."""
    record = make_record(make_value(), headers=(("claimwire-channel", b"archive"),))
    assert LATEST.name not in {out.topic for out in handle(record, resources).records}
