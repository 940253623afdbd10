# SPDX-License-Identifier: Apache-2.0
"""Published versions of a model: found by path or address, verified by hash."""

import atexit
import json
import re
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from components.core.errors import ProdlError
from components.core.hashing import hash_directory
from components.core.json_files import read_json_object
from components.core.project import project_root
from components.model_store.object_store import (
    LAST_FILE,
    download,
    is_store_uri,
    list_folders,
    read_file,
)
from components.model_store.registry import require_intact

PROVENANCE_FILE: Final = "provenance.json"
# The model for Keras, beside the SavedModel; of families that are one Keras model.
KERAS_FILE: Final = "model.keras"
# Not isdigit, which takes other digits than int and the servers of models do.
_NUMBER: Final = re.compile("[1-9][0-9]*")


@dataclass(frozen=True)
class PublishedModel:
    """Reference to a published version, with the hash of its files."""

    uri: str = ""
    """Its address in an object store, or its folder, absolute or relative to the
    project's root; empty if there is none."""

    sha256: str = ""
    """Hash over its files; empty if there is none."""


def open_published(what: str, model: PublishedModel) -> Path:
    """Open the folder of a published model; a model in a store is downloaded.

    Args:
        what: Role of the model for the caller, for messages.
        model: Path or address, and hash.

    Raises:
        ProdlError: If the folder is missing or has another hash.
    """
    folder = _local_folder(model.uri)
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


def newest_other(published: str, model_key: str, root: Path) -> PublishedModel:
    """Find the newest published version that another configuration made.

    A version with the candidate's own key is skipped: the candidate is compared with
    the baseline of that version, so a repeated run finds its evaluation in the cache.

    Args:
        published: Folder or address of the versions; a folder may be relative.
        model_key: Hash of all that determines the candidate.
        root: Folder that relative paths start from.

    Returns:
        An empty reference if there is none.

    Raises:
        ModelRefused: If a folder that comes into question is not registered, or is not
            as it was published.
    """
    for version in version_numbers(published, root):
        uri = f"{published.rstrip('/')}/{version}"
        if is_store_uri(published):
            key, sha256 = _model_key(uri), _hash(uri)
        else:
            registered = require_intact(root / published, version)
            key, sha256 = registered.model_key, registered.sha256
        if key != model_key:
            return PublishedModel(uri, sha256)
    return PublishedModel()


def version_numbers(published: str, root: Path) -> list[int]:
    """List the numbers of the published versions, newest first."""
    if is_store_uri(published):
        names = list_folders(published)
        # An interrupted upload lacks its last file.
        names = [n for n in names if read_file(f"{published}/{n}/{LAST_FILE}")]
    else:
        names = [path.name for path in (root / published).glob("*") if path.is_dir()]
    found = (int(name) for name in names if _NUMBER.fullmatch(name))
    return sorted(found, reverse=True)


def read_provenance(model: Path) -> dict[str, object]:
    """Read provenance.json of a model folder; empty if there is none."""
    path = model / PROVENANCE_FILE
    if not path.exists():
        return {}
    return read_json_object(path, "Make the model again: run its recipe and publish.")


def _local_folder(uri: str) -> Path:
    """Return the folder of a published model, downloaded if it is in a store."""
    if not is_store_uri(uri):
        return Path(uri) if Path(uri).is_absolute() else project_root() / uri
    folder = Path(tempfile.mkdtemp(prefix="prodl-published-"))
    # TensorFlow reads files of a loaded model later on.
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    download(uri, folder)
    return folder


def _model_key(uri: str) -> object:
    content = read_file(f"{uri}/{PROVENANCE_FILE}")
    try:
        return json.loads(content).get("model_key") if content else None
    except (ValueError, AttributeError) as error:
        remedy = "Remove this version from the store; the run then takes an older one."
        raise ProdlError(
            f"{uri}/{PROVENANCE_FILE} is damaged: {error}.\n{remedy}"
        ) from None


def _hash(uri: str) -> str:
    with tempfile.TemporaryDirectory(prefix="prodl-published-") as folder:
        download(uri, Path(folder))
        return hash_directory(folder)
