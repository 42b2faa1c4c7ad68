"""A real API server takes the manifests: nothing is refused, nothing is warned of, an upgrade changes what it should.

Skipped unless kube-apiserver, kubectl and etcd are there: `make test-k8s` gets them, then runs this.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from support.apiserver import Cluster, cluster
from support.manifests import CRDS, OVERLAYS, WITH_PODS, composed, named, of_kind, rendered
from support.tools import tool

pytestmark = [pytest.mark.apiserver, pytest.mark.timeout(300)]

NAMESPACES = {"dev": "claimwire-dev", "prod": "claimwire"}


@pytest.fixture(scope="module")
def here(tmp_path_factory) -> Iterator[Cluster]:
    """Return a cluster that has the operators' definitions and both overlays."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not there, which makes the key that the API server signs with")
    definitions = [*CRDS.glob("*.yaml"), *tool("crds").glob("*.yaml")]
    with cluster(tmp_path_factory.mktemp("cluster")) as running:
        for file in definitions:
            running.must("create", "-f", str(file))
        running.must("wait", "--for=condition=Established", "crd", "--all", "--timeout=30s")
        for overlay in NAMESPACES:
            running.must("apply", "-f", "-", stdin=text_of(overlay))
        yield running


def text_of(overlay: str) -> str:
    return yaml.safe_dump_all(rendered(overlay))


@pytest.mark.parametrize("overlay", NAMESPACES)
def test_an_overlay_is_taken_as_it_is(here, overlay) -> None:
    """Applied once it exists; applied again, as a dry run and for real, it changes nothing and warns of nothing."""
    for arguments in (["--dry-run=server"], []):
        output = here.must("apply", "--validate=strict", *arguments, "-f", "-", stdin=text_of(overlay))
        lines = [line.removesuffix(" (server dry run)") for line in output.splitlines()]
        assert len(lines) == len(rendered(overlay))
        changed = [line for line in lines if not line.endswith(" unchanged")]
        # kubectl sends the selector of a budget each time and calls that "configured"; the diff below knows better.
        assert [line for line in changed if not line.startswith("poddisruptionbudget.policy/")] == []
    difference = here.run("diff", "-f", "-", stdin=text_of(overlay))
    assert (difference.returncode, difference.stdout, difference.stderr) == (0, "", "")


@pytest.mark.parametrize("overlay", NAMESPACES)
def test_the_namespace_lets_the_pods_in(here, overlay) -> None:
    """The namespace enforces Restricted: a pod of each template gets in, with its ServiceAccount."""
    labels = yaml.safe_load(here.must("get", "namespace", NAMESPACES[overlay], "-o", "yaml"))["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"
    for workload in of_kind(rendered(overlay), *WITH_PODS):
        here.must("create", "--dry-run=server", "-f", "-", stdin=yaml.safe_dump(one_pod_of(workload)))


def one_pod_of(workload: dict) -> dict:
    """Return a pod as the Deployment or the Job would make it."""
    template = workload["spec"]["template"]
    metadata = {
        "name": "one",
        "namespace": workload["metadata"]["namespace"],
        "labels": template["metadata"]["labels"],
    }
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": template["spec"]}


def test_the_namespace_keeps_others_out(here) -> None:
    """Else the test above would prove nothing: as root, the same pod is refused."""
    pod = one_pod_of(named(rendered("dev"), "Deployment", "claimwire-ingest"))
    pod["spec"] = pod["spec"] | {"securityContext": {"runAsUser": 0}}
    done = here.run("create", "--dry-run=server", "-f", "-", stdin=yaml.safe_dump(pod))
    assert done.returncode != 0
    assert 'violates PodSecurity "restricted' in done.stderr


@pytest.mark.parametrize("kind", ["Deployment", "KafkaTopic", "KafkaUser", "ScaledObject", "PodMonitor"])
def test_a_misspelt_field_is_refused(here, kind) -> None:
    """By the server's own schemas and by those of the operators alike."""
    wrong = of_kind(rendered("prod"), kind)[0]
    wrong = wrong | {"spec": wrong["spec"] | {"misspelt": 1}}
    done = here.run("apply", "--validate=strict", "--dry-run=server", "-f", "-", stdin=yaml.safe_dump(wrong))
    assert done.returncode != 0
    assert 'unknown field "spec.misspelt"' in done.stderr


def of_version(overlay: str, version: str, folder: Path) -> str:
    """Return the overlay as it renders with the images of another version."""
    images = [{"name": f"claimwire-{service}", "newTag": version} for service in ("ingest", "enrich")]
    return yaml.safe_dump_all(composed(folder, resources=[OVERLAYS / overlay], images=images))


def changes(diff: str) -> list[str]:
    """Return the changed lines of a diff, without the files' names and what the server counts by itself."""
    lines = [line for line in diff.splitlines() if line[:1] in "+-" and line[:3] not in ("+++", "---")]
    return sorted(" ".join(line.split()) for line in lines if "generation:" not in line)


def test_an_upgrade_changes_the_images_and_nothing_else(here, tmp_path) -> None:
    """`kubectl diff` shows two lines a Deployment; after the upgrade and back again it shows none."""
    newer = of_version("prod", "0.2.0", tmp_path)
    done = here.run("diff", "-f", "-", stdin=newer)
    assert done.stderr == ""
    assert changes(done.stdout) == [
        "+ image: claimwire-enrich:0.2.0",
        "+ image: claimwire-ingest:0.2.0",
        "- image: claimwire-enrich:0.1.0",
        "- image: claimwire-ingest:0.1.0",
    ]
    here.must("apply", "-f", "-", stdin=newer)
    assert here.run("diff", "-f", "-", stdin=newer).returncode == 0
    here.must("apply", "-f", "-", stdin=text_of("prod"))
    assert here.run("diff", "-f", "-", stdin=text_of("prod")).returncode == 0


def test_the_job_of_the_old_version_must_be_gone_first(here, tmp_path) -> None:
    """A Job's template cannot change: the upgrade is refused while it is there, and taken once it is deleted."""
    newer = of_version("dev", "0.2.0", tmp_path)
    refused = here.run("apply", "--dry-run=server", "-f", "-", stdin=newer)
    assert refused.returncode != 0
    assert "field is immutable" in refused.stderr
    here.must("delete", "job", "claimwire-topics", "--namespace", NAMESPACES["dev"])
    try:
        here.must("apply", "--dry-run=server", "-f", "-", stdin=newer)
    finally:
        here.must("apply", "-f", "-", stdin=text_of("dev"))


def test_a_changed_setting_is_a_new_config_map_and_a_rollout(here, tmp_path) -> None:
    """The pods' template names the ConfigMap by its content: old pods keep the old one, `rollout undo` finds it."""
    generator = {"name": "claimwire-enrich", "behavior": "merge", "literals": ["CLAIMWIRE_ENRICH_PROCESSES=2"]}
    changed = composed(
        tmp_path, resources=[OVERLAYS / "prod"], namespace=NAMESPACES["prod"], configMapGenerator=[generator]
    )
    found = changes(here.run("diff", "-f", "-", stdin=yaml.safe_dump_all(changed)).stdout)
    assert '+ CLAIMWIRE_ENRICH_PROCESSES: "2"' in found
    names = [line for line in found if "name: claimwire-enrich-" in line]
    assert {line[0] for line in names} == {"+", "-"}
    assert not [line for line in found if "image:" in line]
