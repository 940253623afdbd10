# SPDX-License-Identifier: Apache-2.0
"""params.yaml and book/params.yaml as frozen dataclasses, checked when they are read.

Recipes are looked up in both files: first in params.yaml, which has the core, then in
book/params.yaml, which a project may lack. A name in both is an error.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Final, Literal, TypeVar

from components.contracts.image_filters import Whitening, parse_filter
from components.core.errors import ErrorList, UsageError
from components.core.records import read_record, unknown_name
from components.core.shortening import quote, shorten
from components.core.yaml_files import load_yaml
from components.evaluator.gate import Threshold, read_gate
from components.evaluator.own_gates import OwnGate, read_own_gates
from components.evaluator.own_metric_names import own_metric_name
from components.ingest.beam.split import SplitKind, SplitRule
from components.ingest.source_list import read_source_list
from pipelines.families import FAMILIES, Family

PARAMS_FILE: Final = "params.yaml"
BOOK_FILE: Final = "book/params.yaml"
BOOK_STAGES: Final = "book/dvc.yaml"
Part = TypeVar("Part")
# Value of `needs` of a recipe that reads no published model.
NO_RECIPE: Final = "none"
_RECIPE_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
# `reports/data` has the pages of the data sets.
_TAKEN: Final = ("data", NO_RECIPE)


@dataclass(frozen=True)
class DatasetConfig:
    """Variant and splits of one data set."""

    variant: str
    """Folder under data/raw/<dataset>; its source list has the variants."""

    validation_share: float
    """Part of the training items held out for model selection, between 0 and 0.5."""

    split_salt: str
    """Another salt holds out other items: the split is a hash of salt and group."""

    split: SplitKind = "hash"
    """`hash`: items are held out by their hash alone, so more items change the split of
    none. `stratified`: each class, or each tenth of the numbers, has the same shares,
    which small data need. Of ratings, of which the last of each user are held out:
    `fold_1` to `fold_5` tests on the publisher's set of that number."""

    test_share: float = 0.0
    """Part held out for testing if the publisher has no test set: items, the end of a
    text, or the last ratings of each user."""

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

    @property
    def split_rule(self) -> SplitRule:
        """Parameters of the splits, as Ingest takes them."""
        return SplitRule(
            salt=self.split_salt,
            validation_share=self.validation_share,
            test_share=self.test_share,
            split=self.split,
        )


