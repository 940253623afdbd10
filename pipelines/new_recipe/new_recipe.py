# SPDX-License-Identifier: Apache-2.0
"""Write a recipe like another one, or of a family, fitted to its data."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Final

from components.core.errors import UsageError
from components.core.files import write_text
from components.core.shortening import enumerate_names
from components.core.yaml_files import parse_yaml
from components.ingest.source_list import read_source_list
from pipelines.config import (
    NO_RECIPE,
    PARAMS_FILE,
    Config,
    DatasetConfig,
    RecipeConfig,
    check_recipe_name,
    load_config,
)
from pipelines.families import FAMILIES
from pipelines.new_recipe.block import comment_lines, entry_lines
from pipelines.new_recipe.fitted import FittedRecipe, Limit
from pipelines.new_recipe.items import read_recipe_items
from pipelines.new_recipe.start import new_recipe_command, start_recipe
from pipelines.params_text import add_block

_NAME: Final = re.compile(r"[a-z0-9]+([-_][a-z0-9]+)*")
# Evaluator whose models answer with one of the classes of a picture.
_CLASSIFICATION: Final = "components.evaluator.classification"


@dataclass(frozen=True)
class NewRecipe:
    """What was written."""

    name: str
    """Name of the recipe."""

    block: str
    """Its lines in params.yaml."""

    fitted: FittedRecipe
    """What was fitted to the data."""


def new_recipe(
    root: Path, name: str, like: str = "", dataset: str = "", family: str = ""
) -> NewRecipe:
    """Write a recipe into params.yaml.

    Args:
        root: The project's root folder.
        name: Name of the new recipe.
        like: The recipe whose family and settings it takes. Defaults to none.
        dataset: Its data set. Defaults to that of `like`.
        family: Its family, instead of `like`. Defaults to none.

    Raises:
        UsageError: The name is taken or wrong, there is no such recipe, family or data
            set, the family does not fit the data, or `like` and `family` are both
            there or both away.
        DataNotObtainable: The raw files are not there.
    """
    config = load_config(root)
    _check_name(config, name)
    if bool(like) == bool(family) or (family and not dataset):
        raise UsageError(
            "expected --like RECIPE, or --family FAMILY with --data DATASET.\n"
            f"Recipes: {enumerate_names(config.recipes) or 'none yet'}."
        )
    if like:
        model = config.recipe(like)
        data = dataset or model.dataset
        settings = config.dataset(data)
        _check_modality(config, like, model, data)
    else:
        data, settings = dataset, config.dataset(dataset)
        model = start_recipe(family, data, read_source_list(root, data).modality)
    needs = _needs(config, like, model, data)
    fitted = fit_recipe(root, data, settings, model.family, model.trainer)
    gate = fitted.gate or tuple(_kept_gate(like, model))
    own = tuple(_own_limits(like, model))
    names = {limit.metric for limit in own}
    gate = tuple(limit for limit in gate if limit.metric not in names)
    if data == model.dataset:
        gate = (*gate, *own)
    fitted = replace(fitted, gate=gate)
    block = "".join(
        f"{line}\n" for line in _block(name, like, model, data, needs, fitted)
    )
    _write(root, name, block)
    return NewRecipe(name, block, fitted)


def fit_recipe(
    root: Path,
    dataset: str,
    settings: DatasetConfig,
    family: str,
    trainer: Mapping[str, Any],
) -> FittedRecipe:
    """Fit the sizes of a training and the limits of a gate to the data.

    Args:
        root: The project's root folder.
        dataset: Name of the data set.
        settings: Its variant and its splits.
        family: A key of `pipelines/families.py`.
        trainer: Parameters that stay where nothing is fitted.

    Returns:
        Parameters and limits; for a family without rivals the parameters as they were,
        and no limit.

    Raises:
        DataNotObtainable: The raw files are not there.
        DataRefused: They hold too little to fit anything to.
    """
    fit = _FITS.get(FAMILIES[family].evaluator)
    return fit(root, dataset, settings, trainer) if fit else FittedRecipe(trainer, ())


def _check_name(config: Config, name: str) -> None:
    if not _NAME.fullmatch(name):
        raise UsageError(
            "NAME: expected words of small letters and digits with hyphens, as in "
            f"'birds-cnn'.\nReceived {name!r}."
        )
    check_recipe_name(name, config.datasets)
    if parse_yaml(name, "NAME") != [name]:
        raise UsageError(
            f"NAME: YAML takes {name!r} for no text.\nChoose another name."
        )
    if name in config.recipes:
        raise UsageError(
            f"recipe {name!r} exists already.\nChoose another name, or edit its block "
            f"in {PARAMS_FILE}."
        )


def _check_modality(
    config: Config, like: str, model: RecipeConfig, dataset: str
) -> None:
    modality = read_source_list(config.root, dataset).modality
    taken = model.family_spec.modalities
    if modality in taken:
        return
    fitting = [
        name
        for name, recipe in config.recipes.items()
        if modality in recipe.family_spec.modalities
    ]
    remedy = (
        f"Recipes that fit: {', '.join(fitting)}."
        if fitting
        else "No recipe here fits. Make one: "
        + new_recipe_command(config, dataset, modality)
    )
    raise UsageError(
        f"recipe {like!r} is of the family {model.family!r}, which takes "
        f"{' or '.join(taken)} data.\nReceived {dataset!r}, which is {modality} data. "
        f"{remedy}"
    )


def _needs(config: Config, like: str, model: RecipeConfig, dataset: str) -> str:
    """The recipe whose published model the new one reads, of the same data set."""
    if model.needs == NO_RECIPE or dataset == model.dataset:
        return model.needs
    needed = config.recipe(model.needs)
    for name, recipe in config.recipes.items():
        is_such = recipe.family_spec.evaluator == needed.family_spec.evaluator
        if recipe.dataset == dataset and is_such:
            return name
    is_classifier = needed.family_spec.evaluator == _CLASSIFICATION
    kind = "classifier" if is_classifier else needed.family
    new = f"{dataset.replace('_', '-')}-{'cnn' if is_classifier else kind}"
    raise UsageError(
        f"recipe {like!r} reads the published model of {model.needs!r}, a {kind} "
        f"of its own data.\nReceived {dataset!r}, which has no {kind}. Make one "
        f"first: prodl new recipe {new} --like {model.needs} --data {dataset}"
    )


def _kept_gate(like: str, model: RecipeConfig) -> Iterator[Limit]:
    """The gate of the other recipe; its first limit says so."""
    reason = f"As {like}: no rival is fitted for the family {model.family}."
    for metric, limits in model.gate.items():
        yield Limit(metric, limits, reason)
        reason = ""


def _own_limits(like: str, model: RecipeConfig) -> Iterator[Limit]:
    """Limits of the other recipe on metrics of the user's own, and gates by path."""
    own = {gate.path for gate in model.own_gates}
    own |= set(model.own_metric_names)
    for metric, limits in model.gate.items():
        if metric in own:
            yield Limit(metric, limits, f"As {like}, which has it of your own.")


