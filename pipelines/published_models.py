# SPDX-License-Identifier: Apache-2.0
"""Published models that a run reads, by path and hash: its baseline and its needs."""

from pathlib import Path

from components.core.errors import UsageError
from components.core.hashing import hash_directory
from components.core.project import project_root
from components.model_store.published import (
    PublishedModel,
    newest_other,
    read_provenance,
    version_numbers,
)
from pipelines.config import load_config

# A recipe that needs no model names a committed file instead: DVC wants a path.
_MODELS = "models/"

# The graph's node FindBaseline runs the same code, on a cluster on an object store.
Baseline = PublishedModel
__all__ = ["Baseline", "find_baseline", "published_versions", "read_provenance"]


def published_folder(recipe: str) -> str:
    """Where a recipe's models are published, relative to the project's root."""
    return f"models/{recipe}"


def find_baseline(root: Path, recipe: str, model_key: str) -> Baseline:
    """Find the newest published version that another configuration made.

    Args:
        root: The project's root folder.
        recipe: Name of the recipe.
        model_key: Hash of all that determines the candidate.
    """
    return newest_other(published_folder(recipe), model_key, root)


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
    published = published_folder(recipe)
    return [root / published / str(n) for n in version_numbers(published, root)]


def model_of(recipe: str) -> Path:
    """The folder of the model that a user means who names a recipe.

    Raises:
        UsageError: If there is no such recipe, or nothing of it is published.
    """
    root = project_root()
    load_config(root).recipe(recipe)
    return newest_published(root, recipe)


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
