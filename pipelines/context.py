# SPDX-License-Identifier: Apache-2.0
"""The inputs of one command, resolved once: settings, source list, data and models."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from components.contracts.modality import find_modality
from components.core.errors import UsageError
from components.ingest.source_list import SourceList, read_source_list
from components.model_store.published import PublishedModel
from pipelines.config import Config, DatasetConfig, RecipeConfig
from pipelines.data_version import (
    DataVersion,
    read_data_version,
    recorded_data_version,
)
from pipelines.model_key import model_key
from pipelines.published_models import find_needed_model

ReadVersion = Callable[[Path, SourceList, str], DataVersion]


@dataclass(frozen=True)
class RunContext:
    """A recipe, or a data set alone, with everything that a run of it is built from.

    The properties that hash files or code do so at their first use, once.
    """

    config: Config
    """All parameters."""

    source_list: SourceList
    """Source list of the data set."""

    data: DataVersion
    """The data version."""

    recipe_name: str = ""
    """Name of the recipe; empty for the data steps alone."""

    @property
    def root(self) -> Path:
        """The project's root folder."""
        return self.config.root

    @property
    def name(self) -> str:
        """Name of the recipe or, for the data steps alone, of the data set."""
        return self.recipe_name or self.data.dataset

    @property
    def dataset(self) -> DatasetConfig:
        """Settings of the data set."""
        return self.config.dataset(self.data.dataset)

    @property
    def recipe(self) -> RecipeConfig:
        """The recipe; a `UsageError` if the context is of a data set alone."""
        return self.config.recipe(self.recipe_name)

    @cached_property
    def needed_model(self) -> PublishedModel | None:
        """The published model that the recipe reads; None if it reads none."""
        return find_needed_model(self.config, self.recipe_name)

    @cached_property
    def model_key(self) -> str:
        """Hash of everything that determines the recipe's model."""
        return model_key(
            self.root,
            self.recipe,
            self.dataset,
            self.source_list,
            self.data,
            self.needed_model,
        )


def recipe_context(config: Config, name: str) -> RunContext:
    """Resolve a recipe with the raw files that are on this machine.

    Raises:
        UsageError: If there is no such recipe.
        DataNotObtainable: If a raw file is missing.
    """
    return _resolve(config, config.recipe(name).dataset, name, read_data_version)


def recorded_context(config: Config, name: str) -> RunContext:
    """Resolve a recipe with the data that dvc.lock records: what a cluster pulls.

    Raises:
        UsageError: If there is no such recipe.
        DataNotObtainable: If dvc.lock has no entry and a raw file is missing.
    """
    return _resolve(config, config.recipe(name).dataset, name, recorded_data_version)


def dataset_context(config: Config, dataset: str) -> RunContext:
    """Resolve a data set alone, with the raw files that are on this machine.

    Raises:
        UsageError: If there is no such data set.
        DataNotObtainable: If a raw file is missing.
    """
    return _resolve(config, dataset, "", read_data_version)


def _resolve(
    config: Config, dataset: str, recipe_name: str, read_version: ReadVersion
) -> RunContext:
    variant = config.dataset(dataset).variant
    source_list = read_source_list(config.root, dataset)
    if recipe_name:
        _check_preprocess(config, recipe_name, source_list)
        _check_pixels(config, recipe_name, source_list)
    data = read_version(config.root, source_list, variant)
    return RunContext(config, source_list, data, recipe_name)


def _check_preprocess(config: Config, name: str, source_list: SourceList) -> None:
    path = config.recipe(name).preprocess
    if path and not find_modality(source_list.modality).takes_preprocessing:
        raise UsageError(
            f"recipes.{name}.preprocess: expected none for {source_list.dataset!r}, "
            f"whose items are raw pixels.\nReceived {path!r}. Change pixels in the "
            "network: trainer.network (docs/own_project.md)."
        )


def _check_pixels(config: Config, name: str, source_list: SourceList) -> None:
    recipe = config.recipe(name)
    if recipe.prepares_pixels and not source_list.item_kind.has_one_image_shape:
        key = "filters" if recipe.filters else "whitening"
        raise UsageError(
            f"recipes.{name}.{key}: expected none for {source_list.dataset!r}, whose "
            "items are no images of one size.\nReceived "
            f"{', '.join(recipe.filters) or recipe.whitening}."
        )
