"""The dashboards are current, ask only for what there is, and say on every panel what it means and what to do."""

import json
import re
from collections import Counter
from itertools import combinations
from pathlib import Path

import promql_parser as promql
import pytest
import yaml
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models.dashboard import Dashboard
from support.dashboards import FOLDER, dashboards, expressions, panels, written
from support.promql import TARGET, begun, grouped_by, nodes, rules, selectors, series

from deploy.grafana.board import WIDTH
from deploy.grafana.generate import files

ROOT = Path(__file__).parents[2]
RUNBOOKS = ROOT / "docs" / "how-to" / "runbooks"
PROVISIONING = FOLDER.parent / "provisioning"
PANELS = [pytest.param(panel, id=f"{name}: {panel['title']}") for name, panel in panels()]

# Alerts whose panel has no line, with the reason.
WITHOUT_A_LINE = {
    "ClaimwireTargetDown": "it is about one process; the panel counts them",
    "ClaimwireNotReady": "it is about one process; the panel counts them",
}


def limits(panel):
    """Return the values at which a panel changes its colour."""
    steps = panel["fieldConfig"]["defaults"].get("thresholds", {"steps": []})["steps"]
    return {step["value"] for step in steps if step["value"] is not None} if len(steps) > 1 else set()


def pages(panel):
    """Return the names of the runbooks that a panel links to."""
    return [re.fullmatch(r"\$\{docs\}/how-to/runbooks/([\w-]+)\.md", link["url"])[1] for link in panel["links"]]


def alerts():
    """Return the numbers that each alert compares with, by the name of its runbook and then by its own."""
    found = {}
    for rule in rules():
        if "alert" in rule:
            name = Path(rule["annotations"]["runbook_url"]).stem
            found.setdefault(name, {})[rule["alert"]] = set(_numbers(promql.parse(rule["expr"])))
    return found


def _numbers(parsed):
    for node in nodes(parsed):
        if isinstance(node, promql.NumberLiteral):
            yield node.val
        if isinstance(node, promql.BinaryExpr) and str(node.op) in {"<", ">", "=="}:
            # Where whole numbers are counted: more than n, or other than n, begins at n + 1; a difference, at 1.
            yield node.rhs.val + 1 if isinstance(node.rhs, promql.NumberLiteral) else 1


def test_dashboards_are_what_the_code_writes():
    """`python -m deploy.grafana.generate` would change nothing, and nothing is left of a dashboard that is gone."""
    wanted = files()
    assert {file: file.read_text() for file in sorted(FOLDER.glob("*.json"))} == wanted


def test_series_and_labels_exist():
    """Every series and every label that a panel or a variable asks for is in the code, in a rule or in Prometheus."""
    known = series()
    asked = [(f"{each.dashboard}: {each.panel}", each.expr) for each in expressions()]
    for name, dashboard in dashboards().items():
        for variable in dashboard["templating"]["list"]:
            if variable["type"] == "query":
                selector, label = re.fullmatch(r"label_values\((.+), (\w+)\)", variable["query"]).groups()
                asked.append((f"{name}: ${variable['name']}", f"count by ({label}) ({selector})"))
    for where, expr in asked:
        found = selectors(expr)
        assert {each.name for each in found} <= set(known), where
        for each in found:
            assert {matcher.name for matcher in each.matchers.matchers} <= known[each.name] | TARGET, where
        assert grouped_by(expr) <= TARGET.union(*(known[each.name] for each in found)), where


def test_values_of_labels_exist():
    """A matcher of one value asks for a series that begins at zero, or that only this list knows of."""
    found = {
        (name, matcher.name, matcher.value)
        for expr in written()
        for name, matcher in (
            (each.name, m) for each in selectors(_parsable(expr.expr)) for m in each.matchers.matchers
        )
        if matcher.op == promql.MatchOp.Equal
    }
    known_only_here = {
        ("claimwire_language_detected_total", "language", "und"),
        ("claimwire_enrich_step_total", "outcome", "error"),
        ("claimwire_pool_processes", "state", "busy"),
        ("claimwire_e2e_latency_seconds_bucket", "le", "60.0"),
        ("ALERTS", "alertstate", "firing"),
    }
    assert {each for each in found if each[1] != "job"} <= begun() | known_only_here
    assert {value for _, label, value in found if label == "job"} <= {"claimwire-ingest", "claimwire-enrich"}


