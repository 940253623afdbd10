# SPDX-License-Identifier: Apache-2.0
"""The services that driver and launcher need, and the Pods that they run in."""

import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from pipelines.fingerprint import PROJECT_ROOT
from tests.support.kfp.kubernetes_api import serve_kubernetes
from tests.support.kfp.metadata_service import serve_metadata
from tests.support.kfp.network import ADDRESS, private_network, write_hosts
from tests.support.kfp.object_store import (
    ACCESS_KEY,
    SECRET_KEY,
    ObjectStore,
    serve_objects,
)
from tests.support.kfp.pod import Pod, run_pod
from tests.support.kfp.programs import Programs

ACCOUNT: Final = "/run/secrets/kubernetes.io/serviceaccount"
# Folders of the launcher for what it downloads and uploads.
SCRATCH: Final = ("/minio", "/s3", "/gcs")
SYSTEM_PATH: Final = "/usr/local/bin:/usr/bin:/usr/sbin:/bin:/sbin"
LAUNCHER: Final = "/kfp-launcher/launch"
# Names of secrets -> their keys: what a user of the plain installation fills in.
SECRETS: Final[Mapping[str, Mapping[str, str]]] = {
    "prodl-storage": {
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
    }
}


@dataclass
class Cluster:
    """Running services, and a folder for everything that they and the Pods write."""

    programs: Programs
    """KFP's programs."""

    image: Path
    """A project folder: in the place of the container image of the steps."""

    folder: Path
    """Folder of the cluster: metadata, Pods, volumes."""

    store: ObjectStore
    """The object store."""

    api_port: int
    """Port of Kubernetes' API."""

    account: Path
    """Folder with the files of a Pod's service account."""

    asked: list[str] = field(default_factory=list)
    """Paths that were asked of Kubernetes' API, where it is the one made here."""

    secrets: Mapping[str, Mapping[str, str]] = field(default_factory=lambda: SECRETS)
    """Secrets of the namespace that steps may name."""

    is_caching: bool = False
    """Whether an API server of KFP answers, which keeps the cache."""

    def run(
        self,
        name: str,
        command: list[str],
        environment: Mapping[str, str],
        mounts: Mapping[str, Path],
        user: str = "0:0",
    ) -> tuple[int, Path]:
        """Run a Pod with the names, the service account and the image of a cluster.

        Args:
            name: Name of the Pod.
            command: Program and arguments.
            environment: Variables beside those that every Pod has.
            mounts: Path in the Pod -> file or folder, beside those of every Pod.
            user: Numbers of user and group. Defaults to root's.

        Returns:
            Exit code, and the file with what it printed.
        """
        folder = self.pod_folder(name)
        log = folder / "log"
        pod = self.pod(name, command, environment, mounts, user)
        return run_pod(pod, folder, log), log

    def pod(
        self,
        name: str,
        command: list[str],
        environment: Mapping[str, str],
        mounts: Mapping[str, Path],
        user: str = "0:0",
    ) -> Pod:
        """A Pod with what every Pod of this cluster has; see `run`."""
        return Pod(
            name=name,
            command=command,
            environment=self._environment(name) | environment,
            mounts={**self._mounts(), **mounts},
            working_folder=str(self.image),
            user=user,
        )

    def pod_folder(self, name: str) -> Path:
        """Folder of a Pod on this machine."""
        folder = self.folder / "pods" / name
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def volume(self, claim: str) -> Path:
        """Folder in the place of a persistent volume claim."""
        return public_folder(self.folder / "volumes" / claim)

    def _environment(self, name: str) -> dict[str, str]:
        """What Kubernetes, KFP's Workflow and the image set for every container."""
        return {
            "KUBERNETES_SERVICE_HOST": ADDRESS,
            "KUBERNETES_SERVICE_PORT": str(self.api_port),
            "KFP_POD_NAME": name,
            "KFP_POD_UID": f"uid-of-{name}",
            "PATH": f"{Path(sys.executable).parent}:{SYSTEM_PATH}",
            "HOME": "/tmp",
            "PYTHONPATH": str(self.image),
            "PYTHONUNBUFFERED": "1",
            "PRODL_ROOT": str(self.image),
            "PRODL_HOME": "/tmp/state",
            "DVC_NO_ANALYTICS": "1",
        }

    def _mounts(self) -> dict[str, Path]:
        """Service account, names, and the folders that stand for the image."""
        image = (Path(sys.base_prefix), Path(sys.prefix), PROJECT_ROOT, self.image)
        return {
            ACCOUNT: self.account,
            "/etc/hosts": self.folder / "hosts",
            "/kfp-driver": self.programs.driver,
            LAUNCHER: self.programs.launcher,
        } | {str(path): path for path in image}


def public_folder(folder: Path) -> Path:
    """Make a folder into which every user may write, as into an empty volume."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o777)
    return folder


@contextmanager
def start_cluster(programs: Programs, image: Path, folder: Path) -> Iterator[Cluster]:
    """Start the services in a network of their own, and stop them after the block.

    Args:
        programs: KFP's programs.
        image: A project folder, in the place of the image of the steps.
        folder: Folder for everything that is written; made.

    Raises:
        UsageError: If a port is taken.
    """
    folder.mkdir(parents=True)
    write_hosts(folder / "hosts")
    with ExitStack() as stack:
        stack.enter_context(private_network())
        store = stack.enter_context(serve_objects())
        stack.enter_context(serve_metadata(folder / "mlmd.sqlite"))
        api = stack.enter_context(serve_kubernetes(folder))
        yield Cluster(
            programs,
            image.resolve(),
            folder.resolve(),
            store,
            api.port,
            api.account,
            api.asked,
        )
    shutil.rmtree(folder / "pods", ignore_errors=True)
