"""`claimwire keys`: the same file as the service's, shown and changed by people."""

import json
import re

import pytest
from click.testing import CliRunner, Result

from services.cli import main
from services.ingest.key_store import read_keys
from services.ingest.keys import opens


@pytest.fixture
def path(tmp_path, monkeypatch):
    """Return the file that the environment names."""
    path = tmp_path / "keys.sqlite"
    monkeypatch.setenv("CLAIMWIRE_INGEST_KEYS_FILE", str(path))
    return path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["keys", *arguments])


def create(*arguments: str) -> str:
    result = run("create", "desk", *arguments)
    assert result.exit_code == 0, result.output
    return result.stdout.strip()


def test_a_new_key_alone_is_on_standard_output(path):
    """A script can keep it; what is said about it goes to people."""
    result = run("create", "desk", "--expires", "90d", "--quota", "600/min")
    (key,) = read_keys(path).values()
    assert opens(result.stdout.rstrip("\n"), key)
    assert (str(key.quota), key.lifetime.days) == ("600/min", 90)
    assert "not shown again" in result.stderr


def test_the_list_has_no_secret(path):
    """Names, states and limits, for people and for programs."""
    text = create("--quota", "5/s")
    shown, as_json = run("list").stdout, run("list", "--json").stdout
    assert re.search(r"^id +name +state +quota +created +expires$", shown, re.MULTILINE)
    assert re.search(rf"^{text[3:13]} +desk +active +5/s +\S+Z +-$", shown, re.MULTILINE)
    assert [(row["id"], row["expires"]) for row in json.loads(as_json)] == [(text[3:13], None)]
    assert text[14:] not in shown + as_json


def test_a_revoked_key_is_listed_as_such(path):
    """It stays, so that it can be told what it was."""
    text = create()
    assert run("revoke", text[3:13]).exit_code == 0
    assert "revoked" in run("list").stdout


def test_a_rotated_key_and_its_successor_both_hold_for_a_while(path):
    """The new one is printed as a created one is."""
    old = create()
    result = run("rotate", old[3:13], "--grace", "15m")
    assert result.stdout.startswith("cw_")
    states = [row["state"] for row in json.loads(run("list", "--json").stdout)]
    assert states == ["active", "active"]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("create", "Some Body"), 2, "is no name"),
        (("create", "desk", "--quota", "many"), 2, "is no quota"),
        (("create", "desk", "--expires", "soon"), 2, "is no duration"),
        (("create", "desk", "--expires", "0d"), 2, "for some time"),
        (("list",), 1, "claimwire keys create"),
        (("revoke", "nobody"), 1, "there is no key nobody"),
    ],
)
def test_what_is_wrong_is_said(path, arguments, code, said):
    """2 for wrong usage, 1 for what is not there; never a traceback."""
    result = run(*arguments)
    assert (result.exit_code, type(result.exception)) == (code, SystemExit)
    assert said in result.stderr


def test_without_a_file_it_asks_for_one(monkeypatch):
    """The option and the variable are named."""
    monkeypatch.delenv("CLAIMWIRE_INGEST_KEYS_FILE", raising=False)
    result = run("list")
    assert result.exit_code == 2
    assert "--file" in result.stderr
    assert "CLAIMWIRE_INGEST_KEYS_FILE" in result.stderr
