# SPDX-License-Identifier: Apache-2.0
"""Sizes and limits of a recipe for a table, from rivals on the data themselves."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from components.contracts.splits import TEST, TRAIN, VALIDATION
from components.contracts.table_layout import TableLayout
from components.core.errors import DataRefused
from components.core.number_format import format_number
from components.evaluator.classification.log_loss import log_losses
from components.evaluator.table.metric_names import MAJORITY, MEAN
from components.evaluator.table.resampling import Estimate, estimate, mean_of
from components.evaluator.table.rivals import Rival, Splits, fit_rivals
from components.evaluator.table.rows import MISSING_TEXT, TableRows
from pipelines.new_data.margins import round_down, round_up
from pipelines.new_recipe.fitted import (
    FittedRecipe,
    Limit,
    allowed_share,
    batch_size,
    epochs,
    takes_full_batches,
)
from pipelines.new_recipe.items import RecipeItems, SplitItem

_STEPS: Final = 2000
# Training rows below which a network has these units.
_UNITS: Final = {1_000: (32, 16), 10_000: (64, 32), 100_000: (128, 64)}
_LARGEST: Final = (256, 128)
# A rival that reaches less than this share of the loss of guessing learned something.
_SIGNAL: Final = 0.97


def fit_table(data: RecipeItems, trainer: Mapping[str, Any]) -> FittedRecipe:
    """Fit sizes and limits to a table.

    Args:
        data: Its rows.
        trainer: Parameters that stay where nothing is fitted.

    Raises:
        DataRefused: The training or the test split has no rows.
    """
    layout = data.source_list.table
    assert layout is not None  # noqa: S101 - the modality is `table`
    classes = data.source_list.classes
    parts = {split: data.of(split) for split in (TRAIN, VALIDATION, TEST)}
    for split in (TRAIN, TEST):
        if not parts[split]:
            raise DataRefused(
                f"data set {data.source_list.dataset!r}: expected rows in each split.\n"
                f"Received none in {split!r}; change its shares in params.yaml."
            )
    rows = {
        split: _rows(items, layout, classes) for split, items in parts.items() if items
    }
    splits = Splits(rows[TRAIN], rows.get(VALIDATION), rows[TEST])
    rivals, left_out = fit_rivals(splits, layout, len(classes))
    gate = _number_gate if layout.is_regression else _class_gate
    limits, figures = gate(rivals, rows[TEST].answers, classes)
    figures |= {name: f"could not be fitted: {why}" for name, why in left_out.items()}
    sizes, notes = _sizes(data, trainer)
    return FittedRecipe({**trainer, **sizes}, limits, notes, figures)


def _sizes(
    data: RecipeItems, trainer: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, str]]:
    count = data.count(TRAIN)
    units = next((u for most, u in _UNITS.items() if count < most), _LARGEST)
    sizes: dict[str, Any] = {}
    notes: dict[str, str] = {}
    if not takes_full_batches(trainer):
        batch = batch_size(count, fewest=16, most=512)
        passes = epochs(count, batch, _STEPS, fewest=10, most=150)
        sizes = {"epochs": passes, "batch_size": batch, "patience": max(3, passes // 5)}
        notes["epochs"] = f"some {_STEPS:,} steps on {count:,} training rows"
    if "network" not in trainer:
        sizes = {"units": list(units), **sizes}
        notes["units"] = f"for {count:,} training rows"
    return sizes, notes


def _class_gate(
    rivals: Sequence[Rival], labels: NDArray[np.int64], classes: Sequence[str]
) -> tuple[tuple[Limit, ...], dict[str, str]]:
    losses = {rival.name: log_losses(rival.outputs, labels) for rival in rivals}
    found = estimate({n: mean_of(v) for n, v in losses.items()}, len(labels))
    figures = {name: f"log-loss {_worded(one)}" for name, one in found.items()}
    best = min(found, key=lambda name: found[name].value)
    share, noise = _share(found, best, MAJORITY)
    limits = [_share_limit("log_loss", MAJORITY, share, noise, best, len(labels))]
    if share < _SIGNAL and len(labels) >= 2 * len(classes):
        (rival,) = (one for one in rivals if one.name == best)
        limits.append(_recall_limit(rival, labels, classes))
    return tuple(limits), figures


def _number_gate(
    rivals: Sequence[Rival], targets: NDArray[np.float64], classes: Sequence[str]
) -> tuple[tuple[Limit, ...], dict[str, str]]:
    del classes
    squares = {r.name: mean_of(np.square(r.outputs - targets)) for r in rivals}
    found = {
        name: Estimate(*(float(np.sqrt(v)) for v in (one.value, one.low, one.high)))
        for name, one in estimate(squares, len(targets)).items()
    }
    figures = {name: f"RMSE {_worded(one)}" for name, one in found.items()}
    best = min(found, key=lambda name: found[name].value)
    share, noise = _share(found, best, MEAN)
    limit = _share_limit("rmse", MEAN, share, noise, best, len(targets))
    return (limit,), figures


def _share(
    found: Mapping[str, Estimate], best: str, constant: str
) -> tuple[float, float]:
    """Share of the best rival's loss of that of guessing, and its standard error."""
    guessing = found[constant].value or 1.0
    width = found[best].high - found[best].low
    return found[best].value / guessing, width / 4 / guessing


