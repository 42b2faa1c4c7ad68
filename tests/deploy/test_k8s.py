"""The manifests agree with the schemas of what reads them, with each other and with the code."""

import re
import subprocess
from pathlib import Path

import jsonschema
import pytest
import trustme
import yaml
from kubernetes_validate import validate
from support.manifests import (
    BASE,
    ROOT,
    WITH_PODS,
    Manifest,
    composed,
    crds,
    environment,
    named,
    of_kind,
    pod,
    pod_labels,
    rendered,
    secret_files,
    selects,
)
from support.tools import tool

from deploy.k8s.generate import COMPONENTS, GROUP, files, topics
from services.contract.topics import RAW, TOPICS
from services.enrich.__main__ import _LAST_SECONDS
from services.enrich.settings import EnrichSettings
from services.ingest.settings import IngestSettings
from services.runtime.health import Health, HealthServer
from services.runtime.settings import KafkaSettings, ServiceSettings, is_secret, read, variable_of

KUBERNETES = "1.34"
OVERLAYS = ["dev", "prod"]
SETTINGS = {
    "claimwire-ingest": IngestSettings,
    "claimwire-enrich": EnrichSettings,
    "claimwire-topics": ServiceSettings,
}
PORTS = {"claimwire-ingest": "CLAIMWIRE_INGEST_PORT", "claimwire-enrich": "CLAIMWIRE_ENRICH_HEALTH_PORT"}
# Written by Strimzi's user operator for each KafkaUser, and for each Kafka by its cluster operator.
USER_SECRET_KEYS = {"password", "sasl.jaas.config"}
CA_SECRET = "claimwire-cluster-ca-cert"  # noqa: S105 - a name
# What kubectl notes at an object when it applies it must fit into 256 KiB.
MOST_DATA_BYTES = 200 * 1024

# What kube-score finds and we do otherwise, with the reason.
IGNORED = {
    "container-image-pull-policy": "versions are never pushed twice; with Always a registry that is down stops restarts",
    "deployment-has-host-podantiaffinity": "topologySpreadConstraints spread the pods, by zone too",
}
IGNORED_IN_DEV = {"deployment-replicas": "one pod of each is what this overlay is for"}


@pytest.fixture(params=OVERLAYS)
def manifests(request) -> tuple[Manifest, ...]:
    return rendered(request.param)


def workloads(manifests: tuple[Manifest, ...]) -> list[Manifest]:
    return of_kind(manifests, *WITH_PODS)


def name_of(manifest: Manifest) -> str:
    return manifest["metadata"]["name"]


def test_generated_files_are_current() -> None:
    """`python deploy/k8s/generate.py` writes them anew from the contract, the rules and the dashboards."""
    stale = [str(file.relative_to(ROOT)) for file, text in files().items() if file.read_text("utf-8") != text]
    assert stale == []


def test_the_topics_are_those_of_the_contract() -> None:
    """Each topic is there with its partitions and settings, under its own name."""
    written = list(yaml.safe_load_all((COMPONENTS / "strimzi" / "topics.yaml").read_text("utf-8")))
    assert written == list(topics())
    assert [topic["metadata"]["name"] for topic in written] == [topic.name for topic in TOPICS.values()]
    for resource, topic in zip(written, TOPICS.values(), strict=True):
        assert resource["spec"]["partitions"] == topic.partitions
        assert topic.config.items() <= resource["spec"]["config"].items()


def test_every_object_fits_its_schema(manifests) -> None:
    """A misspelt field is refused: by Kubernetes' schemas in their strict form, by the operators' own for theirs."""
    check_schemas(manifests)


def check_schemas(manifests: tuple[Manifest, ...]) -> None:
    custom = crds()
    for manifest in manifests:
        schema = custom.get((manifest["apiVersion"], manifest["kind"]))
        if schema:
            jsonschema.Draft202012Validator(schema).validate(manifest)
        else:
            validate(manifest, KUBERNETES, strict=True)


