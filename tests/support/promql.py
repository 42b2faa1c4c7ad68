"""What an expression of PromQL asks for, and what there is to ask for; for tests of rules and of dashboards."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import promql_parser as promql
import yaml
from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.metrics import MetricWrapperBase

from services.runtime.metrics import EnrichMetrics, IngestMetrics

RULES = Path(__file__).parents[2] / "deploy" / "prometheus" / "rules"

# What Prometheus itself adds to every series that it scrapes, and to the alerts that it keeps.
TARGET = frozenset({"namespace", "job", "instance", "pod"})
OWN: dict[str, set[str]] = {"up": set(), "ALERTS": {"alertname", "alertstate", "severity"}}


def groups() -> Iterator[dict[str, Any]]:
    """Yield every group of rules of deploy/prometheus."""
    for file in sorted(RULES.glob("*.yaml")):
        yield from yaml.safe_load(file.read_text())["groups"]


def rules() -> list[dict[str, Any]]:
    """Return every rule of deploy/prometheus."""
    return [rule for group in groups() for rule in group["rules"]]


def nodes(expr: promql.Expr) -> Iterator[promql.Expr]:
    """Yield an expression and all its parts."""
    yield expr
    children = [getattr(expr, name, None) for name in ("expr", "param", "lhs", "rhs", "vector_selector")]
    for child in (*children, *(getattr(expr, "args", None) or ())):
        if isinstance(child, promql.Expr):
            yield from nodes(child)


def selectors(expr: str) -> list[promql.VectorSelector]:
    """Return the selectors of an expression as it is written in PromQL."""
    return [node for node in nodes(promql.parse(expr)) if isinstance(node, promql.VectorSelector)]


def grouped_by(expr: str) -> set[str]:
    """Return the labels by which an expression groups or matches."""
    labels: set[str] = set()
    for node in nodes(promql.parse(expr)):
        modifier = getattr(node, "modifier", None)
        if isinstance(node, promql.AggregateExpr) and modifier:
            labels |= set(modifier.labels)
        if isinstance(node, promql.BinaryExpr) and modifier:
            labels |= set(modifier.matching.labels if modifier.matching else ()) | set(modifier.group_labels or ())
    return labels


def series() -> dict[str, set[str]]:
    """Return the labels of each series by its name: of the code, of the recording rules and of Prometheus itself."""
    found = {name: set(labels) for name, labels in OWN.items()}
    for kind in (IngestMetrics, EnrichMetrics):
        for metric in vars(kind(CollectorRegistry())).values():
            if isinstance(metric, MetricWrapperBase):
                labels = set(metric._labelnames)
                if metric._type == "histogram":
                    found |= {f"{metric._name}_{end}": labels for end in ("sum", "count")}
                    found[f"{metric._name}_bucket"] = labels | {"le"}
                else:
                    found[metric._name + ("_total" if metric._type == "counter" else "")] = labels
    found |= {sample.name: set() for family in ProcessCollector(registry=None).collect() for sample in family.samples}
    for rule in rules():
        if "record" in rule:
            found[rule["record"]] = grouped_by(rule["expr"]) | set(rule.get("labels", {}))
    return found


def begun() -> set[tuple[str, str, str]]:
    """Return each series, label and value that a process shows from its start."""
    found: set[tuple[str, str, str]] = set()
    for kind in (IngestMetrics, EnrichMetrics):
        registry = CollectorRegistry()
        kind(registry)
        for family in registry.collect():
            for sample in family.samples:
                found |= {(sample.name, label, value) for label, value in sample.labels.items()}
    return found
