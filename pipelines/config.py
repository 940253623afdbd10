# SPDX-License-Identifier: Apache-2.0
"""params.yaml as frozen dataclasses; every value is checked when the file is read."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from components.core.errors import UsageError
from components.core.records import load_yaml, read_record, unknown_name
from components.evaluator.gate import Rule, read_rules
from pipelines.families import FAMILIES, Family

PARAMS_FILE = "params.yaml"


@dataclass(frozen=True)
class DatasetConfig:
    """Variant and splits of one data set."""

    variant: str
    """Folder under data/raw/<dataset>; its source list has the variants."""

    validation_share: float
    """Part of the training items held out for model selection, between 0 and 0.5."""

    split_salt: str
    """Another salt holds out other items: the split is a hash of salt and group."""

    test_share: float = 0.0
    """Part held out for testing if the publisher has no test set: items, or the end of
    a text."""

    tokens: Literal["words", "characters"] = "words"
    """Kind of the tokens of a text."""

    def __post_init__(self) -> None:
        if not 0 <= self.test_share < 0.5:
            raise ValueError(
                "test_share must be at least 0 and below 0.5.\n"
                f"Received {self.test_share}."
            )
        if not 0 < self.validation_share < 0.5:
            raise ValueError(
                "validation_share must lie between 0 and 0.5.\n"
                f"Received {self.validation_share}."
            )


@dataclass(frozen=True)
class RecipeConfig:
    """One data set, one model family, one evaluation."""

    dataset: str
    """A key of `datasets`."""

    family: str
    """A key of `pipelines/families.py`: which trainer and which evaluator run."""

    needs: str
    """A published model this recipe reads, or any committed file if there is none."""

    seed: int
    """Seeds weights, shuffling, augmentation and dropout."""

    trainer: Mapping[str, Any]
    """Parameters of the trainer module; its `Params` documents and checks them."""

    gate: Mapping[str, Any]
    """Metric -> {min, max, not_worse_by}: the limits that a model must pass."""

    description: str = ""
    """One line for tables and reports."""

    @cached_property
    def family_spec(self) -> Family:
        """The code of the recipe's family."""
        return FAMILIES[self.family]

    @cached_property
    def params(self) -> Any:
        """The trainer's `Params`, checked."""
        return read_record(self.family_spec.params_class, self.trainer, "trainer")

    @cached_property
    def rules(self) -> tuple[Rule, ...]:
        """The gate, checked."""
        return read_rules(self.gate, "gate", self.family_spec.known_metrics)


@dataclass(frozen=True)
class BeamConfig:
    """Options of Beam for the data steps."""

    pipeline_args: tuple[str, ...]
    """Options of the Beam runner, as on its command line."""


@dataclass(frozen=True)
class ParamsFile:
    """The content of params.yaml."""

    datasets: Mapping[str, DatasetConfig]
    """Name -> data set."""

    recipes: Mapping[str, RecipeConfig]
    """Name -> recipe."""

    beam: BeamConfig
    """Beam, for all data sets."""


@dataclass(frozen=True)
class Config(ParamsFile):
    """The content of params.yaml, with its folder."""

    root: Path
    """The project's root folder."""

    def recipe(self, name: str) -> RecipeConfig:
        """The recipe of that name; a `UsageError` names the nearest valid one."""
        if name not in self.recipes:
            raise UsageError(unknown_name(name, self.recipes, "unknown recipe"))
        return self.recipes[name]

    def dataset(self, name: str) -> DatasetConfig:
        """The data set of that name; a `UsageError` names the nearest valid one."""
        if name not in self.datasets:
            raise UsageError(unknown_name(name, self.datasets, "unknown data set"))
        return self.datasets[name]


def load_config(root: Path) -> Config:
    """Read and check params.yaml.

    Args:
        root: The project's root folder.

    Raises:
        UsageError: With what was received, what was expected and its place in the file.
    """
    file = read_record(ParamsFile, load_yaml(root / PARAMS_FILE), PARAMS_FILE)
    config = Config(**vars(file), root=root)
    for name, recipe in config.recipes.items():
        _check_recipe(config, recipe, f"{PARAMS_FILE}, recipes.{name}")
    return config


def _check_recipe(config: Config, recipe: RecipeConfig, where: str) -> None:
    if recipe.dataset not in config.datasets:
        raise UsageError(
            unknown_name(recipe.dataset, config.datasets, f"{where}.dataset: unknown")
        )
    if recipe.family not in FAMILIES:
        raise UsageError(
            unknown_name(recipe.family, FAMILIES, f"{where}.family: unknown")
        )
    try:
        _ = recipe.params, recipe.rules
    except UsageError as error:
        raise UsageError(f"{where}.{error}") from None
