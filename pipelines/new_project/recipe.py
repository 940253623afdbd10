# SPDX-License-Identifier: Apache-2.0
"""The first recipe of a project: family, settings and gate that fit its data."""

import json
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from components.contracts.table_layout import TableLayout
from components.contracts.table_values import write_date
from components.core.errors import DataRefused
from components.core.records import read_record
from components.core.yaml_files import load_yaml
from pipelines.config import PARAMS_FILE, DatasetConfig
from pipelines.new_data.inspection import Inspection
from pipelines.new_data.yaml_text import flow
from pipelines.new_recipe.fitted import FittedRecipe, batch_size, epochs, picture_side
from pipelines.new_recipe.new_recipe import fit_recipe
from pipelines.new_recipe.start import FIRST_FAMILIES

# What a recipe is called after its data set, where it is not the family.
_SUFFIXES: Final[Mapping[str, str]] = {"language_model": "lstm"}
# A gate asks for this share of what a constant answer loses.
_SHARE: Final = 0.8
# Fewer steps than `prodl new recipe` gives, and smaller pictures: a first model is
# there in a minute.
_TABLE_STEPS: Final = 800
_PICTURE_STEPS: Final = 1_000
_LARGEST_SIDE: Final = 80
# Convolutions of a network of pictures.
_DEEPEST: Final = 4


@dataclass(frozen=True)
class FirstRecipe:
    """The recipe as texts for the templates."""

    name: str
    """Its name."""

    family: str
    """Its family."""

    answer: str
    """What the network answers, in words."""

    network_params: str
    """Parameters of the network, as YAML on one line."""

    trainer: tuple[str, ...]
    """Lines of the other parameters."""

    gate: tuple[str, ...]
    """Lines of the gate."""

    example: str
    """What `prodl predict` may be asked, as a word of the shell."""


def first_recipe(root: Path, found: Inspection) -> FirstRecipe:
    """Make the first recipe of a project.

    Args:
        root: The project's root folder, with its data.
        found: Its data.
    """
    modality = found.kind.name
    if modality not in _PARTS:
        raise DataRefused(
            f"{found.name} holds {found.word}, of which no network of your own can be "
            "made yet.\nExpected pictures, texts or a table. For models of ratings, "
            "in a project: prodl new data NAME --from PATH"
        )
    family = FIRST_FAMILIES[modality]
    suffix = _SUFFIXES.get(family, family)
    fitted = _fitted(root, found, family)
    parts = _PARTS[modality](found, fitted.trainer)
    if gate := tuple(_gate(fitted)):
        parts["gate"] = gate
    return FirstRecipe(name=f"{found.name}-{suffix}", family=family, **parts)


def _fitted(root: Path, found: Inspection, family: str) -> FittedRecipe:
    """What simpler models on the data give; nothing if they cannot."""
    datasets = load_yaml(root / PARAMS_FILE)["datasets"]
    settings = read_record(DatasetConfig, datasets[found.name], PARAMS_FILE)
    try:
        return fit_recipe(root, found.name, settings, family, {})
    except DataRefused:
        return FittedRecipe({}, ())


def _gate(fitted: FittedRecipe) -> Iterator[str]:
    for limit in fitted.gate:
        if limit.brief:
            yield f"# {limit.brief}"
            yield f"{limit.metric}: {flow(dict(limit.limits))}"


def _table(found: Inspection, trainer: Mapping[str, Any]) -> dict[str, Any]:
    del trainer
    table, rows = _layout(found), found.split_sizes["train"]
    batch = batch_size(rows, fewest=16, most=512)
    reference = "mean" if table.is_regression else "majority"
    metric = "rmse" if table.is_regression else "log_loss"
    return {
        "answer": "the scale of the target" if table.is_regression else "logits",
        "network_params": flow({"units": [32, 16], "embedding": 4}),
        "trainer": (
            f"epochs: {epochs(rows, batch, _TABLE_STEPS, fewest=10, most=60)}",
            "patience: 10 # epochs without a lower validation loss",
            f"batch_size: {batch}",
            "optimizer: {learning_rate: 0.005, weight_decay: 0.01}",
        ),
        "gate": (
            f"# A share of the loss of the {reference}: above 1 it is worse.",
            f"test_{metric}_share_of_{reference}: {{max: {_SHARE}}}",
        ),
        "example": shlex.quote(json.dumps(_first_row(found), ensure_ascii=False)),
    }


def _picture(found: Inspection, trainer: Mapping[str, Any]) -> dict[str, Any]:
    del trainer
    pictures = found.split_sizes["train"]
    side = _side(found)
    # Each halves the picture, down to 2 x 2 places or more.
    depth = max(1, min(_DEEPEST, side.bit_length() - 2))
    sizes = [32 * 2**number for number in range(depth)]
    image = () if found.kind.has_one_image_shape else (f"image: {{size: {side}}}",)
    batch = batch_size(pictures, fewest=32, most=128)
    return {
        "answer": "logits",
        "network_params": flow({"filters": sizes, "dropout": 0.3}),
        "trainer": (
            *image,
            f"epochs: {epochs(pictures, batch, _PICTURE_STEPS, fewest=8, most=30)}",
            f"batch_size: {batch}",
            "optimizer: {learning_rate: 0.004, schedule: one_cycle}",
        ),
        "gate": (
            "# A share of the loss of guessing by class shares: above 1 it is worse.",
            f"test_log_loss_over_class_share: {{max: {_SHARE}}}",
        ),
        "example": "PICTURE.png",
    }


def _text(found: Inspection, trainer: Mapping[str, Any]) -> dict[str, Any]:
    del found
    sizes = {"units": 128, "epochs": 20, "batch_size": 16, **trainer}
    return {
        "answer": "the logits of the next one",
        "network_params": flow({"units": sizes["units"], "dropout": 0.5}),
        "trainer": (
            f"epochs: {sizes['epochs']}",
            f"batch_size: {sizes['batch_size']}",
            "num_steps: 32",
            "optimizer: {learning_rate: 0.004, schedule: one_cycle, "
            "weight_decay: 0.3, clip_norm: 0.5}",
        ),
        "gate": (
            "# A multiple of the perplexity of counted trigrams.",
            "test_perplexity_ratio_to_trigram: {max: 1.2}",
        ),
        "example": "'The beginning of a text'",
    }


_PARTS: Final = {
    "table": _table,
    "image": _picture,
    "photograph": _picture,
    "text": _text,
}


def _layout(found: Inspection) -> TableLayout:
    if found.source_list.table is None:
        raise TypeError(f"{found.name} is no table")
    return found.source_list.table


def _side(found: Inspection) -> int:
    if found.kind.has_one_image_shape:
        return min(found.source_list.image_shape[:2])
    usual = float(found.sound[["width", "height"]].min(axis=1).median())
    return picture_side(usual, most=_LARGEST_SIDE)


def _first_row(found: Inspection) -> dict[str, Any]:
    """The features of a row, as a caller of the model has them."""
    table = _layout(found)
    complete = found.sound[list(table.columns)].dropna()
    rows = complete if len(complete) else found.sound
    row = rows.iloc[0]
    return {name: _plain(row[name], table.columns[name].kind) for name in table.columns}


def _plain(value: Any, kind: str) -> Any:
    if value is None or value != value:
        return None
    if kind == "date":
        return write_date(float(value))
    if kind == "number":
        number = float(value)
        return int(number) if number.is_integer() else number
    return str(value)
