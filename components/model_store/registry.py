# SPDX-License-Identifier: Apache-2.0
"""The registry of a recipe's published versions, `models/<recipe>/versions.json`.

It has the hash of every version ever published. A folder that it does not name, or
whose files changed, is refused before anything of it is loaded: a SavedModel is a
program that may read and write files.
"""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from components.core.errors import ModelRefused
from components.core.hashing import hash_directory
from components.core.json_files import read_json_record, write_json

REGISTRY_FILE: Final = "versions.json"


@dataclass(frozen=True, kw_only=True)
class RegisteredVersion:
    """A published version as it was when it was published."""

    version: int
    """Its number, the name of its folder."""

    sha256: str
    """Hash over all its files."""

    model_sha256: str
    """Hash over the files that were evaluated and pushed: those without the model card,
    the metrics and the evidence."""

    model_key: str
    """Hash of everything that determines the model."""

    run: str
    """Name of the run that made it."""

    published: str
    """Time of publishing, UTC, ISO 8601."""

    evidence_sha256: str
    """Hash over its folder `evidence`, which stays when the model is removed."""


@dataclass(frozen=True)
class _Registry:
    """Content of versions.json."""

    versions: tuple[RegisteredVersion, ...] = ()


def read_registry(published: Path) -> tuple[RegisteredVersion, ...]:
    """Read the registered versions of a recipe, newest first.

    Args:
        published: Folder of the recipe's versions.

    Returns:
        Nothing if nothing was published.

    Raises:
        DamagedFile: If the registry cannot be read.
    """
    path = published / REGISTRY_FILE
    if not path.exists():
        return ()
    remedy = f"Get the published one back with: dvc checkout {published}"
    registry = read_json_record(_Registry, path, remedy)
    return tuple(sorted(registry.versions, key=lambda v: v.version, reverse=True))


def register(published: Path, version: RegisteredVersion) -> None:
    """Add a version to the registry of its recipe, before its folder appears.

    Args:
        published: Folder of the recipe's versions.
        version: The version.
    """
    others = [v for v in read_registry(published) if v.version != version.version]
    versions = [asdict(v) for v in (version, *others)]
    write_json(published / REGISTRY_FILE, {"versions": versions})


def find_registered(published: Path, number: int) -> RegisteredVersion | None:
    """Find a version in the registry of its recipe; None if it is not there."""
    return next((v for v in read_registry(published) if v.version == number), None)


def is_intact(folder: Path) -> bool:
    """Whether a version is registered and has the files that were published."""
    registered = find_registered(folder.parent, int(folder.name))
    return registered is not None and _hash(folder) == registered.sha256


def require_intact(published: Path, number: int) -> RegisteredVersion:
    """Return a version of the registry whose files are those that were published.

    Args:
        published: Folder of the recipe's versions.
        number: Number of a version with a folder.

    Raises:
        ModelRefused: If the version is not registered, or its files changed.
    """
    folder = published / str(number)
    registered = find_registered(published, number)
    if registered is None:
        raise ModelRefused(
            f"{folder} is refused: {REGISTRY_FILE} beside it does not name it, so it "
            "was put there by hand or by an earlier version of prodl.\n"
            f"Move it away. {_remedy(published)}"
        )
    received = _hash(folder)
    if received != registered.sha256:
        raise ModelRefused(
            f"{folder} is refused: its files are not those that were published.\n"
            f"Expected sha256 {registered.sha256}.\nReceived sha256 {received}.\n"
            f"Move it away. {_remedy(published)}"
        )
    return registered


def _hash(folder: Path) -> str:
    """Hash of a version, or why it has none: a file that is no file any more."""
    try:
        return hash_directory(folder)
    except OSError as error:
        return f"none: {error}"


def _remedy(published: Path) -> str:
    again = (
        f"run {published.name} and publish it again: dvc repro --force --single-item "
        f"publish@{published.name}"
    )
    if not (published / REGISTRY_FILE).exists():
        return f"Then {again}"
    return f"Get the published files back with: dvc checkout {published}\nOr {again}"
