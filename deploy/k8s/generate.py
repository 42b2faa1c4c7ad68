"""Writes the manifests that follow from other files: topics and users, alert rules, dashboards.

    python deploy/k8s/generate.py            writes them
    python deploy/k8s/generate.py --check    says which are stale, and ends with 1 if any is

Kustomize reads no file outside of its folder; that is why rules and dashboards are copied into resources.
"""

import argparse
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import yaml

from services.contract.topics import CLAIMS, DEAD_LETTER, ENRICHED, LATEST, RAW, TOPICS
from services.enrich.settings import EnrichSettings

DEPLOY = Path(__file__).parent.parent
COMPONENTS = DEPLOY / "k8s" / "components"

# The name of the Kafka resource, by which Strimzi's operators know whose topics and users these are.
CLUSTER = {"strimzi.io/cluster": "claimwire"}
STRIMZI = "kafka.strimzi.io/v1"
GROUP = str(EnrichSettings.model_fields["group"].default)

Manifest = dict[str, Any]


def topics() -> Iterator[Manifest]:
    """Yield a KafkaTopic for each topic of the contract."""
    for topic in TOPICS.values():
        yield {
            "apiVersion": STRIMZI,
            "kind": "KafkaTopic",
            "metadata": {"name": topic.name, "labels": CLUSTER},
            "spec": {
                "partitions": topic.partitions,
                # Three copies, of which two must have a record before it is confirmed: one broker may be lost.
                "replicas": 3,
                "config": topic.config | {"min.insync.replicas": "2"},
            },
        }


def users() -> Iterator[Manifest]:
    """Yield a KafkaUser for each process and one for people; each may do what it does and nothing else."""
    yield _user("claimwire-ingest", _acl("topic", RAW.name, "Describe", "Write"))
    yield _user(
        "claimwire-enrich",
        _acl("topic", RAW.name, "Describe", "Read"),
        *(_acl("topic", topic.name, "Describe", "Write") for topic in (ENRICHED, LATEST, CLAIMS, DEAD_LETTER)),
        _acl("group", GROUP, "Describe", "Read"),
        # Each partition has an id of its own: group-topic-partition.
        _acl("transactionalId", f"{GROUP}-{RAW.name}-", "Describe", "Write", pattern="prefix"),
    )
    yield _user("claimwire-keda", _acl("topic", RAW.name, "Describe"), _acl("group", GROUP, "Describe"))
    # For people with `claimwire tail`, `replay` and `topics describe`.
    yield _user(
        "claimwire-operator",
        *(
            _acl("topic", topic.name, "Describe", "DescribeConfigs", "Read")
            for topic in TOPICS.values()
            if topic is not RAW
        ),
        _acl("topic", RAW.name, "Describe", "DescribeConfigs", "Read", "Write"),
    )


def _user(name: str, *acls: Manifest) -> Manifest:
    return {
        "apiVersion": STRIMZI,
        "kind": "KafkaUser",
        "metadata": {"name": name, "labels": CLUSTER},
        "spec": {
            "authentication": {"type": "scram-sha-512"},
            "authorization": {"type": "simple", "acls": list(acls)},
        },
    }


def _acl(kind: str, name: str, *operations: str, pattern: str = "literal") -> Manifest:
    return {"resource": {"type": kind, "name": name, "patternType": pattern}, "operations": list(operations)}


def rules() -> Iterator[Manifest]:
    """Yield a PrometheusRule for each file of rules."""
    for file in sorted((DEPLOY / "prometheus" / "rules").glob("*.y*ml")):
        yield {
            "apiVersion": "monitoring.coreos.com/v1",
            "kind": "PrometheusRule",
            "metadata": {"name": _named_after(file)},
            "spec": yaml.safe_load(file.read_text()),
        }


def dashboards() -> Iterator[Manifest]:
    """Yield a ConfigMap for each dashboard, with the label that Grafana's sidecar looks for."""
    for file in sorted((DEPLOY / "grafana" / "dashboards").glob("*.json")):
        yield {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": f"{_named_after(file)}-dashboard", "labels": {"grafana_dashboard": "1"}},
            "data": {file.name: file.read_text()},
        }


def _named_after(file: Path) -> str:
    stem = file.stem.replace("_", "-").lower()
    return stem if stem.startswith("claimwire") else f"claimwire-{stem}"


def files() -> dict[Path, str]:
    """Return what each generated file has to hold."""
    return {
        COMPONENTS / "strimzi" / "topics.yaml": _text("services/contract/topics.py", topics()),
        COMPONENTS / "strimzi" / "users.yaml": _text("services/contract/topics.py", users()),
        COMPONENTS / "monitoring" / "rules.yaml": _text("deploy/prometheus/rules", rules()),
        COMPONENTS / "monitoring" / "dashboards.yaml": _text("deploy/grafana/dashboards", dashboards()),
    }


class _Dumper(yaml.SafeDumper):
    """Writes several lines as a block, so that a difference can be read, and no references."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002 - the library's signature
        return True


_Dumper.add_representer(
    str,
    lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None),
)


def _text(source: str, manifests: Iterable[Manifest]) -> str:
    body = yaml.dump_all(manifests, Dumper=_Dumper, sort_keys=False, width=1_000, allow_unicode=True)
    return f"# Generated by deploy/k8s/generate.py from {source}: change that, not this.\n{body}"


def main() -> int:
    """Write or check; return the exit status."""
    parser = argparse.ArgumentParser(description="Write the manifests that follow from other files.")
    parser.add_argument("--check", action="store_true", help="write nothing, name what is stale")
    check = parser.parse_args().check
    stale = [file for file, text in files().items() if not file.exists() or file.read_text() != text]
    for file in stale:
        if not check:
            file.write_text(files()[file])
        print(f"{'stale' if check else 'wrote'} {file.relative_to(DEPLOY.parent)}")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
