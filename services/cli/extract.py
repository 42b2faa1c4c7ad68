"""`claimwire extract`: the article of one page, from a file, standard input or the internet, as JSON."""

import asyncio
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from services.cli.running import run

if TYPE_CHECKING:
    from services.fetch import FetchSettings

# The slowest page of the benchmark takes less than a second.
_SECONDS = 20.0
_PAGES = ("text/html", "application/xhtml+xml", "text/plain", "text/xml", "application/xml", "")


class ExtractError(RuntimeError):
    """Raised when there is no page, or none that can be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    """A page's bytes, and what is known of them."""

    content: bytes
    url: str | None = None
    content_type: str | None = None


@click.command(short_help="Print the article of a web page as JSON.")
@click.argument("source", metavar="FILE|URL|-")
@click.option("--url", metavar="URL", help="Where a page in a file comes from: its relative addresses depend on it.")
def extract(*, source: str, url: str | None) -> None:
    """Print the article of a web page as JSON: title, authors, published_at, language, body, canonical_url, quality.

    Only public addresses are asked, on the usual ports; CLAIMWIRE_FETCH_… change the limits. A page that takes more
    than 20 seconds is given up.

    Exit code 0: an article; 1: none, and a line says why.

    \b
    Examples:
      claimwire extract https://example.org/2026/03/ponte.html | jq -r .body
      claimwire extract page.html --url https://example.org/2026/03/ponte.html
      curl -s https://example.org/ | claimwire extract -
    """  # noqa: D301 - \b is click's mark, not an escaped letter
    if url is not None and "://" in source:
        raise click.UsageError("--url is for a page in a file")
    run(_extract(source, url))


async def _extract(source: str, url: str | None) -> int:
    import orjson  # noqa: PLC0415 - heavy imports wait until they are needed

    settings = _settings()
    page = await _fetched(source, settings) if "://" in source else _given(source, url, settings)
    article = await _article(page)
    sys.stdout.buffer.write(orjson.dumps(article, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    sys.stdout.buffer.flush()
    if article["body"] is None:
        click.echo("There is no article in this page.", err=True)
        return 1
    return 0


def _settings() -> "FetchSettings":
    from pydantic import ValidationError  # noqa: PLC0415 - as above

    from services.fetch import FetchSettings  # noqa: PLC0415
    from services.runtime.settings import wrong  # noqa: PLC0415

    try:
        return FetchSettings()
    except ValidationError as error:
        raise click.UsageError("; ".join(wrong(FetchSettings, error))) from None


async def _fetched(url: str, settings: "FetchSettings") -> _Page:
    from services.fetch import Fetcher  # noqa: PLC0415 - as above

    async with Fetcher(settings) as fetcher:
        fetched = await fetcher.get(url, headers={"accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.1"})
    if fetched.status != 200:
        raise ExtractError(f"{fetched.url} answers with status {fetched.status}")
    content_type = fetched.headers.get("content-type", "")
    if content_type.partition(";")[0].strip().lower() not in _PAGES:
        raise ExtractError(f"{fetched.url} is no page but {content_type!r:.80}")
    return _Page(content=fetched.body, url=fetched.url, content_type=content_type)


def _given(source: str, url: str | None, settings: "FetchSettings") -> _Page:
    most = settings.max_body_bytes
    if source == "-":
        content = sys.stdin.buffer.read(most + 1)
    else:
        with Path(source).open("rb") as file:
            content = file.read(most + 1)
    if len(content) > most:
        raise ExtractError(f"{source} has more than {most:,} bytes")
    return _Page(content=content, url=url)


async def _article(page: _Page) -> dict[str, Any]:
    """Extract in a process of its own, which is killed when it takes too long."""
    import orjson  # noqa: PLC0415 - as above

    known = {"--url": page.url, "--content-type": page.content_type}
    options = [f"{name}={value}" for name, value in known.items() if value]
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-P", "-m", "services.page", *options,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        async with asyncio.timeout(_SECONDS):
            output, errors = await child.communicate(page.content)
    except TimeoutError:
        raise ExtractError(f"the page takes more than {_SECONDS:g} s to read") from None
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    if child.returncode != 0:
        said = errors.decode("utf-8", "replace").strip().rpartition("\n")[2]
        raise ExtractError(said or f"the process that read the page died ({child.returncode})")
    return _with_quality(orjson.loads(output))


def _with_quality(article: dict[str, Any]) -> dict[str, Any]:
    from datetime import UTC, datetime, timedelta  # noqa: PLC0415 - as above

    from services.contract.enriched import TimeQuality  # noqa: PLC0415

    time = article["published_at"]
    quality = TimeQuality.PARSED if time else TimeQuality.MISSING
    # A day, for clocks and zones, as the pipeline grants.
    if time and datetime.fromisoformat(time) > datetime.now(UTC) + timedelta(days=1):
        quality = TimeQuality.FUTURE
    flags = article.pop("flags")
    return {**article, "quality": {"published_at_quality": quality, "flags": flags}}
