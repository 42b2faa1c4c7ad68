"""The documents say what the code does."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest

from services.cli import main as cli

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("seeds/*.md")])
LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)(?:#[^)]*)?\)")


def test_the_generated_pages_are_up_to_date() -> None:
    """`python docs/generate.py` writes them anew."""
    result = subprocess.run(
        [sys.executable, "docs/generate.py", "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    """Every relative link names a file that is there."""
    targets = [link for link in LINK.findall(page.read_text("utf-8")) if "://" not in link]
    assert [target for target in targets if not (page.parent / target).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_exist(page: Path) -> None:
    """Every `claimwire …` and `make …` in a document is a command and a target."""
    text = page.read_text("utf-8")
    commands = set(re.findall(r"(?:`|^ {4}|\| )claimwire ([a-z]+)", text, re.MULTILINE))
    assert commands <= set(cli.list_commands(click.Context(cli)))
    targets = set(re.findall(r"(?:`|^ {4})make ([a-z0-9-]+)", text, re.MULTILINE))
    assert targets <= set(re.findall(r"^([a-z0-9-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_python_in_documents_is_python(page: Path) -> None:
    """Every Python example parses."""
    for code in re.findall(r"```python\n(.*?)```", page.read_text("utf-8"), re.DOTALL):
        ast.parse(code)


def test_files_named_in_documents_exist() -> None:
    """Paths in backquotes that begin with one of our folders lead to a file or a folder."""
    named = re.compile(r"`((?:services|docs|tests|training|deploy|seeds|bench)/[\w./-]+)`")
    missing = [
        f"{page.name}: {path}"
        for page in PAGES
        for path in named.findall(page.read_text("utf-8"))
        if not (ROOT / path).exists()
    ]
    assert missing == []


def test_every_setting_metric_topic_and_step_has_its_row() -> None:
    """The generated pages leave nothing out."""
    from services.contract.topics import TOPICS
    from services.enrich.settings import EnrichSettings
    from services.enrich.steps import STEPS
    from services.ingest.settings import IngestSettings
    from services.runtime.settings import variable_of

    reference = {page.stem: page.read_text("utf-8") for page in (ROOT / "docs" / "reference").glob("*.md")}
    assert all(topic.name in reference["topics"] for topic in TOPICS.values())
    assert all(f"| {step.name} |" in reference["steps"] for step in STEPS)
    assert all(
        f"`{variable_of(kind, name, field)}`" in reference["settings"]
        for kind in (EnrichSettings, IngestSettings)
        for name, field in kind.model_fields.items()
    )


def test_metrics_are_made_in_one_place_only() -> None:
    """The closed list is closed."""
    makers = re.compile(r"\b(?:Counter|Gauge|Histogram|Summary|Enum|Info)\(\s*[\"'f]")
    offenders = [
        str(file.relative_to(ROOT))
        for file in (ROOT / "services").rglob("*.py")
        if "prometheus_client" in (code := file.read_text("utf-8"))
        and makers.search(code)
        and file.name != "metrics.py"
    ]
    assert offenders == []


def test_nothing_names_an_index_or_a_machine() -> None:
    """The lock file has hashes and no addresses; nothing has a path of somebody's machine."""
    lock = (ROOT / "requirements.lock").read_text()
    assert "--hash=sha256:" in lock
    assert not re.search(r"https?://|--(?:extra-)?index-url|--find-links", lock)
