# SPDX-License-Identifier: Apache-2.0
"""One control plane for all proofs, and what they put into it."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.checks import tools
from infra.environment.index import NoIndex
from infra.proof.client import Client
from infra.proof.control_plane import ControlPlane, control_plane
from infra.proof.programs import NotBuilt
from tests.support.manifests import Kubectl, Rendered, render_overlays


@pytest.fixture(scope="session")
def plane(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    """A control plane without nodes; skips where its programs are not built."""
    try:
        with control_plane(tmp_path_factory.mktemp("plane")) as running:
            yield running
    except NotBuilt as reason:
        pytest.skip(str(reason))


@pytest.fixture
def client(plane: ControlPlane) -> Client:
    """A client that may do everything, without the warnings of other tests."""
    return Client(plane)


@pytest.fixture(scope="session")
def kubectl_program() -> Path:
    """The kubectl of the checks, which is of the control plane's version."""
    try:
        return tools.install().kubectl
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
def rendered(
    kubectl_program: Path, tmp_path_factory: pytest.TempPathFactory
) -> Rendered:
    """Manifests of every overlay, with the example in place of real keys."""
    return render_overlays(kubectl_program, tmp_path_factory.mktemp("kustomize"))
