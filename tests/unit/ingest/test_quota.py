"""The token bucket, on a clock of the test's own."""

from hypothesis import given
from hypothesis import strategies as st

from services.ingest.keys import Quota
from services.ingest.quota import Bucket


class Time:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def make_bucket(articles: int = 60, window_seconds: int = 60) -> tuple[Bucket, Time]:
    """Return a full bucket and its time."""
    time = Time()
    return Bucket(Quota(articles, window_seconds), time), time


def test_all_of_it_may_come_at_once():
    """Full at first, and then empty."""
    bucket, _ = make_bucket(60)
    bucket.take(60)
    assert (bucket.left, bucket.next_in_seconds, bucket.full_in_seconds) == (0, 1, 60)


def test_it_fills_evenly():
    """A third of the window is a third of the quota."""
    bucket, time = make_bucket(60)
    bucket.take(60)
    time.now += 20
    assert (bucket.left, bucket.next_in_seconds, bucket.full_in_seconds) == (20, 0, 40)


def test_it_is_never_more_than_full():
    """Who was away for a day has no day's worth."""
    bucket, time = make_bucket(60)
    bucket.take(1)
    time.now += 86_400
    bucket.give_back(5)
    assert (bucket.left, bucket.full_in_seconds) == (60, 0)


def test_a_debt_is_paid_before_the_next_may_come():
    """A batch of three quotas is three windows."""
    bucket, time = make_bucket(60)
    bucket.take(180)
    assert bucket.is_in_debt
    assert (bucket.left, bucket.next_in_seconds, bucket.full_in_seconds) == (0, 121, 180)
    time.now += 121
    assert (bucket.left, bucket.next_in_seconds) == (1, 0)


def test_what_is_given_back_may_come_again():
    """A failure of ours costs nothing."""
    bucket, _ = make_bucket(2)
    bucket.take(2)
    bucket.give_back(1)
    assert (bucket.left, bucket.next_in_seconds) == (1, 0)


@given(
    articles=st.integers(1, 10_000),
    window=st.sampled_from([1, 60, 3_600, 86_400]),
    waits=st.lists(st.floats(0, 100), max_size=50),
)
def test_what_comes_is_never_more_than_the_quota_allows(articles, window, waits):
    """At any time: one quota, and what has been filled in since."""
    bucket, time = make_bucket(articles, window)
    begin, came = time.now, 0
    for wait in waits:
        time.now += wait
        taken = bucket.left
        bucket.take(taken)
        came += taken
    assert came <= articles + (time.now - begin) * articles / window + 0.01


@given(articles=st.integers(1, 10_000), window=st.sampled_from([1, 60, 3_600, 86_400]), taken=st.integers(0, 30_000))
def test_whoever_waits_as_long_as_told_may_come(articles, window, taken):
    """The seconds that a client is told are enough."""
    bucket, time = make_bucket(articles, window)
    bucket.take(taken)
    time.now += bucket.next_in_seconds
    assert bucket.next_in_seconds == 0
    assert bucket.left >= 1
