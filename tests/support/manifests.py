# SPDX-License-Identifier: Apache-2.0
"""Rendered Kubernetes manifests: rendering all overlays, and finding one manifest."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from components.core.project import project_root
from infra.checks.manifests import render

Manifests = list[dict[str, Any]]
Rendered = dict[str, Manifests]
# Runs kubectl with the arguments, and with `text` on its standard input.
Kubectl = Callable[..., "subprocess.CompletedProcess[str]"]
# Applies manifests, and returns the warnings.
Apply = Callable[[Manifests], str]

OVERLAYS: Final = (
    *("overlays/gke", "overlays/gke-standalone", "overlays/s3"),
    *("overlays/s3-standalone", "beam/flink", "beam/spark"),
)


def render_overlays(kubectl: Path, folder: Path) -> Rendered:
    """Render every overlay, with the example in place of real keys.

    Args:
        kubectl: The program.
        folder: An empty folder.
    """
    copy = folder / "kubeflow"
    shutil.copytree(project_root() / "infra" / "kubeflow", copy)
    for name in ("gke", "s3"):
        place = copy / "overlays" / name / "storage.env"
        shutil.copy(copy / "storage.env.example", place)
    return {name: render(kubectl, copy / name) for name in OVERLAYS}


def find(manifests: Manifests, kind: str, name: str = "") -> dict[str, Any]:
    """Find the only manifest of a kind, and of a name if one is given."""
    (found,) = (
        manifest
        for manifest in manifests
        if manifest["kind"] == kind and name in ("", manifest["metadata"]["name"])
    )
    return found
