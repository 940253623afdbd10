# SPDX-License-Identifier: Apache-2.0
"""Rendered Kubernetes manifests: names of the overlays, and finding one manifest."""

from typing import Any, Final

Manifests = list[dict[str, Any]]
Rendered = dict[str, Manifests]

OVERLAYS: Final = (
    *("overlays/gke", "overlays/gke-standalone", "overlays/s3"),
    *("overlays/s3-standalone", "beam/flink", "beam/spark"),
)


def find(manifests: Manifests, kind: str, name: str = "") -> dict[str, Any]:
    """Find the only manifest of a kind, and of a name if one is given."""
    (found,) = (
        manifest
        for manifest in manifests
        if manifest["kind"] == kind and name in ("", manifest["metadata"]["name"])
    )
    return found
