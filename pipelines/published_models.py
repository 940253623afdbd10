# SPDX-License-Identifier: Apache-2.0
"""Published models that a run reads, by path and hash: baseline and needed model."""

from pathlib import Path
from typing import Any

from components.core.errors import ProdlError, UsageError
from components.core.project import project_root
from components.model_store.published import (
    PublishedModel,
    newest_other,
    read_provenance,
    version_numbers,
)
from components.model_store.registry import RegisteredVersion, require_intact
from pipelines.config import Config, load_config


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


def find_needed_model(config: Config, recipe: str) -> PublishedModel | None:
    """Find the newest version of the published model that a recipe reads.

    Args:
        config: All parameters.
        recipe: Name of the recipe that reads it.

    Returns:
        None if the recipe needs no model.

    Raises:
        UsageError: If none is published, with the command that makes one.
        ModelRefused: As `newest_published`.
    """
    needed = config.recipe(recipe).needed_recipe
    if needed is None:
        return None
    version = newest_published(config, needed)
    uri = str(version.relative_to(config.root))
    return PublishedModel(uri, _intact(version).sha256)


def recorded_need(version: Path) -> PublishedModel:
    """The published model that a version was measured with; empty for none.

    Raises:
        ProdlError: If that model is not there any more.
    """
    needs: Any = read_provenance(version).get("needs")
    if not needs:
        return PublishedModel()
    if not (project_root() / needs["uri"]).is_dir():
        raise ProdlError(
            f"the model that it was measured with, {needs['uri']}, was removed since: "
            "a newer one is published.\nGet it back from the commit of that time: git "
            f"checkout COMMIT dvc.lock, then dvc checkout {Path(needs['uri']).parent}"
        )
    return PublishedModel(needs["uri"], needs["sha256"])


def published_versions(root: Path, recipe: str) -> list[Path]:
    """Folders of a recipe's published versions, newest first."""
    published = published_folder(recipe)
    return [root / published / str(n) for n in version_numbers(published, root)]


def published_model_of(recipe: str) -> Path:
    """Folder of the newest published model of a recipe of this project.

    Raises:
        UsageError: If there is no such recipe, or nothing of it is published.
        ModelRefused: As `newest_published`.
    """
    config = load_config(project_root())
    config.recipe(recipe)
    return newest_published(config, recipe)


def newest_published(config: Config, recipe: str) -> Path:
    """Folder of a recipe's newest published version.

    Raises:
        UsageError: If none is published, with the command that makes one.
        ModelRefused: If it is not registered, or its files are not those that were
            published.
    """
    versions = published_versions(config.root, recipe)
    if not versions:
        raise UsageError(
            f"no model of {recipe!r} is published.\n"
            f"Make one with: dvc repro {config.stage('publish', recipe)}"
        )
    _intact(versions[0])
    return versions[0]


def _intact(version: Path) -> RegisteredVersion:
    return require_intact(version.parent, int(version.name))
