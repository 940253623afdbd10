# SPDX-License-Identifier: Apache-2.0
"""An installation of KFP: its API server before a real Kubernetes API and a database.

Argo's controller and KFP's persistence agent are played here: Workflows that the API
server stores are run with KFP's driver and launcher, and their states are reported.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from infra.proof.client import Client, Refused
from infra.proof.control_plane import ControlPlane, control_plane
from infra.proof.custom_kinds import install_kinds
from infra.proof.processes import servers
from infra.proof.programs import NotBuilt, program
from tests.support.kfp import api_server
from tests.support.kfp.api_server import report_workflow, start_api_server
from tests.support.kfp.argo import Controller
from tests.support.kfp.cluster import Cluster
from tests.support.kfp.database import missing_program, start_database
from tests.support.kfp.kubernetes_api import plain_objects
from tests.support.kfp.metadata_service import serve_metadata
from tests.support.kfp.network import NAMESPACE, private_network, write_hosts
from tests.support.kfp.object_store import serve_objects
from tests.support.kfp.programs import Programs

WORKFLOWS: Final = f"apis/argoproj.io/v1alpha1/namespaces/{NAMESPACE}/workflows"
# Group, version and kind of the custom resources that the API server needs.
RESOURCES: Final = (
    ("argoproj.io", "v1alpha1", "Workflow"),
    ("kubeflow.org", "v1beta1", "ScheduledWorkflow"),
)
POLL_SECONDS: Final = 0.5


@dataclass
class Installation:
    """A running installation."""

    cluster: Cluster
    """Services and Pods."""

    client: Client
    """Client of Kubernetes' API."""

    host: str = api_server.HOST
    """Address of KFP's API server."""

    taken: set[str] = field(default_factory=set)
    """Names of the Workflows that were returned."""

    def next_workflow(self, timeout_seconds: float = 600.0) -> dict[str, Any]:
        """Wait for a Workflow that is new, and return it.

        Args:
            timeout_seconds: Time after which one must be there. Defaults to 600.
        """
        end = time.monotonic() + timeout_seconds
        while not (new := self._new_workflows()):
            assert time.monotonic() < end, "no Workflow was stored"
            time.sleep(POLL_SECONDS)
        self.taken.add(new[0]["metadata"]["name"])
        return new[0]

    def run_next(self) -> Controller:
        """Wait for a Workflow that is new, and run it to its end."""
        workflow = self.next_workflow()
        name = workflow["metadata"]["name"]
        controller = Controller(self.cluster, workflow, lambda s: self._report(name, s))
        controller.run()
        return controller

    def _new_workflows(self) -> list[dict[str, Any]]:
        try:
            stored = self.client.read(WORKFLOWS)["items"]
        except Refused as error:
            # For a moment after a new custom resource; asked again by the caller.
            if error.reason != "TooManyRequests":
                raise
            return []
        return [w for w in stored if w["metadata"]["name"] not in self.taken]

    def _report(self, name: str, status: dict[str, Any]) -> None:
        """Store the status of a Workflow, and report it."""
        path = f"{WORKFLOWS}/{name}"
        workflow = self.client.read(path) | {"status": status}
        report_workflow(self.client.call("PUT", path, workflow))


def reason_to_skip(programs: Programs) -> str:
    """Why there can be no installation here; empty if there can."""
    if not programs.api_server.is_file():
        return f"{programs.folder} has no {programs.api_server.name}"
    try:
        for name in ("etcd", "kube-apiserver"):
            program(name)
    except NotBuilt as error:
        return " ".join(str(error).split())
    return missing_program()


@contextmanager
def start_installation(
    programs: Programs, image: Path, folder: Path
) -> Iterator[Installation]:
    """Start everything in a network of its own, and stop it after the block.

    Args:
        programs: KFP's programs, with the API server.
        image: A project folder, in the place of the image of the steps.
        folder: Folder for everything that is written; made.
    """
    folder.mkdir(parents=True)
    write_hosts(folder / "hosts")
    with (
        private_network(),
        serve_objects() as store,
        serve_metadata(folder / "mlmd.sqlite"),
        control_plane(folder / "plane") as plane,
        servers(folder) as running,
    ):
        client = Client(plane)
        _make_objects(client)
        account = _write_account(folder / "account", plane)
        port = int(plane.server.rpartition(":")[2])
        cluster = Cluster(
            programs, image.resolve(), folder.resolve(), store, port, account
        )
        cluster.is_caching = True
        start_database(running, folder)
        start_api_server(running, cluster)
        yield Installation(cluster, client)


def _make_objects(client: Client) -> None:
    """Make the namespace, KFP's own objects and the custom resources."""
    metadata = {"name": NAMESPACE}
    client.create("api/v1/namespaces", {"metadata": metadata})
    for resource in RESOURCES:
        install_kinds(client, *resource)
    for path, each in plain_objects().items():
        client.create(path.strip("/").rpartition("/")[0], each)


def _write_account(folder: Path, plane: ControlPlane) -> Path:
    """Write the files of a service account for a user who may do everything."""
    folder.mkdir()
    (folder / "namespace").write_text(NAMESPACE)
    (folder / "token").write_text(plane.token)
    (folder / "ca.crt").write_bytes(plane.authority.read_bytes())
    return folder
