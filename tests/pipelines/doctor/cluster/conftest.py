# SPDX-License-Identifier: Apache-2.0
"""A server that answers like a healthy cluster, and its examination."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from components.core.project import project_root
from pipelines.doctor.cluster.checks import examine
from pipelines.doctor.cluster.options import ClusterOptions, prepare
from pipelines.doctor.findings import Finding
from tests.support.kubernetes_server import (
    Cluster,
    healthy_cluster,
    serve,
    write_kubeconfig,
)

IMAGE = "127.0.0.1:1/prodl:1"
Examine = Callable[..., dict[str, list[Finding]]]


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    """The server; a test changes its objects."""
    with serve(healthy_cluster()) as server:
        yield server


@pytest.fixture
def kubeconfig(cluster: Cluster, tmp_path: Path) -> Path:
    """A kubeconfig for the server."""
    return write_kubeconfig(tmp_path / "kubeconfig", cluster.url)


@pytest.fixture
def examined(kubeconfig: Path) -> Examine:
    """Examine the server for a run on the pool gpu: name -> findings of that name."""

    def examine_for(**options: Any) -> dict[str, list[Finding]]:
        given = {"pool": "gpu", "image": IMAGE, **options}
        subject = prepare(
            project_root(), ClusterOptions(kubeconfig=str(kubeconfig), **given)
        )
        found: dict[str, list[Finding]] = {}
        for finding in examine(subject):
            found.setdefault(finding.name, []).append(finding)
        return found

    return examine_for