def _parsable(expr):
    return expr.replace("$__rate_interval", "1m").replace("$__range", "1h")


def test_every_selector_is_bound_to_the_namespaces_chosen():
    """What is chosen above holds for the whole of an expression, also where series have no namespace."""
    for each in written():
        for selector in selectors(_parsable(each.expr)):
            matchers = {(matcher.name, str(matcher.op), matcher.value) for matcher in selector.matchers.matchers}
            assert ("namespace", str(promql.MatchOp.Re), "$namespace") in matchers, each


def test_variables_are_all_there_and_all_used():
    """A dashboard uses the variables it has and no others; where a label is missing, everything is chosen."""
    for name, dashboard in dashboards().items():
        variables = {variable["name"]: variable for variable in dashboard["templating"]["list"]}
        body = str(dashboard["panels"])
        used = set(re.findall(r"\$\{?([a-z]\w*)\}?", body))
        assert used == set(variables), name
        for variable in variables.values():
            if variable["type"] == "query":
                assert variable["allValue"] == ".*"
                assert variable["current"]["value"] == "$__all"


@pytest.mark.parametrize("panel", PANELS)
def test_a_panel_says_what_it_shows_and_what_to_do(panel):
    """Each has a title, a unit, a legend, and a description that says what, what is normal and what else to do."""
    says, normal, act = panel["description"].split("\n\n")
    assert says.endswith(".")
    assert normal.startswith("**Normal:** ")
    assert normal.endswith(".")
    assert act.startswith("**Otherwise:** ")
    assert act.endswith(".")
    assert panel["title"]
    assert panel["fieldConfig"]["defaults"]["unit"]
    assert panel["datasource"] == {"type": "prometheus", "uid": "${datasource}"}
    assert all(target["legendFormat"] != "__auto" for target in panel["targets"] if panel["type"] == "timeseries")


@pytest.mark.parametrize("panel", PANELS)
def test_a_legend_shows_labels_that_are_left(panel):
    """A label in a legend is one that the expression keeps; what it drops would be an empty name."""
    for target in panel["targets"]:
        shown = set(re.findall(r"{{(\w+)}}", target["legendFormat"]))
        assert shown <= grouped_by(_parsable(target["expr"]))


@pytest.mark.parametrize("panel", PANELS)
def test_a_panel_links_to_runbooks(panel):
    """Each links to a page that exists, and to no other."""
    assert pages(panel)
    assert [page for page in pages(panel) if not (RUNBOOKS / f"{page}.md").is_file()] == []


@pytest.mark.parametrize("panel", PANELS)
def test_a_limit_is_that_of_an_alert(panel):
    """Where a panel turns red, an alert of a runbook that it links to begins, or the promise is broken."""
    known = alerts()
    of_alerts = {number for page in pages(panel) for these in known.get(page, {}).values() for number in these}
    if "count(ALERTS" in panel["targets"][0]["expr"]:
        of_alerts = {1}
    if pages(panel) == ["budget-burns"]:
        of_alerts |= promised()
    assert limits(panel) <= of_alerts


def promised():
    """Return the seconds that the recording rules of the promise count up to."""
    return {
        float(matcher.value)
        for rule in rules()
        for selector in selectors(rule["expr"])
        for matcher in selector.matchers.matchers
        if matcher.name == "le"
    }


def test_every_alert_has_a_panel_that_shows_its_limit():
    """Whoever is woken finds a panel that shows the value which the alert compares, with the line it passed."""
    shown = {}
    for _, panel in panels():
        for page in pages(panel):
            shown.setdefault(page, set()).update(limits(panel))
    missing = {
        alert
        for page, these in alerts().items()
        for alert, numbers in these.items()
        if not numbers & shown.get(page, set())
    }
    assert missing == set(WITHOUT_A_LINE)


