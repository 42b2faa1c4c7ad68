"""The codec's two promises, on whatever Hypothesis can think of."""

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from services.contract.article import ArticleV1
from services.contract.codec import DecodeError, decode, encode, encode_raw
from services.contract.enriched import ClaimEventV1, EnrichedArticleV1
from services.contract.identity import article_id, canonical_url
from services.contract.rejected import Original, Reason, RejectedV1, Stage

any_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda children: st.lists(children, max_size=4) | st.dictionaries(st.text(), children, max_size=4),
    max_leaves=12,
)
short = st.text(max_size=40)
maybe = lambda strategy: st.none() | strategy  # noqa: E731 - reads as a word below
times = st.datetimes().map(str) | st.datetimes(timezones=st.timezones()).map(lambda time: time.isoformat()) | short
article_like = st.fixed_dictionaries(
    {"body": st.text(min_size=1, max_size=200) | any_json},
    optional={
        "schema_version": st.just(1) | any_json,
        "action": st.sampled_from(["add", "replace", "retract"]) | short,
        "article_id": maybe(st.uuids().map(str) | short),
        "source": maybe(
            st.fixed_dictionaries({}, optional={"id": maybe(short), "name": short, "domain": short, "country": short})
        ),
        "producer_article_id": maybe(short),
        "url": maybe(st.from_regex(r"https?://[a-z]{1,8}\.example/[ -~]{0,20}", fullmatch=True) | short),
        "title": maybe(short),
        "authors": maybe(st.lists(short, max_size=3) | short),
        "published_at": maybe(times),
        "html": maybe(st.text(max_size=200)),
        "version": maybe(st.integers()),
        "tags": maybe(st.lists(short, max_size=3)),
        "extra": maybe(st.dictionaries(short, any_json, max_size=3)),
        "something_else": any_json,
    },
)


@given(article_like)
@settings(max_examples=500)
def test_any_article_that_validates_survives_encode_and_decode(data) -> None:
    """What was accepted is written and read back as the same article, in both byte forms, under the same id."""
    try:
        article = ArticleV1.model_validate(data)
    except ValidationError:
        return
    assert decode(encode(article), ArticleV1) == article
    assert decode(encode_raw(article), ArticleV1) == article
    if article.body or article.is_identified:
        assert article_id(decode(encode_raw(article), ArticleV1)) == article_id(article)


@given(st.binary() | any_json.map(lambda value: str(value).encode(errors="replace")) | st.text().map(str.encode))
@settings(max_examples=500)
@pytest.mark.parametrize("model", [ArticleV1, EnrichedArticleV1, ClaimEventV1, RejectedV1])
def test_any_bytes_give_a_model_or_a_decode_error(model, data) -> None:
    """Nothing but a model or a `DecodeError` comes out of `decode`."""
    try:
        assert isinstance(decode(data, model), model)
    except DecodeError as error:
        assert error.reason in Reason


@given(article_like)
@settings(max_examples=500)
def test_any_json_object_gives_a_model_or_a_decode_error(data) -> None:
    """The same for bytes that come close to an article."""
    try:
        encoded = orjson.dumps(data)
    except TypeError:  # what JSON cannot express is no input
        return
    try:
        article = decode(encoded, ArticleV1)
    except DecodeError as error:
        assert all(len(problem.pointer) <= 600 for problem in error.problems)
    else:
        assert decode(encode(article), ArticleV1) == article


@given(
    st.none() | st.binary(),
    st.none() | st.binary(),
    st.lists(st.tuples(st.text(max_size=10), st.none() | st.binary(max_size=10)), max_size=4),
)
def test_a_dead_letter_keeps_the_exact_bytes(key, value, headers) -> None:
    """Key, value and headers of the original come back byte for byte, missing ones as missing."""
    original = Original(topic="t", partition=0, offset=1, timestamp_ms=2, key=key, value=value, headers=tuple(headers))
    event = RejectedV1(stage=Stage.DECODE, reason=Reason.NOT_JSON, detail="…", original=original)
    assert decode(encode(event), RejectedV1).original == original


@given(st.from_regex(r"https?://[a-zA-Z0-9.-]{1,12}(:[0-9]{1,4})?/[ -~]{0,30}", fullmatch=True))
def test_canonical_addresses_are_fixed_points(url) -> None:
    """Making an address canonical twice is making it canonical once."""
    try:
        once = canonical_url(url)
    except ValueError:
        return
    assert canonical_url(once) == once
