# SPDX-License-Identifier: Apache-2.0
"""Published models that a run reads, by path and hash: baseline and needed model."""

from pathlib import Path

from components.core.errors import UsageError
from components.core.hashing import hash_directory
from components.core.project import project_root
from components.model_store.published import (
    PublishedModel,
    newest_other,
    version_numbers,
)
from pipelines.config import load_config

# A recipe that needs no model names a committed file instead: DVC wants a path.
_MODELS = "models/"


def published_folder(recipe: str) -> str:
    """Folder of a recipe's published versions, relative to the project's root."""
    return f"models/{recipe}"


def find_baseline(root: Path, recipe: str, model_key: str) -> PublishedModel:
    """Find the newest published version that another configuration made.

    The node FindBaseline runs the same code, on a cluster on an object store.

    Args:
        root: The project's root folder.
        recipe: Name of the recipe.
        model_key: Hash of everything that determines the candidate.
    """
    return newest_other(published_folder(recipe), model_key, root)


def find_needed_model(root: Path, needs: str) -> PublishedModel | None:
    """Find the newest version of the published model that a recipe reads.

    Args:
        root: The project's root folder.
        needs: `needs` of the recipe, as in `models/mnist-cnn`.

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


def published_model_of(recipe: str) -> Path:
    """Folder of the newest published model of a recipe of this project.

    Raises:
        UsageError: If there is no such recipe, or nothing of it is published.
    """
    root = project_root()
    load_config(root).recipe(recipe)
    return newest_published(root, recipe)


def newest_published(root: Path, recipe: str) -> Path:
    """Folder of a recipe's newest published version.

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
