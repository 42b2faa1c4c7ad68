"""Rendered manifests, and what tests ask of them. Knows kustomize and the shape of Kubernetes' objects, no test."""

import os
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from support.tools import tool

ROOT = Path(__file__).parents[2]
BASE = ROOT / "deploy" / "k8s" / "base"
OVERLAYS = ROOT / "deploy" / "k8s" / "overlays"
CRDS = ROOT / "tests" / "deploy" / "crds"

Manifest = dict[str, Any]

# What has pods, and where the pod is in it.
WITH_PODS = ("Deployment", "Job")


@cache
def rendered(overlay: str) -> tuple[Manifest, ...]:
    """Return what an overlay renders to."""
    return build(OVERLAYS / overlay)


def composed(folder: Path, **kustomization: Any) -> tuple[Manifest, ...]:
    """Return what an overlay of these fields renders to; `folder` is where it is written, outside of the repository."""
    for field in ("resources", "components"):
        if field in kustomization:  # kustomize takes relative paths only
            kustomization[field] = [os.path.relpath(path, folder.resolve()) for path in kustomization[field]]
    (folder / "kustomization.yaml").write_text(yaml.safe_dump(kustomization))
    return build(folder)


def build(folder: Path) -> tuple[Manifest, ...]:
    """Return what a folder renders to, without a word of warning; the test skips without kustomize."""
    done = subprocess.run([tool("kustomize"), "build", folder], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return tuple(yaml.safe_load_all(done.stdout))


def of_kind(manifests: tuple[Manifest, ...], *kinds: str) -> list[Manifest]:
    """Return the objects of these kinds."""
    return [manifest for manifest in manifests if manifest["kind"] in kinds]


def named(manifests: tuple[Manifest, ...], kind: str, name: str) -> Manifest:
    """Return the one object of this kind and name."""
    [manifest] = [each for each in of_kind(manifests, kind) if each["metadata"]["name"] == name]
    return manifest


def pod(workload: Manifest) -> Manifest:
    """Return the pod's specification."""
    return workload["spec"]["template"]["spec"]


def pod_labels(workload: Manifest) -> dict[str, str]:
    """Return the labels of the pods."""
    return workload["spec"]["template"]["metadata"]["labels"]


def environment(manifests: tuple[Manifest, ...], workload: Manifest) -> dict[str, str]:
    """Return what the container finds in its environment, in the order in which the kubelet fills it."""
    [container] = pod(workload)["containers"]
    values: dict[str, str] = {}
    for source in container.get("envFrom", ()):
        values |= named(manifests, "ConfigMap", source["configMapRef"]["name"])["data"]
    return values | {each["name"]: each["value"] for each in container.get("env", ())}


def selects(selector: Manifest, labels: dict[str, str]) -> bool:
    """Whether a selector, which knows no expressions here, takes these labels."""
    assert set(selector) <= {"matchLabels"}
    return selector.get("matchLabels", {}).items() <= labels.items()


def crds() -> dict[tuple[str, str], Manifest]:
    """Return the schema of each kind that an operator brings, strict, by its apiVersion and kind."""
    schemas = {}
    for file in sorted([*CRDS.glob("*.yaml"), *tool("crds").glob("*.yaml")]):
        definition = yaml.load(file.read_text("utf-8"), Loader=_Loader)  # noqa: S506 - it is a SafeLoader
        spec = definition["spec"]
        for version in spec["versions"]:
            schema = strict(version["schema"]["openAPIV3Schema"], is_root=True)
            schemas[f"{spec['group']}/{version['name']}", spec["names"]["kind"]] = schema
    return schemas


class _Loader(yaml.SafeLoader):
    """Reads a lone "=" as text: YAML 1.1 gives it a meaning that nobody uses, and a CRD lists it among operators."""


_Loader.add_constructor("tag:yaml.org,2002:value", lambda loader, node: loader.construct_scalar(node))


def strict(schema: Any, *, is_root: bool = False) -> Any:
    """Return the schema such that it refuses what it does not name, as the API server does with fields it would drop."""
    if isinstance(schema, list):
        return [strict(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    result = {
        # The names of properties are no keywords of a schema, even where they read like one.
        key: {name: strict(each) for name, each in value.items()} if key == "properties" else strict(value)
        for key, value in schema.items()
    }
    is_object = isinstance(schema.get("properties"), dict) and schema.get("type") == "object"
    if is_object and not schema.get("x-kubernetes-preserve-unknown-fields"):
        result.setdefault("additionalProperties", False)
    if is_root:
        result["properties"]["metadata"] = {"type": "object"}
    return result


def secret_files(workload: Manifest) -> Iterator[str]:
    """Yield the path of each file that the pod's projected secrets put into its container."""
    [container] = pod(workload)["containers"]
    mounts = {mount["name"]: mount["mountPath"] for mount in container["volumeMounts"]}
    for volume in pod(workload)["volumes"]:
        for source in volume.get("projected", {}).get("sources", ()):
            for item in source["secret"]["items"]:
                yield f"{mounts[volume['name']]}/{item['path']}"
