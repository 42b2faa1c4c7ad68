"""A real Kubernetes API server with its etcd, on loopback, for the time of some tests. It schedules and runs nothing."""

import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import yaml
from support.tools import tool
from support.wait import wait_until

_TOKEN = "for-this-test-only"  # noqa: S105 - the server hears nobody but this machine and is gone in a minute


@dataclass(frozen=True, slots=True)
class Cluster:
    """How to ask the API server."""

    kubectl: Path
    kubeconfig: Path

    def run(self, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """Run kubectl; return what it said, whatever that is."""
        command = [self.kubectl, "--kubeconfig", self.kubeconfig, *arguments]
        # Its client keeps what it learnt of a server under HOME; a folder of its own keeps tests apart.
        home = {"HOME": str(self.kubeconfig.parent), "PATH": "/usr/bin:/bin"}
        return subprocess.run(command, input=stdin, env=home, capture_output=True, text=True, check=False, timeout=60)

    def must(self, *arguments: str, stdin: str = "") -> str:
        """Run kubectl, which has to succeed and to warn of nothing; return its output."""
        done = self.run("--warnings-as-errors", *arguments, stdin=stdin)
        assert done.returncode == 0, done.stderr
        assert done.stderr == ""
        return done.stdout


@contextmanager
def cluster(folder: Path) -> Iterator[Cluster]:
    """Start etcd and kube-apiserver with their files in `folder`; stop both at the end."""
    etcd, apiserver, kubectl = tool("etcd"), tool("kube-apiserver"), tool("kubectl")
    peers, clients, secure = _free_ports(3)
    key = folder / "service-accounts.key"
    subprocess.run(["openssl", "genrsa", "-out", key, "2048"], check=True, capture_output=True)  # noqa: S607 - of the system
    (folder / "tokens.csv").write_text(f"{_TOKEN},tester,tester,system:masters\n")
    with ExitStack() as stack:
        _start(
            stack,
            folder / "etcd.log",
            etcd,
            f"--data-dir={folder / 'etcd'}",
            f"--listen-peer-urls=http://127.0.0.1:{peers}",
            f"--initial-advertise-peer-urls=http://127.0.0.1:{peers}",
            f"--initial-cluster=default=http://127.0.0.1:{peers}",
            f"--listen-client-urls=http://127.0.0.1:{clients}",
            f"--advertise-client-urls=http://127.0.0.1:{clients}",
        )
        server = _start(
            stack,
            folder / "apiserver.log",
            apiserver,
            f"--etcd-servers=http://127.0.0.1:{clients}",
            "--bind-address=127.0.0.1",
            f"--secure-port={secure}",
            f"--cert-dir={folder / 'certificates'}",
            f"--token-auth-file={folder / 'tokens.csv'}",
            "--authorization-mode=RBAC",
            "--service-cluster-ip-range=10.0.0.0/24",
            "--service-account-issuer=https://kubernetes.default.svc",
            f"--service-account-key-file={key}",
            f"--service-account-signing-key-file={key}",
        )
        here = Cluster(kubectl, _kubeconfig(folder, secure))

        def is_ready() -> bool:
            assert server.poll() is None, (folder / "apiserver.log").read_text()[-2000:]
            return here.run("get", "--raw=/readyz").stdout == "ok"

        wait_until(is_ready, seconds=90)
        yield here


def _start(stack: ExitStack, log: Path, program: Path, *arguments: str) -> subprocess.Popen[bytes]:
    output = stack.enter_context(log.open("wb"))
    process = subprocess.Popen([program, *arguments], stdout=output, stderr=output, cwd=log.parent)
    stack.callback(_stop, process)
    return process


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


def _kubeconfig(folder: Path, port: int) -> Path:
    file = folder / "kubeconfig"
    certificate = folder / "certificates" / "apiserver.crt"  # it signs itself
    server = {"server": f"https://127.0.0.1:{port}", "certificate-authority": str(certificate)}
    file.write_text(
        yaml.safe_dump(
            {
                "apiVersion": "v1",
                "kind": "Config",
                "current-context": "test",
                "contexts": [{"name": "test", "context": {"cluster": "test", "user": "tester"}}],
                "clusters": [{"name": "test", "cluster": server}],
                "users": [{"name": "tester", "user": {"token": _TOKEN}}],
            }
        )
    )
    return file
