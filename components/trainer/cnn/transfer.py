# SPDX-License-Identifier: Apache-2.0
"""Training on top of a network that others trained, in one phase or two.

First the base is frozen: its features of every image are computed once, pooled as far
as pooling comes first, and a small head learns from them. Then, if the parameters ask
for it, the last layers of the base go on learning together with the head, from the
images themselves. What validates better of the two is kept.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from components.core.project import project_root, state_dir
from components.trainer.classifier.train import (
    Trained,
    TrainingParams,
    train_classifier,
)
from components.trainer.cnn.feature_cache import Features, cached_features
from components.trainer.cnn.pretrained import Base, build_base, unfreeze_last
from components.trainer.images.augmentation import Augmentation
from components.trainer.loop.progress import say

if TYPE_CHECKING:
    from components.trainer.images.input_pipeline import ImageData
    from components.trainer.loop.history import EpochRow

CACHE_FOLDER: Final = "features"


@dataclass(frozen=True)
class Head:
    """What stands on a base.

    Attributes:
        pool: Applies the first layers, which have nothing to learn.
        classify: Applies the others, up to the logits.
        words: Describes the first ones.
    """

    pool: Callable[[Any], Any]
    classify: Callable[[Any], Any]
    words: str


def train_transfer(
    params: TrainingParams,
    base: Base,
    head: Head,
    data: "ImageData",
    workdir: Path,
    seed: int,
) -> Trained:
    """Train a classifier on a base.

    Args:
        params: How to train the head; also the second phase, but for rate and length.
        base: What it stands on.
        head: What stands on that.
        data: Training and validation split.
        workdir: Folder for checkpoints.
        seed: Seeds weights, shuffling, augmentation and dropout.
    """
    import keras

    keras.utils.set_random_seed(seed)
    frozen = build_base(base, data.image_shape, project_root())
    features = _features(frozen, f"{base.name} {data.image_shape}", head, data)
    first = _train_head(params, frozen, head, data, features, workdir / "head", seed)
    if not base.fine_tune_last:
        return first
    return _fine_tune(first, params, base, head, data, workdir / "fine_tune", seed)


def _features(
    frozen: Any, identity: str, head: Head, data: "ImageData"
) -> tuple[Features, Features]:
    """Pooled features of the training and the validation images."""
    import keras

    pooled = keras.Model(frozen.input, head.pool(frozen.output))
    words, cache = f"{identity} {head.words}", state_dir() / CACHE_FOLDER
    return (
        cached_features(pooled, words, data.train.images, cache),
        cached_features(pooled, words, data.validation.images, cache),
    )


def _train_head(
    params: TrainingParams,
    frozen: Any,
    head: Head,
    data: "ImageData",
    features: tuple[Features, Features],
    workdir: Path,
    seed: int,
) -> Trained:
    """Train a head on features; gives the whole model, from images to logits."""
    seen = replace(
        data,
        train=replace(data.train, images=features[0].values),
        validation=replace(data.validation, images=features[1].values),
    )
    # Features are those of the images as they are.
    plain = replace(params, augmentation=Augmentation())
    trained = train_classifier(
        lambda: _on_features(seen.image_shape, head), plain, seen, workdir, seed
    )
    model = _on_images(frozen, head)
    model.set_weights([*frozen.get_weights(), *trained.model.get_weights()])
    return _describe(trained, model, features)


def _on_features(feature_shape: tuple[int, ...], head: Head) -> Any:
    import keras

    features = keras.Input(feature_shape, name="features")
    return keras.Model(features, head.classify(features))


def _on_images(base: Any, head: Head) -> Any:
    import keras

    images = keras.Input(base.input_shape[1:], dtype="uint8", name="images")
    return keras.Model(images, head.classify(head.pool(base(images))))


def _describe(
    trained: Trained, model: Any, features: tuple[Features, Features]
) -> Trained:
    """Tell of the whole model, and what the cache was good for."""
    outcome = trained.outcome
    seconds = sum(part.seconds_each * len(part.values) for part in features)
    every_epoch = outcome.epochs * seconds + outcome.train_seconds
    speed_up = every_epoch / (seconds + outcome.train_seconds)
    computed = sum(part.computed for part in features)
    say(
        f"features take {seconds:.0f} s once, the head {outcome.train_seconds:.0f} s; "
        f"computed anew in each epoch: {every_epoch:.0f} s, {speed_up:.1f} times that"
    )
    details = {
        **outcome.details,
        "feature_seconds": round(seconds, 1),
        "features_computed_now": computed,
        "speed_up_by_cache": round(speed_up, 1),
    }
    whole = replace(outcome, num_parameters=model.count_params(), details=details)
    return replace(trained, model=model, outcome=whole)


def _fine_tune(
    first: Trained,
    params: TrainingParams,
    base: Base,
    head: Head,
    data: "ImageData",
    workdir: Path,
    seed: int,
) -> Trained:
    say(f"fine-tuning the last {base.fine_tune_last} layers of {base.name}")

    def build() -> Any:
        fresh = build_base(base, data.image_shape, project_root())
        model = _on_images(fresh, head)
        model.set_weights(first.model.get_weights())
        unfreeze_last(fresh, base)
        return model

    slower = replace(params.optimizer, learning_rate=base.fine_tune_rate)
    tuning = replace(params, optimizer=slower, epochs=base.fine_tune_epochs)
    second = train_classifier(build, tuning, data, workdir, seed)
    history = _joined(first.history, second.history)
    is_better = _loss(second) < _loss(first)
    say(f"fine-tuning {'helped' if is_better else 'did not help, and is dropped'}")
    best = second if is_better else first
    outcome = replace(
        best.outcome,
        epochs=len(history),
        train_seconds=first.outcome.train_seconds + second.outcome.train_seconds,
        details={**first.outcome.details, **best.outcome.details}
        | {"fine_tuning_kept": is_better},
    )
    return replace(best, history=history, outcome=outcome)


def _joined(first: "list[EpochRow]", second: "list[EpochRow]") -> "list[EpochRow]":
    later = [{**row, "epoch": row["epoch"] + len(first)} for row in second]
    return [*first, *later]


def _loss(trained: Trained) -> float:
    return trained.outcome.validation["log_loss"]