def _own_keys(model: RecipeConfig) -> list[str]:
    """What of a recipe is a user's own code for its data."""
    keys = {
        "preprocess": model.preprocess,
        "metrics": model.metrics,
        "gates by import path": model.own_gates,
    }
    return [key for key, value in keys.items() if value]


def _fit_table(
    root: Path, dataset: str, settings: DatasetConfig, trainer: Mapping[str, Any]
) -> FittedRecipe:
    # Here and below, because they import scikit-learn.
    from pipelines.new_recipe.tables import fit_table

    return fit_table(read_recipe_items(root, dataset, settings), trainer)


def _fit_pictures(
    root: Path, dataset: str, settings: DatasetConfig, trainer: Mapping[str, Any]
) -> FittedRecipe:
    from pipelines.new_recipe.pictures import fit_pictures, see

    look = partial(see, source_list=read_source_list(root, dataset))
    return fit_pictures(read_recipe_items(root, dataset, settings, look), trainer)


def _fit_texts(
    root: Path, dataset: str, settings: DatasetConfig, trainer: Mapping[str, Any]
) -> FittedRecipe:
    from pipelines.new_recipe.texts import fit_texts

    data = read_recipe_items(root, dataset, settings)
    return fit_texts(data, trainer, settings.tokens)


def _fit_ratings(
    root: Path, dataset: str, settings: DatasetConfig, trainer: Mapping[str, Any]
) -> FittedRecipe:
    from pipelines.new_recipe.ratings import fit_ratings

    return fit_ratings(read_recipe_items(root, dataset, settings), trainer)


Fit = Callable[[Path, str, DatasetConfig, Mapping[str, Any]], FittedRecipe]
# Evaluation -> what is fitted for it; the others keep the settings of the model.
_FITS: Final[Mapping[str, Fit]] = {
    "components.evaluator.table": _fit_table,
    _CLASSIFICATION: _fit_pictures,
    "components.evaluator.language": _fit_texts,
    "components.evaluator.ratings": _fit_ratings,
}


def _block(
    name: str,
    like: str,
    model: RecipeConfig,
    dataset: str,
    needs: str,
    fitted: FittedRecipe,
) -> Iterator[str]:
    yield f"  {name}:"
    if fitted.figures:
        figures = "; ".join(f"{rival}: {one}" for rival, one in fitted.figures.items())
        yield from comment_lines(f"Rivals on the test split: {figures}.", 4)
    if keys := enumerate_names(_own_keys(model)):
        text = f"As {like}: {keys}."
        if dataset != model.dataset:
            text = f"Not taken from {like}, as written for {model.dataset}: {keys}."
        yield from comment_lines(text, 4)
    kind = f"like {like} and" if like else model.family
    yield from entry_lines("description", f"{kind} fitted to {dataset}", 4)
    settings = {"dataset": dataset, "family": model.family}
    if needs != NO_RECIPE:
        settings["needs"] = needs
    for key, value in settings.items():
        yield from entry_lines(key, value, 4)
    yield from entry_lines("seed", model.seed, 4)
    # Only the same data are sure to have the columns that a user's own code expects.
    own = (
        model if dataset == model.dataset else replace(model, preprocess="", metrics=())
    )
    if own.preprocess:
        yield from entry_lines("preprocess", own.preprocess, 4)
    if model.filters:
        yield from entry_lines("filters", list(model.filters), 4)
    if model.whitening != "none":
        yield from entry_lines("whitening", model.whitening, 4)
    if own.metrics:
        yield from entry_lines("metrics", list(own.metrics), 4)
    yield "    trainer:"
    for key, value in fitted.trainer.items():
        yield from entry_lines(key, value, 6, beside=fitted.notes.get(key, ""))
    yield "    gate:"
    for limit in fitted.gate:
        yield from entry_lines(limit.metric, dict(limit.limits), 6, limit.reason)


def _write(root: Path, name: str, block: str) -> None:
    """Write the block; the former file is back if the new one is not valid."""
    path = root / PARAMS_FILE
    former = path.read_text(encoding="utf-8")
    write_text(path, add_block(former, "recipes", name, block))
    try:
        load_config(root)
    except BaseException:
        write_text(path, former)
        raise
