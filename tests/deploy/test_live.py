"""A real Prometheus beside a real run: every panel and every alert asks for something that is there."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from aiokafka import AIOKafkaProducer
from support.articles import make_value
from support.dashboards import expressions
from support.prometheus import Prometheus
from support.tools import tool

from services.contract.topics import RAW
from services.local.replay import Selection, replay
from services.local.stack import Stack, StackOptions

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(180), pytest.mark.asyncio(loop_scope="module")]

SEEDS = sorted((Path(__file__).parents[2] / "seeds").glob("*.json"))
JSON = {"Content-Type": "application/json", "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}
# What shows nothing while all is well, and why that is right.
EMPTY_IN_PEACE = {
    "content/Shift of each language in a week": "there is no week before a run of seconds",
    "ClaimwireLanguageShift": "the same",
    "overview/Alerts": "it lists what fires",
}
# Two records of some hundred are dead letters, of the first few more than one in twenty; nothing was there before.
MEANT = {"ClaimwireManyDeadLetters", "ClaimwireNoArticles", "ClaimwireSaturated"}
COMPARISON = re.compile(r"\s(==|!=|>=|<=|>|<)\s(?!bool)")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def prometheus(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Prometheus]:
    """Return a Prometheus that has scraped both services through all that can happen to articles."""
    binary = tool("prometheus")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("CLAIMWIRE_ENRICH_PROCESSES", "2")  # what children do must count, too
        async for started in watched(binary, tmp_path_factory.mktemp("live")):
            yield started


async def watched(binary: Path, folder: Path) -> AsyncIterator[Prometheus]:
    """Yield the Prometheus; stop everything afterwards."""
    options = StackOptions(ingest_port=0)
    async with (
        Stack(folder / "stack", options, step=lambda _: None, notice=lambda _: None) as stack,
        httpx.AsyncClient(base_url=stack.ingest_url, trust_env=False, timeout=30) as client,
    ):
        jobs = {
            "claimwire-ingest": [httpx.URL(stack.ingest_url).netloc.decode()],
            "claimwire-enrich": [httpx.URL(url).netloc.decode() for url in stack.worker_urls],
        }
        async with Prometheus(binary, folder / "prometheus", jobs) as prometheus:
            await traffic(client, stack, prometheus)
            await until(prometheus, "claimwire_dead_letters_replayed_total > 0")
            # All partitions are through: what ingest accepted, the stray record, and the same as a replay.
            accepted = 'sum(claimwire_articles_submitted_total{outcome="accepted"})'
            await until(prometheus, f"sum(claimwire_events_consumed_total) == {accepted} + 2")
            # A rate needs two scrapes, a rule one evaluation after them.
            await until(prometheus, "min(count_over_time(claimwire_dead_letters_replayed_total[3s])) >= 3")
            yield prometheus


async def traffic(client: httpx.AsyncClient, stack: Stack, prometheus: Prometheus) -> None:
    """Send what producers send: articles, corrections, a retraction, bad requests, a record that is no article."""
    for seed in SEEDS:
        await client.post("/v1/articles", content=seed.read_bytes(), headers=JSON)
    answer = await client.post("/v1/articles", content=make_value(action="replace"), headers=JSON)
    id = answer.json()["article_id"]
    await client.post("/v1/articles", content=b"{", headers=JSON)
    producer = AIOKafkaProducer(bootstrap_servers=stack.bootstrap_servers)
    await producer.start()
    await producer.send_and_wait(RAW.name, b"no article", partition=0)
    await producer.stop()
    await until(prometheus, 'sum(claimwire_dead_letters_total{reason="not_json"}) > 0')
    for number in range(8):  # some seconds of steady news
        body = b"".join(make_value(url=f"https://news.example/{number}/{n}") + b"\n" for n in range(8))
        await client.post("/v1/articles:batch", content=body, headers={"Content-Type": "application/x-ndjson"})
        await asyncio.sleep(0.5)
    await client.post(f"/v1/articles/{id}:retract", json={"reason": "it was wrong"})
    assert (await replay(stack.kafka, Selection())).sent == 1


async def until(prometheus: Prometheus, condition: str) -> None:
    """Wait until a query has an answer."""
    async with asyncio.timeout(60):
        while not await prometheus.query(condition):
            await asyncio.sleep(0.2)


async def test_every_panel_has_data(prometheus: Prometheus) -> None:
    """But for those that are empty in peace, each with its reason."""
    empty = {f"{e.dashboard}/{e.panel}": e.expr for e in expressions() if not await prometheus.query(e.expr)}
    assert [f"{name}: {expr}" for name, expr in empty.items() if name not in EMPTY_IN_PEACE] == []
    # An alert may be pending, and then is listed.
    assert {name for name in EMPTY_IN_PEACE if "/" in name} - {"overview/Alerts"} <= set(empty), "no longer empty"


async def test_every_rule_is_evaluated_and_every_alert_asks_for_data(prometheus: Prometheus) -> None:
    """An alert's conditions as questions: each answers yes or no for a series that is there."""
    rules = await prometheus.rules()
    assert {rule["name"]: rule.get("lastError") for rule in rules if rule["health"] != "ok"} == {}
    alerts = [rule for rule in rules if rule["type"] == "alerting"]
    assert alerts
    silent = []
    for alert in alerts:
        asked = COMPARISON.sub(r" \1 bool ", alert["query"])
        if not await prometheus.query(asked):
            silent.append(f"{alert['name']}: {asked}")
    assert [line for line in silent if line.partition(":")[0] not in EMPTY_IN_PEACE] == []
    assert {name for name in EMPTY_IN_PEACE if "/" not in name} <= {line.partition(":")[0] for line in silent}


async def test_nothing_is_about_to_fire_in_peace(prometheus: Prometheus) -> None:
    """But for what this run did on purpose, and what is quiet so soon after the start."""
    states = {rule["name"]: rule["state"] for rule in await prometheus.rules() if rule["type"] == "alerting"}
    assert {name for name, state in states.items() if state != "inactive"} <= MEANT


async def test_the_accounts_agree(prometheus: Prometheus) -> None:
    """What the offsets say was consumed is what the outcomes say."""
    (consumed,) = await prometheus.query("sum(claimwire_events_consumed_total)")
    (terminal,) = await prometheus.query("sum(claimwire_events_terminal_total)")
    assert consumed["value"][1] == terminal["value"][1]


async def test_what_the_pools_processes_do_is_counted(prometheus: Prometheus) -> None:
    """Each enriched article once, with each of its steps, whichever process worked on it."""
    (enriched,) = await prometheus.query('sum(claimwire_events_terminal_total{outcome="enriched"})')
    for counted in await prometheus.query("sum by (step) (claimwire_enrich_step_total)"):
        assert counted["value"][1] == enriched["value"][1], counted
    (timed,) = await prometheus.query("sum(claimwire_enrich_duration_seconds_count)")
    assert timed["value"][1] == enriched["value"][1]
    (processes,) = await prometheus.query("sum(claimwire_pool_processes)")
    assert processes["value"][1] == "2"


async def test_exemplars_lead_to_traces(prometheus: Prometheus) -> None:
    """Of latencies and of the door."""
    for metric in ("claimwire_e2e_latency_seconds_bucket", "claimwire_http_request_duration_seconds_bucket"):
        found = await prometheus.exemplars(metric, start=0, end=4e9)
        traces = {exemplar["labels"]["trace_id"] for series in found for exemplar in series["exemplars"]}
        assert any(len(trace) == 32 for trace in traces), metric