@pytest.mark.parametrize(
    "components",
    [(), ("topics-job", "kafka-login"), ("keda",), ("ingest-hpa",), ("monitoring",), ("strimzi", "kafka-login")],
    ids="+".join,
)
def test_components_can_be_left_out(components, tmp_path, monkeypatch) -> None:
    """The base stands alone and takes each component without the others: whoever lacks an operator leaves it out."""
    parts = [COMPONENTS / name for name in components]
    manifests = composed(tmp_path, namespace="claimwire", resources=[BASE], components=parts)
    check_schemas(manifests)
    check_environment(manifests, monkeypatch, tmp_path)


def test_the_schemas_refuse_a_misspelt_field() -> None:
    """Else the test above would prove nothing of what the operators bring."""
    custom = crds()
    for manifest in rendered("prod"):
        schema = custom.get((manifest["apiVersion"], manifest["kind"]))
        if schema:
            wrong = manifest | {"spec": manifest["spec"] | {"misspelt": 1}}
            assert list(jsonschema.Draft202012Validator(schema).iter_errors(wrong))


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_kube_score_has_nothing_to_say(overlay: str, tmp_path: Path) -> None:
    """Beyond what is ignored with a reason, above."""
    file = tmp_path / "manifests.yaml"
    file.write_text(yaml.safe_dump_all(rendered(overlay)))
    ignored = IGNORED | (IGNORED_IN_DEV if overlay == "dev" else {})
    command = [tool("kube-score"), "score", "--output-format", "ci", "--kubernetes-version", f"v{KUBERNETES}"]
    # No limit of CPU: the manifests say why.
    command += ["--ignore-container-cpu-limit"]
    for check in ("container-seccomp-profile", "container-ports-check"):
        command += ["--enable-optional-test", check]
    for check in ignored:
        command += ["--ignore-test", check]
    done = subprocess.run([*command, file], capture_output=True, text=True, check=False)
    assert "[OK]" in done.stdout, done.stderr
    assert [line for line in done.stdout.splitlines() if line.startswith(("[WARNING]", "[CRITICAL]"))] == []


def test_pods_are_restricted(manifests) -> None:
    """They run as nobody in particular, can gain nothing and write nowhere but /tmp."""
    for workload in workloads(manifests):
        spec = pod(workload)
        context = spec["securityContext"]
        assert context["runAsNonRoot"] is True
        assert context["runAsUser"] > 10_000
        assert context["seccompProfile"] == {"type": "RuntimeDefault"}
        assert spec["automountServiceAccountToken"] is False
        assert spec["enableServiceLinks"] is False  # else a Service's name becomes one of our settings
        assert not {"hostNetwork", "hostPID", "hostIPC"} & set(spec)
        for volume in spec["volumes"]:
            assert set(volume) - {"name"} <= {"emptyDir", "projected"}
        for container in spec["containers"] + spec.get("initContainers", []):
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }
            assert {m["mountPath"] for m in container["volumeMounts"] if not m.get("readOnly")} == {"/tmp"}  # noqa: S108
            resources = container["resources"]
            assert {"cpu", "memory", "ephemeral-storage"} <= set(resources["requests"])
            assert {"memory", "ephemeral-storage"} <= set(resources["limits"])
    namespace = of_kind(manifests, "Namespace")[0]["metadata"]["labels"]
    assert namespace["pod-security.kubernetes.io/enforce"] == "restricted"


def test_the_environment_is_valid_settings(manifests, monkeypatch, tmp_path) -> None:
    """Every variable is one that the process knows, and the process starts with its value."""
    check_environment(manifests, monkeypatch, tmp_path)


