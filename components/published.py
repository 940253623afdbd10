# SPDX-License-Identifier: Apache-2.0
"""A published model that a step reads: found by path, believed by hash."""

from dataclasses import dataclass
from pathlib import Path

from components.errors import ProdlError
from components.hashing import hash_directory
from components.project import project_root


@dataclass(frozen=True)
class PublishedModel:
    """A published version, named so that nothing else can take its place."""

    uri: str
    """Its folder, relative to the project's root or absolute."""

    sha256: str
    """The hash that this folder must have."""


def open_published(what: str, model: PublishedModel) -> Path:
    """The folder of a published model, if it holds what was meant.

    Args:
        what: What the model is to the caller, for messages.
        model: Path and hash.

    Raises:
        ProdlError: If the folder is missing or has another hash.
    """
    path = Path(model.uri)
    folder = path if path.is_absolute() else project_root() / path
    if not folder.is_dir():
        raise ProdlError(
            f"{what} {model.uri}: there is no such folder.\nGet it back with dvc "
            "checkout, or start the run again: it takes what is published then."
        )
    received = hash_directory(folder)
    if received != model.sha256:
        raise ProdlError(
            f"{what} {model.uri}: its files are not those that were published when the "
            f"run started.\nExpected sha256 {model.sha256 or '(none given)'}.\n"
            f"Received sha256 {received}.\nStart the run again: it takes the hash "
            "of what is published then."
        )
    return folder
