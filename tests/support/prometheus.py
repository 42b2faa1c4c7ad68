"""A real Prometheus of Debian's package, on loopback, for one test: scrapes, evaluates our rules, answers queries."""

import asyncio
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx
import yaml

from services.local.ports import free_port
from services.local.process import GuardedProcess

RULES = Path(__file__).parents[2] / "deploy" / "prometheus" / "rules"


class Prometheus:
    """`async with Prometheus(binary, folder, jobs) as prometheus:`; scrapes and evaluates every second."""

    def __init__(self, binary: Path, folder: Path, jobs: dict[str, list[str]]) -> None:
        self._folder = folder
        self._port = free_port()
        self._client = httpx.AsyncClient(base_url=f"http://127.0.0.1:{self._port}", trust_env=False, timeout=30)
        config = {
            "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
            "rule_files": [f"{RULES}/*.yaml"],
            "scrape_configs": [
                {"job_name": job, "static_configs": [{"targets": targets}]} for job, targets in jobs.items()
            ],
        }
        folder.mkdir()
        (folder / "prometheus.yml").write_text(yaml.safe_dump(config))
        self._command = [
            str(binary),
            f"--config.file={folder / 'prometheus.yml'}",
            f"--storage.tsdb.path={folder / 'data'}",
            f"--web.listen-address=127.0.0.1:{self._port}",
            "--enable-feature=exemplar-storage",
        ]
        self._process: GuardedProcess | None = None

    async def __aenter__(self) -> Self:
        """Start, and wait until every target was scraped."""
        self._process = GuardedProcess(self._command, log=self._folder / "prometheus.log")
        async with asyncio.timeout(30):
            while not await self._has_scraped():
                if self._process.exit_code is not None:
                    raise RuntimeError(self._process.log_tail())
                await asyncio.sleep(0.1)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop."""
        await self._client.aclose()
        if self._process is not None:
            await self._process.stop()

    async def _has_scraped(self) -> bool:
        try:
            targets = (await self._get("targets"))["activeTargets"]
        except httpx.HTTPError:
            return False
        return bool(targets) and all(target["health"] == "up" for target in targets)

    async def query(self, expression: str) -> list[dict[str, Any]]:
        """Return the series that an expression gives now. Raises `httpx.HTTPStatusError` if it is none."""
        result: list[dict[str, Any]] = (await self._get("query", query=expression))["result"]
        return result if isinstance(result, list) else [result]

    async def rules(self) -> list[dict[str, Any]]:
        """Return all rules with their states."""
        return [rule for group in (await self._get("rules"))["groups"] for rule in group["rules"]]

    async def exemplars(self, selector: str, *, start: float, end: float) -> list[dict[str, Any]]:
        """Return the exemplars of a selector."""
        found: list[dict[str, Any]] = await self._get("query_exemplars", query=selector, start=start, end=end)
        return found

    async def _get(self, what: str, **parameters: object) -> Any:
        answer = await self._client.get(f"/api/v1/{what}", params=parameters)
        answer.raise_for_status()
        return answer.json()["data"]