def check_environment(manifests: tuple[Manifest, ...], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for workload in workloads(manifests):
        kind = SETTINGS[name_of(workload)]
        given = environment(manifests, workload)
        known = {variable_of(kind, name, field): field for name, field in kind.model_fields.items()}
        known |= {f"{name}_FILE": field for name, field in known.items() if is_secret(field)}
        assert set(given) <= set(known), name_of(workload)
        for name in list(known):
            monkeypatch.delenv(name, raising=False)
        secrets = set(secret_files(workload))
        for name, value in given.items():
            if value.startswith("/"):
                assert value in secrets, f"{name} names a file that nothing puts there"
                stand_in = tmp_path / value.lstrip("/")
                stand_in.parent.mkdir(parents=True, exist_ok=True)
                stand_in.write_bytes(trustme.CA().cert_pem.bytes() if stand_in.suffix == ".crt" else b"stand-in")
                monkeypatch.setenv(name, str(stand_in))
            else:
                monkeypatch.setenv(name, value)
        settings = read(kind)
        assert settings.bootstrap_servers == given["KAFKA_BOOTSTRAP_SERVERS"]
        assert settings.log_format == "json"


def test_no_secret_is_in_the_environment(manifests) -> None:
    """Secrets are files, and the manifests hold none of them."""
    assert of_kind(manifests, "Secret") == []
    secret = {variable_of(KafkaSettings, n, f) for n, f in KafkaSettings.model_fields.items() if is_secret(f)}
    for workload in workloads(manifests):
        assert not secret & set(environment(manifests, workload))
        assert "secretRef" not in str(workload)
        assert "secretKeyRef" not in str(workload)


def test_ports_and_probes_are_those_of_the_code(manifests) -> None:
    """Each probe asks a path that is served, on the port that the process listens on, on an address that others reach."""
    served = set(_health_paths())
    for name, variable in PORTS.items():
        workload = named(manifests, "Deployment", name)
        given = environment(manifests, workload)
        [container] = pod(workload)["containers"]
        [port] = container["ports"]
        assert port["containerPort"] == int(given[variable])
        assert given[variable.replace("PORT", "HOST")] == "0.0.0.0"  # noqa: S104 - in a pod of its own
        paths = {kind: container[f"{kind}Probe"]["httpGet"] for kind in ("startup", "liveness", "readiness")}
        assert {probe["port"] for probe in paths.values()} == {port["name"]}
        # A pod that waits for Kafka is not to be restarted: only readiness asks /readyz.
        assert {kind: probe["path"] for kind, probe in paths.items()} == {
            "startup": "/livez",
            "liveness": "/livez",
            "readiness": "/readyz",
        }
        assert {probe["path"] for probe in paths.values()} <= served


def _health_paths() -> list[str]:
    """Return what the health server of a real process says that it serves."""
    import http.client
    import json

    from prometheus_client import CollectorRegistry

    server = HealthServer(Health(), CollectorRegistry(), host="127.0.0.1", port=0)
    server.start()
    try:
        connection = http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=5)
        connection.request("GET", "/")
        paths = json.loads(connection.getresponse().read())["paths"]
        connection.close()
    finally:
        server.stop()
    return paths


def test_there_is_time_to_drain(manifests) -> None:
    """The kernel ends a process only after its own time to finish, with the wait before it and 5 s to spare."""
    for name, variable in (
        ("claimwire-ingest", "CLAIMWIRE_INGEST_DRAIN_SECONDS"),
        ("claimwire-enrich", "CLAIMWIRE_ENRICH_DRAIN_SECONDS"),
    ):
        workload = named(manifests, "Deployment", name)
        [container] = pod(workload)["containers"]
        before = container.get("lifecycle", {}).get("preStop", {}).get("sleep", {}).get("seconds", 0)
        drain = float(environment(manifests, workload)[variable])
        assert pod(workload)["terminationGracePeriodSeconds"] > before + drain + _LAST_SECONDS + 5


