"""The commands as a user runs them: processes, a real Kafka, exit codes."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
import uuid
from contextlib import contextmanager
from pathlib import Path

import httpx
import orjson
import pytest
from aiokafka import AIOKafkaProducer
from support.wait import is_gone, wait_until

from services.contract.codec import encode
from services.contract.rejected import Original, Reason, RejectedV1, Stage
from services.contract.topics import DEAD_LETTER, LATEST, RAW
from services.local.records import reader
from services.runtime.kafka import Kafka

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(240)]

CLAIMWIRE = [sys.executable, "-c", "import sys; sys.argv[0] = 'claimwire'; from services.cli import main; main()"]
ROOT = Path(__file__).parents[2]


def claimwire(*arguments, **options):
    """Run a command to its end."""
    return subprocess.run([*CLAIMWIRE, *arguments], capture_output=True, text=True, check=False, timeout=150, **options)


def environment(**changes):
    """Return the environment without a Kafka of the user's."""
    return {name: value for name, value in os.environ.items() if name != "KAFKA_BOOTSTRAP_SERVERS"} | changes


@contextmanager
def running_up(folder, *arguments, **changes):
    """Run `claimwire up --json`; give its process and what it said."""
    command = [*CLAIMWIRE, "up", "--json", "--port", "0", "--data", str(folder), *arguments]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(**changes))
    with process:
        try:
            line = process.stdout.readline()
            assert line, process.stderr.read().decode()
            yield process, orjson.loads(line)
        finally:
            process.terminate()
            process.communicate(timeout=60)


def pids_of(said):
    pids = said["pids"]
    return [pid for pid in (pids["broker"], pids["ingest"], *pids["enrich"]) if pid is not None]


def metric(url, start):
    answer = httpx.get(url, trust_env=False)
    return sum(float(line.rpartition(" ")[2]) for line in answer.text.splitlines() if line.startswith(start))


def test_up_says_where_everything_is_restarts_what_dies_and_stops_in_order(tmp_path):
    """One line of JSON once ready; a killed worker is back under its address; SIGTERM gives 0 and leaves nothing."""
    with running_up(tmp_path / "data", "--workers", "2") as (process, said):
        assert set(said["topics"]) == {"raw", "enriched", "latest", "claims", "dead_letter"}
        assert len(said["metrics"]) == 3
        assert all("claimwire_build_info" in httpx.get(url, trust_env=False).text for url in said["metrics"])
        victim, url = said["pids"]["enrich"][0], said["metrics"][1]
        os.kill(victim, signal.SIGKILL)
        wait_until(lambda: is_gone(victim), 40.0)
        wait_until(lambda: is_ready(url), 40.0)
        second = claimwire("up", "--json", "--data", str(tmp_path / "data"), env=environment())
        assert (second.returncode, second.stdout) == (1, "")
        assert f"process {process.pid}" in second.stderr
        process.terminate()
        rest, _ = process.communicate(timeout=60)
        assert (process.returncode, rest) == (0, b"")
        assert all(is_gone(pid) for pid in pids_of(said))


def is_ready(metrics_url):
    try:
        return httpx.get(metrics_url.replace("/metrics", "/readyz"), trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False


def test_kill_9_of_up_leaves_no_process_and_the_data_can_be_used_at_once(tmp_path):
    """The guards end everything; the next `up` waits for the files and finds what was accepted."""
    with running_up(tmp_path / "data") as (process, said):
        article = {"url": f"https://news.example/{uuid.uuid4()}", "body": "The river rose by two metres."}
        accepted = httpx.post(f"{said['ingest_url']}/v1/articles", json=article, trust_env=False)
        assert accepted.status_code == 202
        process.kill()
        process.wait()
    with running_up(tmp_path / "data") as (_, again):
        found = claimwire(
            *("tail", "enriched", "--from-beginning", "--limit", "1", "--timeout", "60"),
            *("--bootstrap-servers", again["bootstrap_servers"]),
        )
        assert json.loads(found.stdout)["article_id"] == accepted.json()["article_id"]
        wait_until(lambda: all(is_gone(pid) for pid in pids_of(said)), 40.0)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_during_the_start_leaves_nothing(tmp_path, number):
    """130, and no process with our folder among its arguments."""
    command = [*CLAIMWIRE, "up", "--data", str(tmp_path / "data")]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment())
    with process:
        wait_until((tmp_path / "data" / "kafka" / "broker.log").exists, 40.0)
        process.send_signal(number)
        process.communicate(timeout=60)
    assert process.returncode == 130
    listed = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout  # noqa: S607 - every system has it
    assert str(tmp_path) not in listed


def test_demo_shows_all_seeds_and_exits_0(tmp_path):
    """Every article of seeds/ comes out; the retraction is canceled, the copies name each other."""
    out = tmp_path / "enriched.jsonl"
    done = claimwire("demo", "--seeds", str(ROOT / "seeds"), "--out", str(out), env=environment())
    assert done.returncode == 0, done.stdout + done.stderr
    events = [orjson.loads(line) for line in out.read_bytes().splitlines()]
    articles = [file for file in (ROOT / "seeds").iterdir() if file.suffix in {".json", ".html", ".txt"}]
    assert len(events) == len(articles)
    assert f"{len(events)} of {len(events)} articles came out" in done.stdout
    assert "canceled: retracts #19" in done.stdout
    assert "same text as #4" in done.stdout
    assert [event["status"] for event in events].count("canceled") == 1


