# SPDX-License-Identifier: Apache-2.0
"""Sizes and limits of a recipe for classes of pictures, from rivals on thumbnails."""

import io
import math
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.stats import binomtest
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from threadpoolctl import threadpool_limits

from components.contracts.splits import TEST, TRAIN
from components.core.errors import DataRefused
from components.evaluator.classification.log_loss import (
    class_share_log_loss,
    log_losses,
)
from components.ingest.item import Item
from components.ingest.source_list import SourceList
from components.trainer.cnn.layer_spec import parse_layer
from pipelines.new_data.margins import round_down
from pipelines.new_recipe.fitted import (
    FittedRecipe,
    Limit,
    allowed_share,
    batch_size,
    epochs,
    picture_side,
    takes_full_batches,
)
from pipelines.new_recipe.items import RecipeItems

THUMBNAIL: Final = 16

_STEPS: Final = 2000
_MOST_FITTED: Final = 4000
_NEIGHBOURS: Final = 5
_LARGEST_SIDE: Final = 96
# Places that a network keeps per axis.
_FEWEST_PLACES: Final = 4
# Part of the side that a picture may be shifted by at most.
_SHIFT: Final = 8


@dataclass(frozen=True)
class Seen:
    """What is kept of a picture."""

    grey: NDArray[np.uint8]
    """A grey thumbnail, flat."""

    side: int
    """Its shorter side in pixels."""


@dataclass(frozen=True)
class _Figures:
    """What a rival reaches on the test split."""

    accuracy: float
    log_loss: float


def see(item: Item, source_list: SourceList) -> Seen:
    """Shrink a picture to a grey thumbnail.

    Args:
        item: A sound picture, with its bytes.
        source_list: Whether it is encoded, or of which shape.
    """
    content: bytes = item.value("image")
    if source_list.item_kind.has_encoded_pictures:
        picture: Image.Image = Image.open(io.BytesIO(content))
    else:
        shape = source_list.image_shape
        pixels = np.frombuffer(content, np.uint8).reshape(shape)
        picture = Image.fromarray(pixels[..., 0] if shape[2] == 1 else pixels)
    side = min(picture.size)
    size = (THUMBNAIL, THUMBNAIL)
    grey = picture.convert("L").resize(size, Image.Resampling.BOX)
    return Seen(np.asarray(grey).ravel(), side)


def fit_pictures(data: RecipeItems, trainer: Mapping[str, Any]) -> FittedRecipe:
    """Fit sizes and limits to pictures of classes.

    Args:
        data: The pictures, each seen by `see`.
        trainer: Parameters that stay where nothing is fitted.

    Raises:
        DataRefused: The training split has less than two classes, or the test split no
            picture.
    """
    classes = data.source_list.classes
    index = {name: number for number, name in enumerate(classes)}
    pixels: dict[str, NDArray[Any]] = {}
    labels: dict[str, NDArray[np.int64]] = {}
    for split in (TRAIN, TEST):
        chosen = data.of(split)
        pixels[split] = np.array([one.seen.grey for one in chosen], np.float32) / 255
        labels[split] = np.array([index[one.item.label] for one in chosen], np.int64)
    if len(set(labels[TRAIN].tolist())) < 2 or not len(labels[TEST]):
        raise DataRefused(
            f"data set {data.source_list.dataset!r}: expected two classes or more in "
            "the training split, and pictures in the test split.\nReceived "
            f"{len(labels[TRAIN]):,} and {len(labels[TEST]):,} pictures."
        )
    rivals = _rivals(pixels, labels, len(classes))
    gate = _gate(rivals, labels[TEST])
    figures = {
        name: f"accuracy {one.accuracy:.3f}, log-loss {one.log_loss:.3f}"
        for name, one in rivals.items()
    }
    sizes, notes = _sizes(data, trainer)
    return FittedRecipe({**trainer, **sizes}, gate, notes, figures)


def _rivals(
    pixels: Mapping[str, NDArray[Any]],
    labels: Mapping[str, NDArray[np.int64]],
    num_classes: int,
) -> dict[str, _Figures]:
    random = np.random.default_rng(0)
    chosen = random.permutation(len(labels[TRAIN]))[:_MOST_FITTED]
    train, answers = pixels[TRAIN][chosen], labels[TRAIN][chosen]
    # A class that the choice lacks keeps a share, as with one picture more of each.
    shares = np.bincount(answers, minlength=num_classes) + 1.0
    rows = np.tile(shares / shares.sum(), (len(labels[TEST]), 1))
    outputs = {"majority": rows}
    models: dict[str, Any] = {
        "linear": LogisticRegression(C=0.1, max_iter=100),
        "neighbours": KNeighborsClassifier(min(_NEIGHBOURS, len(train))),
    }
    # Threads that wait for each other take several times as long as so few pictures.
    with warnings.catch_warnings(), threadpool_limits(1):
        warnings.simplefilter("ignore", ConvergenceWarning)
        for name, model in models.items():
            model.fit(train, answers)
            rows = np.zeros((len(labels[TEST]), num_classes))
            rows[:, model.classes_] = model.predict_proba(pixels[TEST])
            outputs[name] = rows
    return {name: _figures(rows, labels[TEST]) for name, rows in outputs.items()}