def test_memory_holds_what_may_be_held() -> None:
    """Ingest may hold bodies up to a limit of its own: the pod has that much twice."""
    workload = named(rendered("prod"), "Deployment", "claimwire-ingest")
    [container] = pod(workload)["containers"]
    limit = int(container["resources"]["limits"]["memory"].removesuffix("Mi")) * 1024 * 1024
    assert limit >= 2 * IngestSettings.model_fields["max_held_bytes"].default


def test_references_resolve(manifests) -> None:
    """ServiceAccounts, ConfigMaps, Secrets and everything that an autoscaler or a trigger names are there."""
    accounts = {name_of(each) for each in of_kind(manifests, "ServiceAccount")}
    configs = {name_of(each): set(each["data"]) for each in of_kind(manifests, "ConfigMap")}
    secrets = {name_of(each): USER_SECRET_KEYS for each in of_kind(manifests, "KafkaUser")}
    secrets[CA_SECRET] = {"ca.crt", "ca.p12", "ca.password"}
    for workload in workloads(manifests):
        assert pod(workload)["serviceAccountName"] in accounts
        for volume in pod(workload)["volumes"]:
            for source in volume.get("projected", {}).get("sources", ()):
                keys = {item["key"] for item in source["secret"]["items"]}
                assert keys <= secrets[source["secret"]["name"]]
    for trigger in of_kind(manifests, "TriggerAuthentication"):
        for each in trigger["spec"]["configMapTargetRef"]:
            assert each["key"] in configs[each["name"]]
        for each in trigger["spec"]["secretTargetRef"]:
            assert each["key"] in secrets[each["name"]]
    for scaler in of_kind(manifests, "ScaledObject", "HorizontalPodAutoscaler"):
        target = named(manifests, "Deployment", scaler["spec"]["scaleTargetRef"]["name"])
        assert "replicas" not in target["spec"], "each apply would undo what the autoscaler did"
    for scaler in of_kind(manifests, "ScaledObject"):
        for trigger in scaler["spec"]["triggers"]:
            named(manifests, "TriggerAuthentication", trigger["authenticationRef"]["name"])


def test_users_log_in_as_themselves() -> None:
    """Each process takes the name and the password of the KafkaUser of its own name."""
    manifests = rendered("prod")
    for workload in workloads(manifests):
        name = name_of(workload)
        given = environment(manifests, workload)
        assert given["CLAIMWIRE_KAFKA_USERNAME"] == name
        assert given["CLAIMWIRE_KAFKA_SECURITY_PROTOCOL"] == "SASL_SSL"
        user = named(manifests, "KafkaUser", name)
        assert given["CLAIMWIRE_KAFKA_SASL_MECHANISM"].lower() == user["spec"]["authentication"]["type"]
        [login] = [volume for volume in pod(workload)["volumes"] if "projected" in volume]
        assert {source["secret"]["name"] for source in login["projected"]["sources"]} == {name, CA_SECRET}


def test_users_may_do_what_they_do_and_no_more() -> None:
    """Ingest writes raw articles. Enrich reads them and writes all the rest, in transactions. KEDA only looks; people look and send again."""
    allowed = {}
    for user in of_kind(rendered("prod"), "KafkaUser"):
        for acl in user["spec"]["authorization"]["acls"]:
            resource = acl["resource"]
            key = (name_of(user).removeprefix("claimwire-"), resource["type"], resource["name"])
            allowed[key] = set(acl["operations"])
    others = [topic.name for topic in TOPICS.values() if topic is not RAW]
    assert allowed == {
        ("ingest", "topic", RAW.name): {"Describe", "Write"},
        ("enrich", "topic", RAW.name): {"Describe", "Read"},
        **{("enrich", "topic", name): {"Describe", "Write"} for name in others},
        ("enrich", "group", GROUP): {"Describe", "Read"},
        ("enrich", "transactionalId", f"{GROUP}-{RAW.name}-"): {"Describe", "Write"},
        ("keda", "topic", RAW.name): {"Describe"},
        ("keda", "group", GROUP): {"Describe"},
        ("operator", "topic", RAW.name): {"Describe", "DescribeConfigs", "Read", "Write"},
        **{("operator", "topic", name): {"Describe", "DescribeConfigs", "Read"} for name in others},
    }