def test_every_runbook_of_an_alert_is_linked_to():
    """From every alert's page there is a panel to look at, and from that panel a way back."""
    assert set(alerts()) <= {page for _, panel in panels() for page in pages(panel)}


def test_heatmaps_show_exemplars():
    """From a slow article's dot there is a way to its trace."""
    targets = [target for _, panel in panels() if panel["type"] == "heatmap" for target in panel["targets"]]
    shown = {selector.name for target in targets for selector in selectors(_parsable(target["expr"]))}
    assert {"claimwire_e2e_latency_seconds_bucket", "claimwire_enrich_duration_seconds_bucket"} <= shown
    assert all(target["exemplar"] and target["format"] == "heatmap" for target in targets)


def test_grafana_has_a_name_for_everything_in_them():
    """Read by the SDK's types and written again nothing is missing: Grafana's schema has all of it."""
    register_default_plugins()
    for name, dashboard in dashboards().items():
        again = json.loads(JSONEncoder().encode(Dashboard.from_json(dashboard)))
        assert not list(_lost(dashboard, again)), name


def _lost(wanted, found, path="$"):
    if isinstance(wanted, dict) and isinstance(found, dict):
        for key, value in wanted.items():
            yield from _lost(value, found.get(key), f"{path}.{key}")
    elif isinstance(wanted, list) and isinstance(found, list) and len(wanted) == len(found):
        for place, (one, other) in enumerate(zip(wanted, found, strict=True)):
            yield from _lost(one, other, f"{path}[{place}]")
    elif wanted != found:
        yield path


def test_identifiers_are_unique_and_panels_do_not_overlap():
    """Grafana finds dashboards by uid and panels by id, and draws panels where nothing else is."""
    boards = dashboards().values()
    assert max(Counter(board["uid"] for board in boards).values()) == 1
    assert max(Counter(board["title"] for board in boards).values()) == 1
    for board in boards:
        assert max(Counter(panel["id"] for panel in board["panels"]).values()) == 1
        for one, other in combinations([panel["gridPos"] for panel in board["panels"]], 2):
            assert (
                one["x"] + one["w"] <= other["x"]
                or other["x"] + other["w"] <= one["x"]
                or one["y"] + one["h"] <= other["y"]
                or other["y"] + other["h"] <= one["y"]
            ), board["title"]
        widths = Counter()
        for panel in board["panels"]:
            widths[panel["gridPos"]["y"]] += panel["gridPos"]["w"]
        assert set(widths.values()) == {WIDTH}, board["title"]


def test_provisioning_names_the_datasource_that_dashboards_default_to():
    """The datasource that Grafana is given is the one that a dashboard opens with."""
    (source,) = yaml.safe_load((PROVISIONING / "datasources" / "prometheus.yaml").read_text())["datasources"]
    assert source["url"] == "http://prometheus:9090"
    for dashboard in dashboards().values():
        (variable,) = [each for each in dashboard["templating"]["list"] if each["name"] == "datasource"]
        assert variable["query"] == source["type"]
        assert variable["current"]["value"] == source["uid"]


def test_provisioning_reads_the_folder_that_compose_mounts():
    """What compose mounts is there, and the dashboards are where the provider looks for them."""
    (provider,) = yaml.safe_load((PROVISIONING / "dashboards" / "claimwire.yaml").read_text())["providers"]
    compose = ROOT / "deploy" / "docker" / "compose.yaml"
    if not compose.is_file():
        pytest.skip("there is no compose file")
    volumes = yaml.safe_load(compose.read_text())["services"]["grafana"]["volumes"]
    mounted = {}
    for volume in volumes:
        source, target = (volume["source"], volume["target"]) if isinstance(volume, dict) else volume.split(":")[:2]
        mounted[target] = (compose.parent / source).resolve()
    assert mounted[provider["options"]["path"]] == FOLDER
    assert mounted["/etc/grafana/provisioning"] == PROVISIONING
