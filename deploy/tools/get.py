"""Gets the programs that check the manifests and the rules: builds what is written in Go, unpacks what Debian packs.

    python deploy/tools/get.py kustomize kube-score prometheus      prints where each one is
    python deploy/tools/get.py all

What Debian packs is taken from the PATH if it is there. Everything else goes into the user's cache, what is built in a
folder named by what pins it: every machine checks with the same programs. No daemon is installed and nobody need be
root. This file needs Python's standard library only.
"""

import argparse
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent


class NotGotError(RuntimeError):
    """Raised when a program can be neither built nor fetched; says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Go:
    """A program out of a Go module; the folder of the same name as `module` here pins it with go.mod and go.sum."""

    module: str
    package: str
    cost: str  # the first time, on two cores


@dataclass(frozen=True, slots=True, kw_only=True)
class Debian:
    """A program out of a Debian package, at `path` in it."""

    package: str
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """Files out of the Go modules that `module` pins, each as its module and its path there; nothing is built."""

    module: str
    files: tuple[tuple[str, str], ...]


_KEDA = "github.com/kedacore/keda/v2"
_PROMETHEUS_OPERATOR = "github.com/prometheus-operator/prometheus-operator"

TOOLS: dict[str, Go | Debian | Sources] = {
    "kustomize": Go(module="kustomize", package="sigs.k8s.io/kustomize/kustomize/v5", cost="half a minute"),
    "kube-score": Go(module="kube-score", package="github.com/zegl/kube-score/cmd/kube-score", cost="half a minute"),
    "kubectl": Go(module="kubernetes", package="k8s.io/kubernetes/cmd/kubectl", cost="two minutes"),
    "kube-apiserver": Go(module="kubernetes", package="k8s.io/kubernetes/cmd/kube-apiserver", cost="four minutes"),
    "prometheus": Debian(package="prometheus", path="usr/bin/prometheus"),
    "promtool": Debian(package="prometheus", path="usr/bin/promtool"),
    "etcd": Debian(package="etcd-server", path="usr/bin/etcd"),
    # The operators' own definitions of what they accept. Strimzi publishes none as a module: tests/deploy has them.
    "crds": Sources(
        module="crds",
        files=(
            (_KEDA, "config/crd/bases/keda.sh_scaledobjects.yaml"),
            (_KEDA, "config/crd/bases/keda.sh_triggerauthentications.yaml"),
            (_KEDA, "pkg/scalers/kafka_scaler.go"),
            (_PROMETHEUS_OPERATOR, "example/prometheus-operator-crd/monitoring.coreos.com_podmonitors.yaml"),
            (_PROMETHEUS_OPERATOR, "example/prometheus-operator-crd/monitoring.coreos.com_prometheusrules.yaml"),
        ),
    ),
}


def cache_dir() -> Path:
    """Return the folder for what can be made again; the same as that of `services.local.kafka_jars`."""
    if given := os.environ.get("CLAIMWIRE_CACHE_DIR"):
        return Path(given).expanduser()
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "claimwire"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "claimwire"


def found(name: str) -> Path | None:
    """Return where the program, or the folder of files, is: in the cache or, of Debian's, on the PATH; else None."""
    if (tool := TOOLS.get(name)) is None:
        raise NotGotError(f"no tool is called {name}; there are: {', '.join(TOOLS)}")
    if isinstance(tool, Debian) and (on_path := shutil.which(name)):
        return Path(on_path)
    place = _place(name, tool)
    return place if place.exists() else None


