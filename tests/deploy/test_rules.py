"""The rules are right, ask only for what there is, are tested, and each alert tells its reader what to do."""

import re
import subprocess
from pathlib import Path

import promql_parser as promql
import pytest
import yaml
from support.promql import TARGET, begun, grouped_by, groups, rules, selectors, series
from support.tools import tool

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "deploy" / "prometheus"
CASES = sorted((FOLDER / "tests").glob("*.yaml"))
RUNBOOKS = ROOT / "docs" / "how-to" / "runbooks"
ALERTS = {rule["alert"]: rule for rule in rules() if "alert" in rule}

# Values that no series has from the start.
LATER = {
    ("claimwire_ready", "job", "claimwire-enrich"),
    ("claimwire_ready", "job", "claimwire-ingest"),
    # The worker begins it at zero, for each of its steps.
    ("claimwire_enrich_step_total", "outcome", "error"),
    ("claimwire_http_requests_total", "code", "5.."),
    ("claimwire_http_requests_total", "code", "503"),
    ("up", "job", "claimwire-.*"),
    ("up", "job", "claimwire-enrich"),
    ("up", "job", "claimwire-ingest"),
}


def promtool(*arguments):
    """Run promtool and return what it says, its exit code first."""
    done = subprocess.run([tool("promtool"), *arguments], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def page(alert):
    """Return the name of the page that an alert must have: its own in kebab case, without the first word."""
    return "-".join(re.findall(r"[A-Z][a-z]+", alert.removeprefix("Claimwire"))).lower()


def cases():
    """Yield each test with each question that it asks about an alert."""
    for file in CASES:
        for test in yaml.safe_load(file.read_text())["tests"]:
            for question in test.get("alert_rule_test", []):
                yield test, question


def test_promtool_finds_no_mistake():
    """In no rule; nothing that could be written better either."""
    code, says = promtool("check", "rules", "--lint=all", "--lint-fatal", *map(str, sorted(FOLDER.glob("rules/*"))))
    assert code == 0, says


def test_the_configuration_is_valid_and_reads_all_rules(tmp_path):
    """Prometheus starts with it where compose mounts it."""
    (tmp_path / "rules").symlink_to(FOLDER / "rules")
    written = (FOLDER / "prometheus.yml").read_text()
    assert "/etc/prometheus/rules/*.yaml" in written
    config = tmp_path / "prometheus.yml"
    config.write_text(written.replace("/etc/prometheus", str(tmp_path)))
    code, says = promtool("check", "config", "--lint-fatal", str(config))
    assert code == 0, says
    assert f"{len(list(FOLDER.glob('rules/*.yaml')))} rule files found" in says


def test_the_jobs_are_those_that_the_rules_go_by():
    """Targets are the services of compose at the ports of their images; scrapes are several in a rule's window."""
    config = yaml.safe_load((FOLDER / "prometheus.yml").read_text())
    ingest, enrich = config["scrape_configs"]
    assert (ingest["job_name"], ingest["static_configs"]) == ("claimwire-ingest", [{"targets": ["ingest:8080"]}])
    (found,) = enrich["dns_sd_configs"]
    assert (enrich["job_name"], found["names"], found["type"], found["port"]) == (
        "claimwire-enrich",
        ["enrich"],
        "A",
        8081,
    )
    assert config["global"]["scrape_interval"] == config["global"]["evaluation_interval"] == "15s"


@pytest.mark.parametrize("file", CASES, ids=lambda file: file.stem)
def test_rules_do_what_their_cases_say(file):
    """`promtool test rules`: what fires, when, with which words; and what does not."""
    code, says = promtool("test", "rules", str(file))
    assert code == 0, says


def test_cases_are_evaluated_in_order():
    """Groups that are not named are evaluated in any order: an alert could come before the series that it reads."""
    wanted = [group["name"] for file in ("claimwire", "alerts") for group in groups() if _is_in(group, file)]
    for file in CASES:
        assert yaml.safe_load(file.read_text())["group_eval_order"] == wanted, file.name


def _is_in(group, file):
    return any("alert" in rule for rule in group["rules"]) == (file == "alerts")


@pytest.mark.parametrize("alert", ALERTS)
def test_an_alert_has_a_case_in_which_it_fires(alert):
    """Named by it, with the alert's labels and all its annotations, and not at a moment before."""
    firing = [
        (test, question)
        for test, question in cases()
        if question["alertname"] == alert and question.get("exp_alerts") and _says(test, alert, "fires?:")
    ]
    assert firing
    for _, question in firing:
        for expected in question["exp_alerts"]:
            assert expected["exp_labels"]["severity"] == ALERTS[alert]["labels"]["severity"]
            assert set(expected["exp_annotations"]) == set(ALERTS[alert]["annotations"])
    assert any(
        other["eval_time"] != question["eval_time"] and not other.get("exp_alerts")
        for test, question in firing
        for other in test["alert_rule_test"]
        if other["alertname"] == alert
    )


@pytest.mark.parametrize("alert", ALERTS)
def test_an_alert_has_a_case_in_which_it_does_not_fire(alert):
    """With series that it reads, and named by it."""
    read = {selector.name for selector in selectors(_with_records_resolved(ALERTS[alert]["expr"]))}
    assert any(
        not question.get("exp_alerts")
        and question["alertname"] == alert
        and (_says(test, alert, "(does|do) not fire:") or test["name"].startswith("none of the three fires:"))
        and read <= {re.match(r"\w+", given["series"])[0] for given in test["input_series"]}
        for test, question in cases()
    )


def _says(test, alert, verb):
    """Return whether the part of a test's name that comes before its colon names the alert and says so."""
    return re.match(rf"(Claimwire\w+ and )*{alert}( and Claimwire\w+)* {verb}", test["name"]) is not None


def _with_records_resolved(expr):
    """Return an expression that reads what the recorded series of another are recorded from."""
    for rule in rules():
        if "record" in rule:
            expr = re.sub(rf"{re.escape(rule['record'])}(?!\w)( offset \w+)?", f"({rule['expr']})", expr)
    return expr


@pytest.mark.parametrize("alert", ALERTS)
def test_an_alert_says_what_it_means_and_what_to_do(alert):
    """A severity, a sentence, the figures, and a page that is there and has the alert's name as its title."""
    rule = ALERTS[alert]
    assert set(rule["labels"]) == {"severity"}
    assert rule["labels"]["severity"] in {"page", "ticket"}
    assert set(rule["annotations"]) == {"summary", "description", "runbook_url"}
    assert rule["for"]
    assert rule["annotations"]["runbook_url"] == f"docs/how-to/runbooks/{page(alert)}.md"
    file = RUNBOOKS / f"{page(alert)}.md"
    assert file.is_file()
    assert alert in file.read_text()


def test_the_index_has_every_alert_and_every_page():
    """An alert's row says how severe it is; a page that is no alert's is listed, too; no page is of an alert that went."""
    index = RUNBOOKS / "README.md"
    assert index.is_file()
    text = index.read_text()
    for alert, rule in ALERTS.items():
        (row,) = [line for line in text.splitlines() if line.startswith("|") and f"{page(alert)}.md" in line]
        assert alert in row
        assert rule["labels"]["severity"] in row
    files = {file.name for file in RUNBOOKS.glob("*.md")} - {"README.md"}
    assert set(re.findall(r"\(([\w-]+\.md)\)", text)) == files
    for file in files:
        named = set(re.findall(r"\bClaimwire[A-Z]\w+", (RUNBOOKS / file).read_text()))
        assert named <= set(ALERTS), file


@pytest.mark.parametrize("rule", [pytest.param(rule, id=rule.get("alert") or rule["record"]) for rule in rules()])
def test_series_and_labels_exist(rule):
    """Every series, label and value that a rule asks for is in the code, in a recording rule or in Prometheus."""
    known = series()
    start = begun()
    found = selectors(rule["expr"])
    assert {each.name for each in found} <= set(known)
    for each in found:
        for matcher in each.matchers.matchers:
            assert matcher.name in known[each.name] | TARGET
            values = {matcher.value} if (each.name, matcher.name, matcher.value) in LATER else matcher.value.split("|")
            for value in values:
                assert (each.name, matcher.name, value) in start | LATER
    assert grouped_by(rule["expr"]) <= TARGET.union(*(known[each.name] for each in found))


def test_every_worker_tells_every_lag():
    """Lag is read as the greatest that any worker tells, everywhere; a sum would count each record once a worker."""
    told = {"claimwire_consumer_lag_records", "claimwire_consumer_lag_seconds"}
    for rule in rules():
        if told & {each.name for each in selectors(rule["expr"])}:
            parsed = promql.parse(rule["expr"])
            assert isinstance(parsed, promql.AggregateExpr)
            assert str(parsed.op) == "max"
            assert grouped_by(rule["expr"]) == {"namespace", "topic", "partition"}


def test_nothing_in_the_list_of_later_values_is_too_much():
    """Each is asked for by a rule, and has no series from the start."""
    asked = {
        (each.name, matcher.name, matcher.value)
        for rule in rules()
        for each in selectors(rule["expr"])
        for matcher in each.matchers.matchers
    }
    assert asked >= LATER
    assert not {each for each in LATER if each[1] != "le"} & begun()