def _share_limit(
    metric: str, constant: str, share: float, noise: float, best: str, rows: int
) -> Limit:
    name = f"test_{metric}_share_of_{constant}"
    brief = f"A share of the loss of the {constant}; {best} reaches {share:.2g}."
    if share >= _SIGNAL:
        reason = (
            f"No rival beats the {constant} on {rows:,} test rows (best: {best}, share "
            f"{share:.2f}): look at the data before you trust a model of them."
        )
        return Limit(name, {"max": 1.0}, reason, brief)
    most = max(allowed_share(share), round_up(share + 2 * noise, 2))
    reason = (
        f"Share of the loss of guessing. The best rival ({best}) reaches {share:.2g} "
        f"on {rows:,} test rows; a network may lose a quarter of what it gains."
    )
    slack = round_up(max(2 * noise, 0.02), 1)
    limits = {"max": min(most, 1.0), "not_worse_by": slack}
    return Limit(name, limits, reason, brief)


def _recall_limit(
    rival: Rival, labels: NDArray[np.int64], classes: Sequence[str]
) -> Limit:
    predicted = rival.outputs.argmax(axis=1)
    counts = np.bincount(labels, minlength=len(classes))
    right = np.bincount(labels[predicted == labels], minlength=len(classes))
    floors = {}
    for name, size, found in zip(classes, counts, right, strict=True):
        if size:
            # Two standard errors, of a share that one more mistake is part of.
            recall = found / size
            error = np.sqrt((recall * (1 - recall) + 1 / size) / size)
            floors[name] = (float(recall - 2 * error), float(recall), int(size))
    name = min(floors, key=floors.__getitem__)
    floor, recall, size = floors[name]
    reason = (
        f"No class may be given up. The best rival ({rival.name}) finds {recall:.0%} "
        f"of {name}, {size} test rows; less two standard errors."
    )
    return Limit(
        "test_smallest_recall", {"min": max(0.0, round_down(floor, 1))}, reason
    )


def _worded(one: Estimate) -> str:
    return (
        f"{format_number(one.value, 3)} ({format_number(one.low, 3)} to "
        f"{format_number(one.high, 3)})"
    )


def _rows(
    items: Sequence[SplitItem], layout: TableLayout, classes: Sequence[str]
) -> TableRows:
    index = {name: number for number, name in enumerate(classes)}
    columns: dict[str, NDArray[Any]] = {}
    for name in (*layout.numbers, *layout.categories):
        values = [one.item.value(name) for one in items]
        if layout.columns[name].kind == "category":
            texts = [MISSING_TEXT if value is None else value for value in values]
            columns[name] = np.array(texts, dtype=object)
        else:
            numbers = [np.nan if value is None else value for value in values]
            columns[name] = np.array(numbers, np.float64)
    if layout.is_regression:
        answers = np.array([one.item.value("target") for one in items], np.float64)
    else:
        answers = np.array([index[one.item.label] for one in items], np.int64)
    return TableRows(columns, answers)
