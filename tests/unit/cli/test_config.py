"""`claimwire config` shows what is in force and names what is not right."""

import json

import pytest
from click.testing import CliRunner

from services.cli import main


def test_shows_values_and_where_they_are_from(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the environment gives is marked; nothing else is."""
    monkeypatch.setenv("CLAIMWIRE_ENRICH_WINDOW", "7")
    result = CliRunner().invoke(main, ["config", "enrich"])
    assert result.exit_code == 0
    lines = {line.split()[0]: line for line in result.output.splitlines()[1:]}
    assert lines["CLAIMWIRE_ENRICH_WINDOW"].endswith("7  (environment)")
    assert lines["CLAIMWIRE_LOG_LEVEL"].endswith("INFO")
    assert not any(name.startswith("CLAIMWIRE_INGEST") for name in lines)


def test_names_everything_that_is_wrong_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both services share a wrong value; a misspelt variable is wrong too."""
    monkeypatch.setenv("CLAIMWIRE_LOG_LEVEL", "LOUD")
    monkeypatch.setenv("CLAIMWIRE_INGEST_PROT", "1")
    result = CliRunner().invoke(main, ["config"])
    assert result.exit_code == 2
    assert result.stderr.count("CLAIMWIRE_LOG_LEVEL=LOUD") == 1
    assert "CLAIMWIRE_INGEST_PROT is no setting; CLAIMWIRE_INGEST_PORT is one" in result.stderr


def test_json_for_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Secrets are masked there too."""
    monkeypatch.setenv("CLAIMWIRE_KAFKA_PASSWORD", "hush")
    result = CliRunner().invoke(main, ["config", "--json"])
    assert json.loads(result.output)["ingest"]["CLAIMWIRE_KAFKA_PASSWORD"] == ["**********", "environment"]
