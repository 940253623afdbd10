# SPDX-License-Identifier: Apache-2.0
"""Published models that a run reads, by path and hash: its baseline and its needs."""

import json
from dataclasses import dataclass
from pathlib import Path

from components.errors import UsageError
from components.hashing import hash_directory
from components.published import PublishedModel

# A recipe that needs no model names a committed file instead: DVC wants a path.
_MODELS = "models/"


@dataclass(frozen=True)
class Baseline:
    """A published model version.

    Attributes:
        uri: Its folder, relative to the project's root; empty if there is none.
        sha256: Hash of the folder; empty if there is none.
    """

    uri: str = ""
    sha256: str = ""


def find_baseline(root: Path, recipe: str, model_key: str) -> Baseline:
    """Find the newest published version that another configuration made.

    A version with the candidate's own key is passed over: it is what the candidate
    would become, so the candidate is judged against what that one was judged against,
    and a repeated run finds its evaluation in the cache.

    Args:
        root: The project's root folder.
        recipe: Name of the recipe.
        model_key: Hash of all that determines the candidate.
    """
    for version in published_versions(root, recipe):
        if read_provenance(version).get("model_key") != model_key:
            return Baseline(str(version.relative_to(root)), hash_directory(version))
    return Baseline()


def find_needs(root: Path, needs: str) -> PublishedModel | None:
    """Find the newest version of the published model that a recipe reads.

    Args:
        root: The project's root folder.
        needs: What params.yaml says, as in `models/mnist-cnn`.

    Returns:
        None if the recipe needs no model.

    Raises:
        UsageError: If none is published, with the command that makes one.
    """
    if not needs.startswith(_MODELS):
        return None
    version = newest_published(root, needs.removeprefix(_MODELS).strip("/"))
    return PublishedModel(str(version.relative_to(root)), hash_directory(version))


def published_versions(root: Path, recipe: str) -> list[Path]:
    """Folders of a recipe's published versions, newest first."""
    folder = root / "models" / recipe
    versions = [path for path in folder.glob("*") if path.name.isdigit()]
    return sorted(versions, key=lambda path: int(path.name), reverse=True)


def newest_published(root: Path, recipe: str) -> Path:
    """The folder of a recipe's newest published version.

    Raises:
        UsageError: If none is published, with the command that makes one.
    """
    versions = published_versions(root, recipe)
    if not versions:
        raise UsageError(
            f"no model of {recipe!r} is published.\n"
            f"Make one with: dvc repro publish@{recipe}"
        )
    return versions[0]


def read_provenance(model: Path) -> dict[str, object]:
    """The provenance.json of a model folder; empty where there is none."""
    path = model / "provenance.json"
    if not path.exists():
        return {}
    return dict(json.loads(path.read_text(encoding="utf-8")))
