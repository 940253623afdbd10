# SPDX-License-Identifier: Apache-2.0
"""Render kustomizations, and validate manifests against the schema of Kubernetes."""

import subprocess
from pathlib import Path
from typing import Any

import kubernetes_validate
import yaml

# The oldest version that clouds still offer, and the newest with a schema here.
VERSIONS = ("1.32", "1.36")


def render(kubectl: Path, folder: Path) -> list[dict[str, Any]]:
    """Render a kustomization.

    Args:
        kubectl: The program.
        folder: Folder of its kustomization.yaml.

    Raises:
        ValueError: kubectl failed; the message has its output.
    """
    result = subprocess.run(
        [str(kubectl), "kustomize", str(folder)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    if result.returncode != 0:
        raise ValueError(f"{folder} cannot be rendered.\n{result.stderr.strip()}")
    return [document for document in yaml.safe_load_all(result.stdout) if document]


def find_faults(manifest: dict[str, Any], versions: tuple[str, ...]) -> list[str]:
    """Validate a manifest strictly: a key that is not in the schema is a fault.

    Args:
        manifest: The manifest.
        versions: Versions of Kubernetes.

    Returns:
        A line per version whose schema the manifest violates.
    """
    faults = []
    for version in versions:
        try:
            kubernetes_validate.validate(manifest, version, strict=True)
        except kubernetes_validate.ValidationError as error:
            name = manifest.get("metadata", {}).get("name", "?")
            path = ".".join(str(part) for part in error.path)
            what = f"{manifest.get('kind', '?')} {name}, Kubernetes {version}"
            faults.append(f"{what}: {path}: {error.message}")
    return faults