def get(name: str, notice: Callable[[str], None]) -> Path:
    """Return where the program is, after getting it if need be. Raises `NotGotError`."""
    if there := found(name):
        return there
    place = _place(name, TOOLS[name])
    place.parent.mkdir(parents=True, exist_ok=True)
    # One process gets a tool, others wait for it.
    with (place.parent / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not place.exists():
            begun = time.monotonic()
            match TOOLS[name]:
                case Go() as tool:
                    _build(name, tool, place, notice)
                case Debian() as tool:
                    _unpack(tool, place, notice)
                case Sources() as tool:
                    _copy(tool, place, notice)
            notice(f"{name}: ready after {time.monotonic() - begun:.0f} s")
    return place


def _place(name: str, tool: Go | Debian | Sources) -> Path:
    """Return where a tool belongs; other pins make another folder, so that nothing stale is ever used."""
    tools = cache_dir() / "tools"
    match tool:
        case Go() | Sources():
            pins = b"".join((HERE / tool.module / file).read_bytes() for file in ("go.mod", "go.sum"))
            pins += (tool.package if isinstance(tool, Go) else repr(tool.files)).encode()
            return tools / hashlib.sha256(pins).hexdigest()[:16] / name
        case Debian():
            return tools / f"debian-{tool.package}" / tool.path


def _build(name: str, tool: Go, place: Path, notice: Callable[[str], None]) -> None:
    notice(f"{name}: building it from its Go module, about {tool.cost} this once …")
    unfinished = place.with_suffix(".unfinished")
    # No C compiler is needed without cgo; no paths of this machine get into the program.
    _run(
        [_go(), "build", "-mod=readonly", "-trimpath", "-o", str(unfinished), tool.package],
        cwd=HERE / tool.module,
        env=os.environ | {"CGO_ENABLED": "0"},
    )
    unfinished.rename(place)


def _copy(tool: Sources, place: Path, notice: Callable[[str], None]) -> None:
    notice(f"{tool.module}: fetching {len(tool.files)} files from Go modules, 7 MB this once …")
    modules = sorted({module for module, _ in tool.files})
    _run([_go(), "mod", "download", *modules], cwd=HERE / tool.module)
    folders = {
        module: Path(_run([_go(), "list", "-m", "-f", "{{.Dir}}", module], cwd=HERE / tool.module).strip())
        for module in modules
    }
    unfinished = Path(tempfile.mkdtemp(dir=place.parent))
    for module, path in tool.files:
        (unfinished / Path(path).name).write_bytes((folders[module] / path).read_bytes())
    unfinished.rename(place)


def _unpack(tool: Debian, place: Path, notice: Callable[[str], None]) -> None:
    if not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
        raise NotGotError(f"{tool.path} is not on the PATH, and this is no Debian that could fetch it: install it")
    notice(f"{tool.package}: fetching Debian's package; it is unpacked, not installed …")
    root = cache_dir() / "tools" / f"debian-{tool.package}"
    with tempfile.TemporaryDirectory(dir=root.parent) as folder:
        _run(["apt-get", "download", tool.package], cwd=Path(folder))
        [package] = Path(folder).glob("*.deb")
        _run(["dpkg-deb", "-x", str(package), str(root)], cwd=Path(folder))
    if not place.exists():
        raise NotGotError(f"Debian's {tool.package} has no {tool.path}")


def _go() -> str:
    if program := shutil.which("go"):
        return program
    raise NotGotError("Go 1.24 or newer is needed to build this; it is not on the PATH")


def _run(command: list[str], *, cwd: Path, env: dict[str, str] | None = None) -> str:
    done = subprocess.run(command, cwd=cwd, env=env, check=False, text=True, capture_output=True)  # noqa: S603 - ours
    if done.returncode:
        raise NotGotError(f"{' '.join(command)} failed:\n{done.stderr.strip()}")
    return done.stdout


def main() -> int:
    """Get the tools that the command line names; print the path of each. Return the exit status."""
    parser = argparse.ArgumentParser(description="Get the programs that check what is deployed; print their paths.")
    parser.add_argument("name", nargs="+", choices=[*TOOLS, "all"], help="which ones")
    names = parser.parse_args().name
    try:
        for name in TOOLS if "all" in names else names:
            print(get(name, lambda text: print(text, file=sys.stderr, flush=True)))
    except NotGotError as error:
        sys.exit(f"get.py: {error}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