def test_selectors_select_our_pods_only(manifests) -> None:
    """Services, budgets, policies and monitors each find pods; a Deployment finds its own and no other's."""
    labels = {name_of(workload): pod_labels(workload) for workload in workloads(manifests)}
    for kind in ("Service", "PodDisruptionBudget", "NetworkPolicy", "PodMonitor", "Deployment"):
        for manifest in of_kind(manifests, kind):
            spec = manifest["spec"]
            selector = {"matchLabels": spec["selector"]} if kind == "Service" else None
            selector = selector or spec.get("podSelector", spec.get("selector"))
            found = {name for name, each in labels.items() if selects(selector, each)}
            assert found, f"{kind} {name_of(manifest)}"
            if kind in ("Deployment", "Service", "PodDisruptionBudget"):
                assert found == {name_of(manifest)}
    for workload in of_kind(manifests, "Deployment"):
        for spread in pod(workload)["topologySpreadConstraints"]:
            assert selects(spread["labelSelector"], pod_labels(workload))


def test_named_ports_exist(manifests) -> None:
    """What names a port of a pod names one that its container has, and metrics are served there."""
    port_names = {
        name_of(workload): {port["name"] for port in pod(workload)["containers"][0].get("ports", ())}
        for workload in workloads(manifests)
    }
    labels = {name_of(workload): pod_labels(workload) for workload in workloads(manifests)}
    for service in of_kind(manifests, "Service"):
        assert {port["targetPort"] for port in service["spec"]["ports"]} <= port_names[name_of(service)]
    for policy in of_kind(manifests, "NetworkPolicy"):
        rules = policy["spec"].get("ingress", ())
        named_ports = {p["port"] for rule in rules for p in rule["ports"] if isinstance(p["port"], str)}
        for name, each in labels.items():
            if named_ports and selects(policy["spec"]["podSelector"], each):
                assert named_ports <= port_names[name]
    for monitor in of_kind(manifests, "PodMonitor"):
        for endpoint in monitor["spec"]["podMetricsEndpoints"]:
            assert endpoint["path"] == "/metrics"
            assert endpoint["port"] in port_names[name_of(monitor)]
            # A policy lets Prometheus in, else the monitor would watch a closed door.
            assert any(
                endpoint["port"] in {p["port"] for rule in policy["spec"].get("ingress", ()) for p in rule["ports"]}
                and selects(policy["spec"]["podSelector"], labels[name_of(monitor)])
                and "monitoring" in str(policy["spec"])
                for policy in of_kind(manifests, "NetworkPolicy")
            )


