"""The same request twice: one answer, kept for a time and up to a size."""

import asyncio
import sqlite3
from datetime import UTC, datetime, timedelta

import pytest

from services.ingest import problems
from services.ingest.idempotency import Answer, Answers, request
from services.ingest.problems import Rejected

BODY = b'{"title":"one"}'


class Time:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.at = datetime(2026, 3, 9, 8, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.at.timestamp()


class Work:
    """Answers with a number that grows."""

    def __init__(self, *, is_final: bool = True, size: int = 0) -> None:
        self.calls = 0
        self._is_final = is_final
        self._size = size

    async def __call__(self) -> Answer:
        self.calls += 1
        await asyncio.sleep(0)
        body = str(self.calls).encode() + bytes(range(256)) * self._size
        return Answer(status=202, headers={"Location": "/x"}, body=body, is_final=self._is_final)


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def open_answers(tmp_path, time):
    """Return what opens the file of one test; what was opened is closed."""
    opened = []

    def open_(**settings) -> Answers:
        made = {"max_bytes": 1_000_000, "keep_seconds": 60, "clock": time} | settings
        opened.append(Answers(tmp_path / "answers.sqlite", **made))
        return opened[-1]

    yield open_
    for answers in opened:
        answers.close()


def asking(key: str = "k", *, caller: str | None = None, target: str = "/v1/articles", body: bytes = BODY):
    return request(key, caller=caller, target=target, body=body)


def test_without_a_key_there_is_nothing_to_remember():
    """The header is optional."""
    assert request(None, caller=None, target="/", body=BODY) is None


def test_a_key_is_the_same_quoted_and_bare():
    """The draft has it quoted; most clients send it bare."""
    assert asking('"abc"') == asking("abc") == asking(" abc ")
    assert asking("abc") != asking("abd")


def test_a_key_is_its_senders_own():
    """Two producers can use the same, and a body is its own wherever names and keys are cut."""
    slots = {asking("k", caller=caller).slot for caller in (None, "a", "b")}
    assert len(slots) == 3
    assert asking("bc", caller="a").slot != asking("c", caller="ab").slot


@pytest.mark.parametrize("key", ["", " ", "é", "a\tb", "x" * 256, '"' + "x" * 256 + '"'])
def test_what_is_no_key_is_refused(key):
    """Rather than taken for none."""
    with pytest.raises(Rejected) as raised:
        asking(key)
    assert raised.value.kind is problems.BAD_IDEMPOTENCY_KEY


async def test_the_first_answer_comes_again(open_answers):
    """Whole, and the work is done once."""
    answers, work = open_answers(), Work()
    first, again = await answers.once(asking(), work), await answers.once(asking(), work)
    assert (first[1], again[1], work.calls) == (False, True, 1)
    assert (again[0].status, again[0].headers, again[0].body) == (first[0].status, first[0].headers, first[0].body)


async def test_it_comes_again_after_a_restart(open_answers):
    """The file outlives the process."""
    work = Work()
    await open_answers().once(asking(), work)
    assert (await open_answers().once(asking(), work))[1]


@pytest.mark.parametrize("other", [{"body": b"{}"}, {"target": "/v1/articles:batch"}])
async def test_a_key_of_another_request_is_refused(open_answers, other):
    """Another body, or the same one elsewhere."""
    answers, work = open_answers(), Work()
    await answers.once(asking(), work)
    with pytest.raises(Rejected) as raised:
        await answers.once(asking(**other), work)
    assert raised.value.kind is problems.IDEMPOTENCY_MISMATCH
    assert work.calls == 1


async def test_a_request_that_is_being_answered_is_not_answered_twice(open_answers):
    """Its twin is told to come again; another body is told that it is another."""
    answers, may_end, work = open_answers(), asyncio.Event(), Work()

    async def slow() -> Answer:
        await may_end.wait()
        return await work()

    first = asyncio.create_task(answers.once(asking(), slow))
    await asyncio.sleep(0)
    with pytest.raises(Rejected) as twin:
        await answers.once(asking(), work)
    with pytest.raises(Rejected) as stranger:
        await answers.once(asking(body=b"{}"), work)
    may_end.set()
    await first
    assert twin.value.kind is problems.IDEMPOTENCY_CONFLICT
    assert twin.value.headers["Retry-After"] == "1"
    assert stranger.value.kind is problems.IDEMPOTENCY_MISMATCH
    assert (await answers.once(asking(), work))[1]
    assert work.calls == 1


async def test_a_failure_leaves_the_key_free(open_answers):
    """What raises, or has to be sent again, is not the answer for ever."""
    answers, work = open_answers(), Work()

    async def fail() -> Answer:
        raise Rejected(problems.UNAVAILABLE, "gone")

    with pytest.raises(Rejected):
        await answers.once(asking(), fail)
    await answers.once(asking(), Work(is_final=False))
    assert not (await answers.once(asking(body=b"mended"), work))[1]


async def test_answers_are_forgotten_after_their_time(open_answers, time):
    """The key is then as new."""
    answers, work = open_answers(keep_seconds=60), Work()
    await answers.once(asking(), work)
    time.at += timedelta(seconds=59)
    assert (await answers.once(asking(), work))[1]
    time.at += timedelta(seconds=1)
    assert not (await answers.once(asking(body=b"{}"), work))[1]


async def test_the_oldest_are_forgotten_first(open_answers, tmp_path):
    """However many come, they take no more than they may; also those from before a restart count."""
    for start in (0, 20):
        answers = open_answers(max_bytes=3_000)
        for n in range(start, start + 20):
            await answers.once(asking(str(n)), Work())
    known = [n for n in range(40) if (await answers.once(asking(str(n)), Work(is_final=False)))[1]]
    assert known == list(range(40 - len(known), 40))
    assert 5 <= len(known) <= 12


async def test_an_answer_larger_than_all_is_not_kept(open_answers):
    """It would push out the others for nothing."""
    answers, work = open_answers(max_bytes=2_000), Work()
    await answers.once(asking("small"), work)
    await answers.once(asking("large"), Work(size=4_000))
    assert (await answers.once(asking("small"), work))[1]


async def test_a_broken_file_fails_no_request(open_answers, tmp_path, caplog):
    """The article is accepted; that its answer is not kept is logged."""
    answers, work = open_answers(), Work()
    await answers.once(asking("before"), work)
    with sqlite3.connect(tmp_path / "answers.sqlite") as connection:
        connection.execute("DROP TABLE answers")
    connection.close()
    assert (await answers.once(asking("after"), work))[0].status == 202
    assert "no such table" in caplog.text
