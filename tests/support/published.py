# SPDX-License-Identifier: Apache-2.0
"""Published versions made by a test, without a run."""

from pathlib import Path

from components.core.hashing import hash_directory
from components.model_store.published import read_provenance
from components.model_store.registry import RegisteredVersion, register


def register_folder(folder: Path) -> Path:
    """Enter a model's folder, `models/<recipe>/<version>`, into the registry."""
    register(
        folder.parent,
        RegisteredVersion(
            version=int(folder.name),
            sha256=hash_directory(folder),
            model_sha256=hash_directory(folder),
            model_key=str(read_provenance(folder).get("model_key", "")),
            run=f"{folder.parent.name}.1",
            published="2026-03-01T00:00:00+00:00",
            evidence_sha256="",
        ),
    )
    return folder


def publish_bytes(folder: Path, content: bytes) -> Path:
    """Make a version whose SavedModel is only these bytes, and register it."""
    folder.mkdir(parents=True)
    (folder / "saved_model.pb").write_bytes(content)
    return register_folder(folder)
