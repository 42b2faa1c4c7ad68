"""The command line: what it offers, how it fails, how fast its help is."""

import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta

import click
import pytest
from click.testing import CliRunner

from services.cli import main
from services.cli.replay import REASONS, STAGES
from services.cli.times import Moment
from services.contract.rejected import Reason, Stage
from services.contract.schema import schema_files
from services.contract.topics import TOPICS

COMMANDS = ("demo", "up", "broker", "submit", "tail", "annotate", "extract", "topics", "replay", "keys", "config")


def run(*arguments, **options):
    return CliRunner().invoke(main, arguments, **options)


def test_the_help_names_every_command():
    """In the order in which a newcomer needs them."""
    output = run("--help").output
    assert [line.split()[0] for line in output[output.index("Commands:") :].splitlines()[1:]] == list(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_has_examples(command):
    """An example says more than a list of options."""
    result = run(command, "--help")
    assert result.exit_code == 0
    assert f"claimwire {command}" in result.output[result.output.index("Examples:") :]


def test_the_help_is_quick():
    """Nothing heavy is imported for it: measured 0.08 s, half a second on a busy machine."""
    code = "from services.cli import main; import sys; sys.argv = ['claimwire', '--help']; main()"
    times = []
    for _ in range(3):
        started = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
        times.append(time.perf_counter() - started)
    assert min(times) < 0.5


@pytest.mark.parametrize(
    "arguments",
    [["nonsense"], ["tail", "nonsense"], ["tail", "--since", "soon"], ["replay", "--reason", "x"], ["submit"]],
)
def test_wrong_usage_is_2(arguments):
    """As documented."""
    assert run(*arguments).exit_code == 2


def test_from_beginning_and_since_exclude_each_other():
    """One of them would be ignored in silence."""
    assert run("tail", "--from-beginning", "--since", "1h").exit_code == 2


def test_the_choices_of_replay_are_those_of_the_contract():
    """They are repeated for the sake of a quick help."""
    assert set(REASONS) == set(Reason)
    assert set(STAGES) == set(Stage)


def test_topics_lists_every_topic_without_kafka():
    """With the names that programs need."""
    output = run("topics").output
    assert all(topic.name in output for topic in TOPICS.values())


def test_topics_list_writes_the_schemas(tmp_path):
    """Those of the contract, byte for byte."""
    assert run("topics", "list", "--schemas", str(tmp_path)).exit_code == 0
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == schema_files()


def test_without_kafka_the_error_says_what_to_do():
    """One line, exit code 1, no traceback."""
    result = run("topics", "create", "--bootstrap-servers", "127.0.0.1:1")
    assert result.exit_code == 1
    assert "Kafka cannot be reached" in result.output
    assert "claimwire up" in result.output


def test_submit_without_a_service_is_1_and_says_why(tmp_path, monkeypatch):
    """Every article that was not accepted is named."""
    monkeypatch.setattr("services.local.submit._BACKOFF_SECONDS", (0.0,))
    article = tmp_path / "a.json"
    article.write_text('{"body": "Text."}')
    result = run("submit", str(article), "--url", "http://127.0.0.1:1")
    assert result.exit_code == 1
    assert "failed      a.json" in result.output


def test_submit_of_an_empty_folder_is_1(tmp_path):
    """Nothing submitted is not success."""
    assert run("submit", str(tmp_path)).exit_code == 1


@pytest.mark.parametrize(
    ("given", "moment"),
    [
        ("2026-03-12T14:00:00Z", datetime(2026, 3, 12, 14, tzinfo=UTC)),
        ("2026-03-12T14:00:00+02:00", datetime(2026, 3, 12, 12, tzinfo=UTC)),
        ("2026-03-12", datetime(2026, 3, 12, tzinfo=UTC)),
    ],
)
def test_a_moment_is_a_time_in_utc_unless_it_says_otherwise(given, moment):
    """As everywhere in the contract."""
    assert Moment().convert(given, None, None) == moment


@pytest.mark.parametrize(
    ("given", "ago"),
    [
        ("90s", timedelta(seconds=90)),
        ("15m", timedelta(minutes=15)),
        ("2h", timedelta(hours=2)),
        ("7d", timedelta(days=7)),
    ],
)
def test_a_moment_can_be_an_age(given, ago):
    """Shorter to type."""
    assert abs(datetime.now(UTC) - ago - Moment().convert(given, None, None)) < timedelta(seconds=5)


@pytest.mark.parametrize("given", ["", "h", "-1h", "2w", "1.5h", "yesterday", "2026-13-01"])
def test_what_is_no_moment_is_refused(given):
    """Rather than guessed."""
    with pytest.raises(click.BadParameter):
        Moment().convert(given, None, None)


def test_submit_to_what_is_no_address_is_wrong_usage(tmp_path):
    """One message and exit code 2, not a failure for each article."""
    file = tmp_path / "a.json"
    file.write_text('{"body": "x"}')
    result = CliRunner().invoke(main, ["submit", str(file), "--url", "nonsense"])
    assert result.exit_code == 2
    assert "is no address" in result.output
