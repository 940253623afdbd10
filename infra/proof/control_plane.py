# SPDX-License-Identifier: Apache-2.0
"""A control plane of Kubernetes on loopback: etcd, API server, controllers, scheduler.

There is no kubelet: nodes are objects that a test makes, Pods are admitted and get a
node, and nothing runs on it. Two parts differ from a cluster for that reason: the
controller that evicts Pods from nodes without a heartbeat is off, and so is the
admission plugin that taints a new node until it reports that it is ready.

    with control_plane(folder) as plane:
        subprocess.run([kubectl, f"--kubeconfig={plane.kubeconfig}", "get", "pods"])
"""

import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from infra.proof.processes import Servers, free_ports, servers
from infra.proof.programs import program

SECONDS_TO_START: Final = 120.0
SERVICE_RANGE: Final = "10.96.0.0/16"
ISSUER: Final = "https://kubernetes.default.svc.cluster.local"
ADMIN: Final = "admin"
# User -> its group. The last two are known to the roles that every API server makes.
USERS: Final = {
    ADMIN: "system:masters",
    "system:kube-controller-manager": "",
    "system:kube-scheduler": "",
}


@dataclass(frozen=True)
class ControlPlane:
    """A control plane that answers."""

    folder: Path
    """Folder of its keys, logs and database."""

    server: str
    """Address of the API server, `https://127.0.0.1:PORT`."""

    token: str
    """Bearer token of a user who may do everything."""

    @property
    def authority(self) -> Path:
        """File with the certificates that the API server's own is checked by."""
        return self.folder / "certificates" / "apiserver.crt"

    @property
    def kubeconfig(self) -> Path:
        """Configuration file of that user for any client."""
        return self.folder / "kubeconfig"


@contextmanager
def control_plane(folder: Path) -> Iterator[ControlPlane]:
    """Run a control plane while the block runs.

    Args:
        folder: An empty folder for keys, logs and database.

    Raises:
        NotBuilt: Its programs are missing.
        ServerFailed: One of them ended, or does not answer.
    """
    with servers(folder) as running:
        etcd_port, peer_port, port = free_ports(3)
        tokens = _write_tokens(folder / "tokens.csv")
        _write_service_account_key(folder)
        server = f"https://127.0.0.1:{port}"
        plane = ControlPlane(folder, server, tokens[ADMIN])
        _start_etcd(running, etcd_port, peer_port)
        _start_api_server(running, etcd_port, port)
        running.wait("kube-apiserver", lambda: _is_ready(plane), SECONDS_TO_START)
        _write_kubeconfig(plane, plane.kubeconfig, ADMIN, plane.token)
        _start_controllers(running, plane, tokens)
        running.wait("kube-controller-manager", lambda: _has_account(plane), 60)
        yield plane


def _start_etcd(running: Servers, port: int, peer_port: int) -> None:
    client, peer = (f"http://127.0.0.1:{number}" for number in (port, peer_port))
    running.start(
        "etcd",
        [
            program("etcd"),
            f"--data-dir={running.folder / 'etcd'}",
            # The database does not outlive the test.
            "--unsafe-no-fsync",
            f"--listen-client-urls={client}",
            f"--advertise-client-urls={client}",
            f"--listen-peer-urls={peer}",
            f"--initial-advertise-peer-urls={peer}",
            f"--initial-cluster=default={peer}",
            "--log-level=warn",
        ],
    )
    running.wait("etcd", lambda: _answers(f"{client}/health"), SECONDS_TO_START)


def _start_api_server(running: Servers, etcd_port: int, port: int) -> None:
    folder = running.folder
    running.start(
        "kube-apiserver",
        [
            program("kube-apiserver"),
            f"--etcd-servers=http://127.0.0.1:{etcd_port}",
            "--bind-address=127.0.0.1",
            # Otherwise it asks for the machine's address, and ends where there is none.
            "--advertise-address=127.0.0.1",
            f"--secure-port={port}",
            # It makes a certificate for itself here.
            f"--cert-dir={folder / 'certificates'}",
            f"--token-auth-file={folder / 'tokens.csv'}",
            "--authorization-mode=RBAC",
            f"--service-account-issuer={ISSUER}",
            f"--service-account-key-file={folder / 'service-accounts.key'}",
            f"--service-account-signing-key-file={folder / 'service-accounts.key'}",
            f"--service-cluster-ip-range={SERVICE_RANGE}",
            "--endpoint-reconciler-type=none",
            "--disable-admission-plugins=TaintNodesByCondition",
            "--profiling=false",
        ],
    )


def _start_controllers(
    running: Servers, plane: ControlPlane, tokens: dict[str, str]
) -> None:
    key = f"--service-account-private-key-file={plane.folder / 'service-accounts.key'}"
    options = {
        "kube-controller-manager": (
            "--controllers=*,-node-lifecycle-controller",
            # A Pod that is deleted while its creation is still being counted stays in
            # the quota until all are counted again, by default every five minutes.
            "--resource-quota-sync-period=5s",
            "--use-service-account-credentials",
            key,
            f"--root-ca-file={plane.authority}",
        ),
        "kube-scheduler": (),
    }
    for name, own in options.items():
        user = f"system:{name}"
        kubeconfig = plane.folder / f"{name}.kubeconfig"
        _write_kubeconfig(plane, kubeconfig, user, tokens[user])
        common = (f"--kubeconfig={kubeconfig}", "--leader-elect=false")
        running.start(name, [program(name), *common, "--secure-port=0", *own])


def _is_ready(plane: ControlPlane) -> bool:
    return plane.authority.exists() and _answers(f"{plane.server}/readyz", plane)


def _has_account(plane: ControlPlane) -> bool:
    """Whether the controllers work: they give each namespace its default account."""
    path = "api/v1/namespaces/default/serviceaccounts/default"
    return _answers(f"{plane.server}/{path}", plane)


def _answers(url: str, plane: ControlPlane | None = None) -> bool:
    headers = {"Authorization": f"Bearer {plane.token}"} if plane else {}
    verify = str(plane.authority) if plane else True
    try:
        with requests.Session() as session:
            # Loopback, whatever proxy the machine has.
            session.trust_env = False
            return session.get(url, headers=headers, verify=verify, timeout=5).ok
    except requests.RequestException:
        return False


def _write_tokens(path: Path) -> dict[str, str]:
    """Write the API server's file of users; returns user -> token."""
    tokens = {user: secrets.token_hex(16) for user in USERS}
    lines = [f'{tokens[name]},{name},{name},"{group}"' for name, group in USERS.items()]
    path.touch(mode=0o600)
    path.write_text("\n".join(lines), encoding="utf-8")
    return tokens


def _write_service_account_key(folder: Path) -> None:
    """Write the key by which tokens of service accounts are signed and checked."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    path = folder / "service-accounts.key"
    path.touch(mode=0o600)
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.TraditionalOpenSSL,
            serialization.NoEncryption(),
        )
    )


def _write_kubeconfig(plane: ControlPlane, path: Path, user: str, token: str) -> None:
    cluster = {"server": plane.server, "certificate-authority": str(plane.authority)}
    content = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "proof", "cluster": cluster}],
        "users": [{"name": user, "user": {"token": token}}],
        "contexts": [{"name": "proof", "context": {"cluster": "proof", "user": user}}],
        "current-context": "proof",
    }
    path.touch(mode=0o600)
    path.write_text(json.dumps(content), encoding="utf-8")
