# SPDX-License-Identifier: Apache-2.0
"""One control plane for all proofs, and what they put into it."""

import subprocess
from collections.abc import Generator, Iterator
from functools import partial
from pathlib import Path

import pytest
import yaml

from components.core.project import project_root
from infra.checks import tools
from infra.environment.index import NoIndex
from infra.proof.client import Client
from infra.proof.control_plane import ControlPlane, control_plane
from infra.proof.custom_kinds import ARGO, install_kinds
from infra.proof.processes import last_lines
from infra.proof.programs import NotBuilt, asset
from pipelines.kubeflow.pools import load_pools
from tests.support.bare_project import CompileAll, compile_all, make_bare_project
from tests.support.cluster import bound_volume, remove_namespace, wait_until_bound
from tests.support.manifests import Apply, Kubectl, Manifests, Rendered, render_overlays

CLUSTER = load_pools(project_root()).cluster
TAIL_LINES = 40
APPLY = ("apply", "--server-side", "--validate=strict", "--filename=-")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show what the servers said last beside a failure: they end with the session."""
    report = yield
    plane = getattr(item, "funcargs", {}).get("plane")
    if report.failed and isinstance(plane, ControlPlane):
        for log in sorted(plane.folder.glob("*.log")):
            report.sections.append((log.stem, last_lines(log, TAIL_LINES)))
    return report


@pytest.fixture(scope="session")
def plane(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    """A control plane without nodes; skips where its programs are not built."""
    try:
        with control_plane(tmp_path_factory.mktemp("plane")) as running:
            yield running
    except NotBuilt as reason:
        pytest.skip(str(reason))


@pytest.fixture(scope="session")
def client(plane: ControlPlane) -> Client:
    """A client that may do everything, on a control plane with Argo's kinds."""
    client = Client(plane)
    install_kinds(client, *ARGO)
    return client


@pytest.fixture(scope="session")
def kubectl_program() -> Path:
    """The one of the assets, else that of the checks."""
    try:
        return asset("kubectl") or tools.install().kubectl
    except NoIndex as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def kubectl(kubectl_program: Path, plane: ControlPlane) -> Kubectl:
    """Run kubectl as the control plane's administrator."""

    def run(*arguments: str, text: str = "") -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [str(kubectl_program), f"--kubeconfig={plane.kubeconfig}", *arguments],
            input=text,
            capture_output=True,
            text=True,
            timeout=120,
        )

    return run


@pytest.fixture(scope="session")
def apply(kubectl: Kubectl) -> Apply:
    """Apply manifests as users do: by the server, and strictly."""

    def run(manifests: Manifests) -> str:
        text = yaml.safe_dump_all(manifests)
        result = kubectl(*APPLY, text=text)
        assert result.returncode == 0, result.stderr
        return result.stderr

    return run


@pytest.fixture(scope="module")
def _runs(client: Client, apply: Apply, rendered: Rendered) -> Iterator[None]:
    """The namespace of runs, as `overlays/s3` makes it, with its claim bound."""
    apply(rendered["overlays/s3"])
    client.create("api/v1/persistentvolumes", bound_volume(CLUSTER))
    wait_until_bound(client, CLUSTER.namespace, CLUSTER.claim)
    yield
    remove_namespace(client, CLUSTER.namespace)
    client.delete("api/v1/persistentvolumes")
    client.delete("api/v1/nodes")


@pytest.fixture(scope="session")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> CompileAll:
    """Compile every recipe for a pool, in this process."""
    root = tmp_path_factory.mktemp("bare")
    make_bare_project(root)
    return partial(compile_all, root, tmp_path_factory.mktemp("compiled"))


@pytest.fixture(scope="session")
def rendered(
    kubectl_program: Path, tmp_path_factory: pytest.TempPathFactory
) -> Rendered:
    """Manifests of every overlay, with the example in place of real keys."""
    return render_overlays(kubectl_program, tmp_path_factory.mktemp("kustomize"))
