"""A Kafka that asks who its clients are, over TLS: every client of ours gets in, and says so if it does not."""

import asyncio
import sys
from pathlib import Path

import httpx
import pytest
from support.articles import make_value
from support.secured import PASSWORD, USER, SecuredBroker

from services.contract.topics import ENRICHED
from services.local.records import reader
from services.local.stack import Stack, StackOptions

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(180)]


async def test_an_article_passes_through_the_secured_door(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Topics, ingest, Faust's consumer, transactions, lag and readers: all with user, password file and certificate."""
    async with SecuredBroker(tmp_path) as broker:
        password = tmp_path / "password"
        password.write_text(PASSWORD + "\n")
        monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", broker.secured.bootstrap_servers)
        monkeypatch.setenv("CLAIMWIRE_KAFKA_SECURITY_PROTOCOL", "SASL_SSL")
        monkeypatch.setenv("CLAIMWIRE_KAFKA_USERNAME", USER)
        monkeypatch.setenv("CLAIMWIRE_KAFKA_PASSWORD_FILE", str(password))
        monkeypatch.setenv("CLAIMWIRE_KAFKA_CA_FILE", str(tmp_path / "ca.pem"))
        options = StackOptions(ingest_port=0, bootstrap_servers=broker.secured.bootstrap_servers)
        said: list[str] = []
        async with (
            Stack(tmp_path / "stack", options, step=said.append, notice=said.append) as stack,
            httpx.AsyncClient(trust_env=False, timeout=30) as client,
        ):
            answer = await client.post(f"{stack.ingest_url}/v1/articles", content=make_value(), headers=JSON)
            assert answer.status_code == httpx.codes.ACCEPTED
            async with reader(stack.kafka, ENRICHED.name) as records, asyncio.timeout(60):
                await records.seek(None)
                record = await anext(records.follow())
            assert record.key == answer.json()["article_id"].encode()
            metrics = (await client.get(stack.metrics_urls[1])).text
            assert "claimwire_consumer_lag_records{" in metrics

        code, output = await describe_topics()
        assert code == 0, output

        password.write_text("wrong")
        code, output = await describe_topics()
        assert code == 1
        assert "does not accept CLAIMWIRE_KAFKA_USERNAME" in output, output
    assert PASSWORD not in "".join(log.read_text() for log in (tmp_path / "stack").glob("*.log"))


async def describe_topics() -> tuple[int | None, str]:
    """Return exit code and output of the command, a process of its own, as a user runs it."""
    command = Path(sys.executable).with_name("claimwire")
    process = await asyncio.create_subprocess_exec(
        command, "topics", "describe", stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    output, _ = await process.communicate()
    return process.returncode, output.decode()


JSON = {"content-type": "application/json"}