@dataclass(frozen=True)
class RecipeConfig:
    """One data set, one model family, one evaluation."""

    dataset: str
    """A key of `datasets`."""

    family: str
    """A key of `pipelines/families.py`: which trainer and which evaluator run."""

    seed: int
    """Seeds weights, shuffling, augmentation and dropout."""

    trainer: Mapping[str, Any]
    """Parameters of the trainer module; its `Params` documents and checks them."""

    gate: Mapping[str, Any]
    """Metric -> {min, max, not_worse_by}: the limits that a model must pass."""

    needs: str = NO_RECIPE
    """The recipe whose published model this one reads, or `none`."""

    preprocess: str = ""
    """Import path of a preprocessing function of your own, such as
    mine.preprocess.preprocessing_fn (docs/own_project.md); empty for none."""

    filters: tuple[str, ...] = ()
    """Filters of a classifier's images in Transform, in words
    (components/contracts/image_filters.py): one after the other."""

    whitening: Whitening = "none"
    """Whitening of a classifier's images in Transform, fitted to the training split
    (components/transform/whitening.py): `pca` for networks of dense layers, `zca` also
    for convolutions; or `none`."""

    metrics: tuple[str, ...] = ()
    """Import paths of metrics of your own, (labels, predictions) -> float; that of
    mine.metrics.cost is `test_cost` (docs/own_project.md)."""

    description: str = ""
    """One line for tables and reports."""

    may_be_refused: bool = False
    """Whether `dvc repro` ends well if the gate refuses the model, for a recipe whose
    gate asks for data or weights that not every machine has."""

    @property
    def prepares_pixels(self) -> bool:
        """Whether Transform filters or whitens the images."""
        return bool(self.filters) or self.whitening != "none"

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
        return self.read_thresholds(self.family_spec.metric_names)

    def read_thresholds(self, names: Iterable[str]) -> tuple[Threshold, ...]:
        """Read the gate; names of metrics may be these and those of the user's own.

        Args:
            names: Names of metrics.

        Raises:
            UsageError: If something in the gate is wrong.
        """
        known = (*names, *self.own_metric_names)
        return read_gate(self.gate, "gate", known, self.family_spec.renamed_metrics)

    @cached_property
    def own_gates(self) -> tuple[OwnGate, ...]:
        """The gates of the user's own, checked."""
        return read_own_gates(self.gate, "gate")

    @cached_property
    def own_metric_names(self) -> tuple[str, ...]:
        """Names of the metrics of the user's own, checked."""
        family = self.family_spec
        names = tuple(map(own_metric_name, self.metrics))
        if names and not family.has_answers:
            raise UsageError(
                f"metrics: expected none for the family {self.family!r}, which gives "
                f"no labels or numbers.\nReceived {', '.join(self.metrics)}."
            )
        for path, name in zip(self.metrics, names, strict=True):
            if name in family.metric_names or names.count(name) > 1:
                raise UsageError(
                    f"metrics: expected functions with names of their own; {name!r} is "
                    f"a metric already.\nReceived {path!r}."
                )
        return names

    @property
    def own_evaluation(self) -> tuple[str, ...]:
        """Import paths of the user's own metrics and gates."""
        return (*self.metrics, *(gate.path for gate in self.own_gates))

    @property
    def own_code(self) -> Mapping[str, str]:
        """Key of the recipe -> import path, of all code of the user's own."""
        network = getattr(self.params, "network", "")
        return {
            **({"trainer.network": network} if network else {}),
            **({"preprocess": self.preprocess} if self.preprocess else {}),
            **{f"metrics[{i}]": path for i, path in enumerate(self.metrics)},
            **{f"gate.{gate.path}": gate.path for gate in self.own_gates},
        }


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

    known_datasets: frozenset[str] = frozenset()
    """Names of all data sets, also of those whose values are invalid, where errors are
    collected."""

    unread: Mapping[str, str] = field(default_factory=dict)
    """Recipes whose values are invalid, where errors are collected -> data set of each,
    "" if unknown."""

    def recipe(self, name: str) -> RecipeConfig:
        """The recipe of that name; a `UsageError` names the nearest valid one."""
        if name not in self.recipes:
            raise UsageError(unknown_name(name, self.recipes, "unknown recipe"))
        return self.recipes[name]

    def dataset(self, name: str) -> DatasetConfig:
        """The data set of that name; a `UsageError` names the nearest valid one."""
        if name not in self.datasets:
            raise UsageError(unknown_dataset(name, self.datasets))
        return self.datasets[name]

    def place(self, recipe: str) -> str:
        """File and key of a recipe, for messages."""
        file = BOOK_FILE if recipe in self.book else PARAMS_FILE
        return f"{file}, recipes.{recipe}"

    def stage(self, kind: str, recipe: str) -> str:
        """The address of a recipe's DVC stage, as `dvc repro` takes it.

        Example:
            >>> config.stage("publish", "mnist-lenet")
            'book/dvc.yaml:publish@mnist-lenet'
        """
        name = f"{kind}@{recipe}"
        return f"{BOOK_STAGES}:{name}" if recipe in self.book else name


def unknown_dataset(name: str, known: Iterable[str]) -> str:
    """Return the message for an unknown data set, with the way to make one.

    Args:
        name: The name received.
        known: The data sets that there are.
    """
    return (
        f"{unknown_name(name, known, 'unknown data set')}\n"
        f"A new one is made of your files: prodl new data {shorten(name)} --from PATH"
    )


def load_config(root: Path) -> Config:
    """Read and check params.yaml and, if there is one, book/params.yaml.

    Args:
        root: The project's root folder.

    Raises:
        UsageError: With what was received, what was expected and its place in the file,
            for each wrong value.
    """
    errors = ErrorList()
    config = read_config(root, errors)
    errors.raise_any()
    return config


def read_config(root: Path, errors: ErrorList) -> Config:
    """Read the parameters of a project as far as they are valid.

    Args:
        root: The project's root folder.
        errors: Takes what is wrong with the others.
    """
    core = _read_file(root / PARAMS_FILE, ParamsFile, errors)
    book_file = root / BOOK_FILE
    book = _read_file(book_file, BookFile, errors) if book_file.exists() else {}
    recipes, of_book = _part(core, "recipes"), _part(book, "recipes")
    for name in recipes.keys() & of_book.keys():
        message = (
            f"{BOOK_FILE}, recipes.{name}: {PARAMS_FILE} has a recipe of this name.\n"
            "Rename one of them: reports, metrics and models are called by the name."
        )
        errors.add(UsageError(message))
    every = {**recipes, **of_book}
    valid = _valid(RecipeConfig, every)
    config = Config(
        datasets=_valid(DatasetConfig, _part(core, "datasets")),
        recipes=valid,
        beam=_valid(BeamConfig, {"beam": core.get("beam")}).get("beam", BeamConfig(())),
        root=root,
        book=frozenset(of_book),
        known_datasets=frozenset(_part(core, "datasets")),
        unread={name: _dataset_of(every[name]) for name in every.keys() - valid.keys()},
    )
    # A name of what is there but is invalid is no unknown one.
    named = (_part(core, "datasets"), every)
    for name, recipe in config.recipes.items():
        with errors.collect(f"{config.place(name)}: "):
            check_recipe_name(name, config.known_datasets)
        _check_recipe(recipe, named, root, config.place(name), errors)
    return config