def test_annotate_keeps_the_order_and_names_what_is_no_article():
    """One line out for each line in; exit code 1 because one was none."""
    lines = [
        json.dumps({"title": f"Number {n}", "body": "The river rose by two metres. " * (n % 3 + 1)}) for n in range(9)
    ]
    lines.insert(4, "junk")
    done = claimwire("annotate", "--workers", "2", input="\n".join(lines))
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 1
    assert answers[4]["error"]["reason"] == "not_json"
    assert answers[4]["line"] == 5
    assert [a["title"] for a in answers if "title" in a] == [f"Number {n}" for n in range(9)]
    assert {a["provenance"]["channel"] for a in answers if "title" in a} == {"annotate"}


def test_annotate_answers_before_its_input_ends():
    """A pipe can be a conversation."""
    with subprocess.Popen(
        [*CLAIMWIRE, "annotate"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        for title in ("first", "second"):
            process.stdin.write(json.dumps({"title": title, "body": "It rained in Oslo."}) + "\n")
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["title"] == title


def test_topics_are_created_and_as_wanted(kafka):
    """`describe` compares with the contract."""
    assert claimwire("topics", "create", "--bootstrap-servers", kafka).returncode == 0
    described = claimwire("topics", "describe", "--bootstrap-servers", kafka)
    assert described.returncode == 0, described.stdout
    assert described.stdout.count("as wanted") == 5


async def produce(kafka, *records):
    """Send (topic, key, value, headers) in order."""
    producer = AIOKafkaProducer(bootstrap_servers=kafka, acks="all")
    await producer.start()
    try:
        for topic, key, value, headers in records:
            await producer.send_and_wait(topic.name, value, key=key, headers=list(headers))
    finally:
        await producer.stop()


async def test_tail_gives_lines_of_json_and_stops_at_the_limit(kafka):
    """From a moment on."""
    marks = [uuid.uuid4().hex for _ in range(3)]
    await produce(kafka, *((LATEST, m.encode(), json.dumps({"mark": m}).encode(), ()) for m in marks))
    done = await asyncio.to_thread(
        claimwire, "tail", "latest", "--since", "1m", "--timeout", "3", "--bootstrap-servers", kafka
    )
    assert done.returncode == 0, done.stderr
    assert set(marks) <= {json.loads(line).get("mark") for line in done.stdout.splitlines()}


def test_tail_without_enough_records_in_time_is_1(kafka):
    """With both --limit and --timeout, a script can tell."""
    done = claimwire("tail", "raw", "--limit", "1", "--timeout", "1", "--bootstrap-servers", kafka)
    assert (done.returncode, done.stdout) == (1, "")


async def test_tail_ends_quietly_when_its_reader_does(kafka):
    """As in `claimwire tail | head -1`."""
    await produce(kafka, *((LATEST, b"k%d" % n, b'{"n":%d}' % n, ()) for n in range(200)))
    command = " ".join(f"'{part}'" for part in CLAIMWIRE).replace("'claimwire'", '"claimwire"')
    line = f"{command} tail latest --from-beginning --timeout 20 --bootstrap-servers {kafka} | head -1"
    done = await asyncio.to_thread(subprocess.run, ["bash", "-c", line], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)
    assert done.stderr == ""


def make_letter(article_id, *, reason=Reason.TIMEOUT, timestamp_ms):
    original = Original(
        topic=RAW.name,
        partition=0,
        offset=0,
        timestamp_ms=timestamp_ms,
        key=article_id.encode(),
        value=json.dumps({"article_id": article_id, "body": "The river rose."}).encode(),
        headers=(("claimwire-channel", b"http"), ("traceparent", b"00-aa-bb-01"), ("empty", None)),
    )
    return encode(RejectedV1(stage=Stage.ENRICH, reason=reason, detail="slow", original=original))


async def raw_records_with_keys(kafka, *keys):
    async with reader(Kafka(kafka), RAW.name) as records:
        await records.seek(None)
        return [r async for r in records.until(await records.ends()) if (r.key or b"").decode() in keys]


async def test_replay_sends_the_original_again_but_not_what_is_superseded(kafka):
    """Key and value as they were, the channel replaced; a newer version is left alone; a dry run sends nothing."""
    now = round(time.time() * 1000)
    fresh, old = str(uuid.uuid4()), str(uuid.uuid4())
    await produce(
        kafka,
        (DEAD_LETTER, fresh.encode(), make_letter(fresh, timestamp_ms=now), ()),
        (DEAD_LETTER, old.encode(), make_letter(old, timestamp_ms=now), ()),
        (DEAD_LETTER, old.encode(), make_letter(old, reason=Reason.INVALID, timestamp_ms=now), ()),
        (LATEST, old.encode(), json.dumps({"article_id": old, "version": now + 1}).encode(), ()),
    )
    arguments = ("replay", "--reason", "timeout", "--since", "5m", "--bootstrap-servers", kafka)
    dry = await asyncio.to_thread(claimwire, *arguments, "--dry-run")
    assert "1  would be sent" in dry.stdout
    assert await raw_records_with_keys(kafka, fresh, old) == []
    done = await asyncio.to_thread(claimwire, *arguments)
    assert done.returncode == 0, done.stderr
    assert "1  sent" in done.stdout
    assert "1  superseded" in done.stdout
    [record] = await raw_records_with_keys(kafka, fresh, old)
    assert record.key.decode() == fresh
    assert json.loads(record.value) == {"article_id": fresh, "body": "The river rose."}
    assert dict(record.headers) == {
        "traceparent": b"00-aa-bb-01",
        "empty": None,
        "claimwire-channel": b"replay",
        "claimwire-replays": b"1",
    }