def _figures(rows: NDArray[np.float64], labels: NDArray[np.int64]) -> _Figures:
    right = rows.argmax(axis=1) == labels
    return _Figures(float(right.mean()), float(log_losses(rows, labels).mean()))


def _gate(
    rivals: Mapping[str, _Figures], labels: NDArray[np.int64]
) -> tuple[Limit, ...]:
    count = len(labels)
    best = max(rivals, key=lambda name: rivals[name].accuracy)
    accuracy = rivals[best].accuracy
    test = binomtest(round(accuracy * count), count)
    low = float(test.proportion_ci(method="wilson").low)
    limits = [
        Limit(
            "test_accuracy",
            {"min": round_down(low, 2), "not_worse_by": _slack(accuracy, count)},
            f"The best rival ({best}) on thumbnails of {THUMBNAIL} x {THUMBNAIL} grey "
            f"pixels reaches {accuracy:.3f} on {count:,} test pictures; the lower end "
            "of its 95 % interval.",
        )
    ]
    if (guessing := class_share_log_loss(labels)) > 0:
        surest = min(rivals, key=lambda name: rivals[name].log_loss)
        share = rivals[surest].log_loss / guessing
        limits.append(
            Limit(
                "test_log_loss_over_class_share",
                {"max": min(allowed_share(min(share, 1.0)), 1.0)},
                f"Share of the loss of the class shares. The best rival ({surest}) "
                f"reaches {share:.2g}; a network may lose a quarter of what it gains.",
                "A share of the loss of guessing by class shares; on thumbnails "
                f"{surest} reaches {share:.2g}.",
            )
        )
    return tuple(limits)


def _slack(accuracy: float, count: int) -> float:
    """Two standard errors of a share, at least one picture."""
    error = math.sqrt(max(accuracy * (1 - accuracy), 1 / count) / count)
    return max(round_down(2 * error, 1), 0.001)


def _sizes(
    data: RecipeItems, trainer: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, str]]:
    sizes: dict[str, Any] = {}
    notes: dict[str, str] = {}
    if not takes_full_batches(trainer):
        # Few labels are trained on as often as many.
        count = min(trainer.get("labels") or data.count(TRAIN), data.count(TRAIN))
        batch = batch_size(count, fewest=16, most=128)
        passes = epochs(count, batch, _STEPS, fewest=5, most=60)
        sizes = {"epochs": passes, "batch_size": batch}
        steps = passes * count // batch
        notes["epochs"] = f"some {steps:,} steps on {count:,} pictures"
    usual = int(np.median([one.seen.side for one in data.items]))
    side = usual
    if data.source_list.item_kind.has_encoded_pictures:
        side = picture_side(usual, most=_LARGEST_SIDE)
        sizes["image"] = {**trainer.get("image", {}), "size": side}
        notes["image"] = f"the usual shorter side is {usual} pixels"
    elif "image" in trainer:
        # Pictures of one size are not resized.
        sizes["image"] = {**trainer["image"], "size": 0}
    augmentation = trainer.get("augmentation", {})
    if augmentation.get("shift", 0) > side / _SHIFT:
        sizes["augmentation"] = {**augmentation, "shift": round(side / _SHIFT, 1)}
    if layers := trainer.get("layers"):
        sizes["layers"] = fit_layers(layers, side)
        if sizes["layers"] != list(layers):
            notes["layers"] = (
                f"without the halvings that {side} pixels have no room for"
            )
    return sizes, notes


def fit_layers(layers: Sequence[str], side: int) -> list[str]:
    """Drop the halvings that would leave a picture less than four places per axis.

    Args:
        layers: Layers as params.yaml has them.
        side: Side of the picture in pixels.

    Example:
        >>> fit_layers(["conv 32 stride 2", "pool", "conv 64 stride 2"], 8)
        ['conv 32 stride 2', 'conv 64']
    """
    fitted, places = [], side
    for layer in layers:
        spec = parse_layer(layer)
        halves = spec.stride > 1 or spec.kind == "subsample"
        if halves and places // 2 < _FEWEST_PLACES:
            if spec.kind not in ("pool", "mean pool", "subsample", "branches"):
                fitted.append(layer.replace(f" stride {spec.stride}", ""))
            continue
        places = places // 2 if halves else places
        fitted.append(layer)
    return fitted
