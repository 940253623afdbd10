# SPDX-License-Identifier: Apache-2.0
"""params.yaml and book/params.yaml as frozen dataclasses, checked when they are read.

Recipes are looked up in both files: first in params.yaml, which has the core, then in
book/params.yaml, which a project may lack. A name in both is an error.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final, Literal

from components.core.errors import UsageError
from components.core.records import read_record, unknown_name
from components.core.yaml_files import load_yaml
from components.evaluator.gate import Threshold, read_gate
from pipelines.families import FAMILIES, Family

PARAMS_FILE: Final = "params.yaml"
BOOK_FILE: Final = "book/params.yaml"
BOOK_STAGES: Final = "book/dvc.yaml"
# Value of `needs` of a recipe that reads no published model.
NO_RECIPE: Final = "none"


@dataclass(frozen=True)
class DatasetConfig:
    """Variant and splits of one data set."""

    variant: str
    """Folder under data/raw/<dataset>; its source list has the variants."""

    validation_share: float
    """Part of the training items held out for model selection, between 0 and 0.5."""

    split_salt: str
    """Another salt holds out other items: the split is a hash of salt and group."""

    split: Literal["hash", "stratified"] = "hash"
    """`hash`: items are held out by their hash alone, so more items change the split of
    none. `stratified`: each class, or each tenth of the numbers, has the same shares,
    which small data need."""

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
    """The recipe whose published model this one reads, or `none`."""

    seed: int
    """Seeds weights, shuffling, augmentation and dropout."""

    trainer: Mapping[str, Any]
    """Parameters of the trainer module; its `Params` documents and checks them."""

    gate: Mapping[str, Any]
    """Metric -> {min, max, not_worse_by}: the limits that a model must pass."""

    description: str = ""
    """One line for tables and reports."""

    may_be_refused: bool = False
    """Whether `dvc repro` ends well if the gate refuses the model, for a recipe whose
    gate asks for data or weights that not every machine has."""

    @property
    def needed_recipe(self) -> str | None:
        """The recipe whose published model this one reads; None if it reads none."""
        return None if self.needs == NO_RECIPE else self.needs

    @cached_property
    def family_spec(self) -> Family:
        """The code of the recipe's family."""
        return FAMILIES[self.family]

    @cached_property
    def params(self) -> Any:
        """The trainer's `Params`, checked."""
        return read_record(self.family_spec.params_class, self.trainer, "trainer")

    @cached_property
    def thresholds(self) -> tuple[Threshold, ...]:
        """The gate, checked."""
        family = self.family_spec
        return read_gate(self.gate, "gate", family.metric_names, family.renamed_metrics)


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
class BookFile:
    """The content of book/params.yaml."""

    recipes: Mapping[str, RecipeConfig]
    """Name -> recipe."""


@dataclass(frozen=True)
class Config(ParamsFile):
    """All parameters of a project: the recipes are those of both files."""

    root: Path
    """The project's root folder."""

    book: frozenset[str] = frozenset()
    """Names of the recipes of book/params.yaml."""

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

    def stage(self, kind: str, recipe: str) -> str:
        """The address of a recipe's DVC stage, as `dvc repro` takes it.

        Example:
            >>> config.stage("publish", "mnist-lenet")
            'book/dvc.yaml:publish@mnist-lenet'
        """
        name = f"{kind}@{recipe}"
        return f"{BOOK_STAGES}:{name}" if recipe in self.book else name


def load_config(root: Path) -> Config:
    """Read and check params.yaml and, if there is one, book/params.yaml.

    Args:
        root: The project's root folder.

    Raises:
        UsageError: With what was received, what was expected and its place in the file.
    """
    core = read_record(ParamsFile, load_yaml(root / PARAMS_FILE), PARAMS_FILE)
    book = _read_book(root)
    for name in core.recipes.keys() & book.keys():
        raise UsageError(
            f"{BOOK_FILE}, recipes.{name}: {PARAMS_FILE} has a recipe of this name.\n"
            "Rename one of them: reports, metrics and models are called by the name."
        )
    config = Config(
        datasets=core.datasets,
        recipes={**core.recipes, **book},
        beam=core.beam,
        root=root,
        book=frozenset(book),
    )
    for name, recipe in config.recipes.items():
        file = BOOK_FILE if name in book else PARAMS_FILE
        _check_recipe(config, recipe, f"{file}, recipes.{name}")
    return config


def _read_book(root: Path) -> Mapping[str, RecipeConfig]:
    path = root / BOOK_FILE
    if not path.exists():
        return {}
    return read_record(BookFile, load_yaml(path), BOOK_FILE).recipes


def _check_recipe(config: Config, recipe: RecipeConfig, where: str) -> None:
    if recipe.dataset not in config.datasets:
        raise UsageError(
            unknown_name(recipe.dataset, config.datasets, f"{where}.dataset: unknown")
        )
    if recipe.needs not in (NO_RECIPE, *config.recipes):
        valid = (NO_RECIPE, *config.recipes)
        raise UsageError(
            unknown_name(recipe.needs, valid, f"{where}.needs: unknown recipe")
        )
    if recipe.family not in FAMILIES:
        raise UsageError(
            unknown_name(recipe.family, FAMILIES, f"{where}.family: unknown")
        )
    try:
        _ = recipe.params, recipe.thresholds
    except UsageError as error:
        raise UsageError(f"{where}.{error}") from None
