"""The dashboards as they are checked in, for tests: their panels, and their expressions without Grafana's variables."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

FOLDER = Path(__file__).parents[2] / "deploy" / "grafana" / "dashboards"

Json = dict[str, Any]


class Expression(NamedTuple):
    """What a panel asks Prometheus for."""

    dashboard: str
    panel: str
    expr: str


def dashboards() -> dict[str, Json]:
    """Return each dashboard by its name."""
    return {file.stem: json.loads(file.read_text()) for file in sorted(FOLDER.glob("*.json"))}


def panels() -> Iterator[tuple[str, Json]]:
    """Yield each panel that shows something, with the name of its dashboard."""
    for name, dashboard in dashboards().items():
        for panel in dashboard["panels"]:
            if panel["type"] != "row":
                yield name, panel


def written() -> list[Expression]:
    """Return every expression of every panel, as it is written."""
    return [
        Expression(dashboard, panel["title"], target["expr"])
        for dashboard, panel in panels()
        for target in panel["targets"]
    ]


def expressions(*, rate_interval: str = "30s", range: str = "5m") -> list[Expression]:
    """Return every expression of every panel as Prometheus gets it, with everything chosen."""
    values = {
        "$__rate_interval": rate_interval,
        "$__range": range,
        "$namespace": ".*",
        "$topic": ".*",
        "$instance": ".*",
    }
    return [each._replace(expr=_replaced(each.expr, values)) for each in written()]


def _replaced(expr: str, values: dict[str, str]) -> str:
    for variable, value in values.items():
        expr = expr.replace(variable, value)
    return expr