def check_recipe_name(name: str, datasets: Collection[str]) -> None:
    """Check the name of a recipe, by which its folders are called.

    Args:
        name: The name.
        datasets: Names of the data sets, whose runs are called by them.

    Raises:
        UsageError: It is no plain name, or that of something else.
    """
    if not _RECIPE_NAME.fullmatch(name):
        raise UsageError(
            "the name of a recipe: expected letters, digits, hyphens, underscores and "
            f"dots, at most 100.\nReceived {quote(name)}."
        )
    if name in (*_TAKEN, *datasets):
        what = "a data set" if name in datasets else "something else"
        raise UsageError(
            f"the name of a recipe: {name!r} is that of {what}, and reports are called "
            "by the name.\nChoose another name."
        )


def _dataset_of(recipe: object) -> str:
    return str(recipe.get("dataset", "")) if isinstance(recipe, Mapping) else ""


def _read_file(path: Path, cls: Any, errors: ErrorList) -> Mapping[str, Any]:
    """Read a file whose values the error list gets if they are no record."""
    where = BOOK_FILE if cls is BookFile else PARAMS_FILE
    with errors.collect():
        received = load_yaml(path)
        with errors.collect():
            read_record(cls, received, where)
        return received if isinstance(received, Mapping) else {}
    return {}


def _part(content: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    part = content.get(key)
    # As `read_record` reads them: YAML has keys that are no texts.
    return {str(k): v for k, v in part.items()} if isinstance(part, Mapping) else {}


def _valid(cls: type[Part], part: Mapping[str, Any]) -> dict[str, Part]:
    """The records among the values; the others were told with their file."""
    records: dict[str, Part] = {}
    for name, received in part.items():
        with suppress(UsageError):
            records[str(name)] = read_record(cls, received, "")
    return records


def _check_recipe(
    recipe: RecipeConfig,
    named: tuple[Mapping[str, Any], Mapping[str, Any]],
    root: Path,
    where: str,
    errors: ErrorList,
) -> None:
    datasets, recipes = named
    for key, value, known in (
        ("dataset: unknown", recipe.dataset, tuple(datasets)),
        ("needs: unknown recipe", recipe.needs, (NO_RECIPE, *recipes)),
        ("family: unknown", recipe.family, tuple(FAMILIES)),
    ):
        if value not in known:
            errors.add(UsageError(unknown_name(value, known, f"{where}.{key}")))
    if recipe.family in FAMILIES:
        with errors.collect(f"{where}."):
            _check_pixels(recipe)
        with errors.collect(f"{where}."):
            _ = recipe.params
        with errors.collect(f"{where}."):
            _check_gate(recipe, root)
        with errors.collect(f"{where}."):
            _ = recipe.own_gates


def _check_pixels(recipe: RecipeConfig) -> None:
    """Check filters and whitening, which only some networks may have below them."""
    for number, words in enumerate(recipe.filters):
        try:
            parse_filter(words)
        except ValueError as error:
            raise UsageError(f"filters[{number}]: {error}") from None
    if not recipe.prepares_pixels:
        return
    key = "filters" if recipe.filters else "whitening"
    received = ", ".join(recipe.filters) or recipe.whitening
    family = recipe.family_spec.params_class
    if not getattr(family, "TAKES_PREPARED_PIXELS", False):
        raise UsageError(
            f"{key}: expected none for the family {recipe.family!r}, which needs the "
            f"pixels as they are; `cnn` and `rnn` have it.\nReceived {received}."
        )
    if getattr(recipe.params, "base", None):
        raise UsageError(
            f"{key}: expected none with trainer.base, whose weights were trained on "
            f"pictures as they are.\nReceived {received}."
        )


def _check_gate(recipe: RecipeConfig, root: Path) -> None:
    """Check the gate; for a wrong name one is offered that the model can have."""
    try:
        _ = recipe.thresholds
    except UsageError:
        # Only now, since valid settings are read without those of the data set.
        table = None
        with suppress(UsageError):
            table = read_source_list(root, recipe.dataset).table
        if table:
            names = recipe.family_spec.metric_names_for(table.is_regression)
            recipe.read_thresholds(names)
        raise