def test_pods_reach_dns_and_kafka_and_nothing_else(manifests) -> None:
    """All is denied; what is allowed out is port 53 of the cluster's DNS and the port on which Kafka is told to be."""
    [deny] = [policy for policy in of_kind(manifests, "NetworkPolicy") if policy["spec"]["podSelector"] == {}]
    assert deny["spec"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    for workload in workloads(manifests):
        allowed = {
            port["port"]
            for policy in of_kind(manifests, "NetworkPolicy")
            if selects(policy["spec"]["podSelector"], pod_labels(workload))
            for rule in policy["spec"].get("egress", ())
            if rule["to"]
            for port in rule["ports"]
        }
        servers = environment(manifests, workload)["KAFKA_BOOTSTRAP_SERVERS"].split(",")
        assert allowed == {53} | {int(server.rpartition(":")[2]) for server in servers}
        # The policy lets out to one namespace; that is the one in the address.
        assert {server.split(".")[1] for server in servers} == {"kafka"}


def test_a_node_can_always_be_drained(manifests) -> None:
    """Each budget lets one pod go, however many there are, and never waits for a pod that is ill."""
    budgets = of_kind(manifests, "PodDisruptionBudget")
    assert {name_of(budget) for budget in budgets} == {name_of(each) for each in of_kind(manifests, "Deployment")}
    for budget in budgets:
        assert budget["spec"]["maxUnavailable"] >= 1
        assert "minAvailable" not in budget["spec"]
        assert budget["spec"]["unhealthyPodEvictionPolicy"] == "AlwaysAllow"


def test_a_rollout_loses_no_capacity(manifests) -> None:
    """Old pods leave when new ones are ready; a worker counts as ready only after it stayed so."""
    for workload in of_kind(manifests, "Deployment"):
        assert workload["spec"]["strategy"]["rollingUpdate"]["maxUnavailable"] == 0
    assert named(manifests, "Deployment", "claimwire-enrich")["spec"]["minReadySeconds"] >= 5


def test_keda_scales_by_the_lag_of_the_raw_topic() -> None:
    """On the same Kafka, group and topic as the workers, up to one pod a partition, with keys that KEDA's code reads."""
    manifests = rendered("prod")
    [scaler] = of_kind(manifests, "ScaledObject")
    [trigger] = scaler["spec"]["triggers"]
    metadata = trigger["metadata"]
    given = environment(manifests, named(manifests, "Deployment", "claimwire-enrich"))
    assert metadata["bootstrapServers"] == given["KAFKA_BOOTSTRAP_SERVERS"]
    assert metadata["consumerGroup"] == given.get("CLAIMWIRE_ENRICH_GROUP", GROUP)
    assert metadata["topic"] == RAW.name
    assert metadata["offsetResetPolicy"] == "earliest"
    assert metadata["excludePersistentLag"] == "true"
    assert scaler["spec"]["maxReplicaCount"] == RAW.partitions
    assert 1 <= scaler["spec"]["minReplicaCount"] <= scaler["spec"]["fallback"]["replicas"] <= RAW.partitions
    source = (tool("crds") / "kafka_scaler.go").read_text("utf-8")
    assert set(metadata) <= set(re.findall(r'keda:"name=(\w+),order=[^"]*triggerMetadata', source))
    [login] = of_kind(manifests, "TriggerAuthentication")
    parameters = [each["parameter"] for refs in login["spec"].values() for each in refs]
    assert set(parameters) <= set(re.findall(r'keda:"name=(\w+),order=[^"]*authParams', source))


def test_images_are_versions_of_ours(manifests) -> None:
    """Each container runs one of our images, at the version of the package."""
    version = re.search(r'^version = "(.+)"', (ROOT / "pyproject.toml").read_text("utf-8"), re.MULTILINE)
    for workload in workloads(manifests):
        [container] = pod(workload)["containers"]
        image, _, tag = container["image"].partition(":")
        assert image in ("claimwire-ingest", "claimwire-enrich")
        assert version
        assert tag == version[1]


def test_the_job_runs_a_command_that_exists() -> None:
    """Where there is no Strimzi, `claimwire topics create` makes the topics."""
    import click

    from services.cli import main

    [container] = pod(named(rendered("dev"), "Job", "claimwire-topics"))["containers"]
    program, *words = container["command"]
    assert program == "claimwire"
    command: click.Command | None = main
    for word in words:
        assert isinstance(command, click.Group)
        command = command.get_command(click.Context(command), word)
    assert command is not None


def test_config_maps_are_small_enough_to_apply(manifests) -> None:
    """Kubectl keeps what it applied beside the object, where there is a limit."""
    for config in of_kind(manifests, "ConfigMap"):
        assert sum(len(value.encode()) for value in config["data"].values()) < MOST_DATA_BYTES, name_of(config)


def test_all_of_it_is_in_one_namespace(manifests) -> None:
    """The one that the overlay makes."""
    [namespace] = of_kind(manifests, "Namespace")
    inside = {each["metadata"].get("namespace") for each in manifests if each["kind"] != "Namespace"}
    assert inside == {name_of(namespace)}
