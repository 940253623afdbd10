# SPDX-License-Identifier: Apache-2.0
"""Transfer learning on a pretrained backbone, in one phase or two.

Feature extraction: the backbone is frozen, its features are computed once per image,
and a small head is trained on them. Fine-tuning, optional: the last layers of the
backbone are trained together with the head, on the images. The phase with the lower
validation loss is kept.
"""

from dataclasses import replace
from pathlib import Path
from typing import Final

import keras

from components.core.project import project_root, state_dir
from components.trainer.classifier.params import ClassifierParams
from components.trainer.classifier.train import Trained, train_classifier
from components.trainer.cnn.feature_cache import Features, cached_features
from components.trainer.cnn.model import Head
from components.trainer.cnn.params import Backbone
from components.trainer.cnn.pretrained import build_backbone, unfreeze_last
from components.trainer.images.arrays import ImageData
from components.trainer.images.params import Augmentation
from components.trainer.loop.history import EpochRow
from components.trainer.loop.progress import print_status

CACHE_FOLDER: Final = "features"


def train_transfer(
    params: ClassifierParams,
    backbone: Backbone,
    head: Head,
    data: ImageData,
    workdir: Path,
    seed: int,
) -> Trained:
    """Train a classifier on a backbone.

    Args:
        params: Parameters of the training; fine-tuning has a learning rate and a number
            of epochs of its own.
        backbone: The pretrained network.
        head: The layers on it.
        data: Training and validation split.
        workdir: Folder of the checkpoints.
        seed: Seeds weights, shuffling, augmentation and dropout.
    """
    keras.utils.set_random_seed(seed)
    frozen = build_backbone(backbone, data.image_shape, project_root())
    network_name = f"{backbone.name} {data.image_shape}"
    features = _extract_features(frozen, network_name, head, data)
    first = _train_head(params, frozen, head, data, features, workdir / "head", seed)
    if not backbone.fine_tune_last:
        return first
    workdir = workdir / "fine_tune"
    second = _fine_tune(first, params, backbone, head, data, workdir, seed)
    return _keep_better(first, second)


def _extract_features(
    frozen: keras.Model, network_name: str, head: Head, data: ImageData
) -> tuple[Features, Features]:
    """Compute the pooled features of the training and the validation images."""
    pooled = keras.Model(frozen.input, head.pool(frozen.output))
    name, cache = f"{network_name} {head.pooling}", state_dir() / CACHE_FOLDER
    return (
        cached_features(pooled, name, data.train.images, cache),
        cached_features(pooled, name, data.validation.images, cache),
    )


def _train_head(
    params: ClassifierParams,
    frozen: keras.Model,
    head: Head,
    data: ImageData,
    features: tuple[Features, Features],
    workdir: Path,
    seed: int,
) -> Trained:
    """Train a head on features; returns the whole model, from images to logits."""
    feature_data = replace(
        data,
        train=replace(data.train, images=features[0].values),
        validation=replace(data.validation, images=features[1].values),
    )
    # The cached features are those of the images without augmentation.
    without_augmentation = replace(params, augmentation=Augmentation())
    trained = train_classifier(
        lambda: _model_on_features(feature_data.image_shape, head),
        without_augmentation,
        feature_data,
        workdir,
        seed,
    )
    model = _model_on_images(frozen, head)
    model.set_weights([*frozen.get_weights(), *trained.model.get_weights()])
    return _describe(trained, model, features)


def _model_on_features(feature_shape: tuple[int, ...], head: Head) -> keras.Model:
    features = keras.Input(feature_shape, name="features")
    return keras.Model(features, head.classify(features))


def _model_on_images(backbone: keras.Model, head: Head) -> keras.Model:
    images = keras.Input(backbone.input_shape[1:], dtype="uint8", name="images")
    return keras.Model(images, head.classify(head.pool(backbone(images))))


def _describe(
    trained: Trained, model: keras.Model, features: tuple[Features, Features]
) -> Trained:
    """Put the whole model into the results, and print the speed-up by the cache."""
    outcome = trained.outcome
    seconds = sum(part.seconds_each * len(part.values) for part in features)
    without_cache = outcome.epochs * seconds + outcome.train_seconds
    speed_up = without_cache / (seconds + outcome.train_seconds)
    computed = sum(part.computed for part in features)
    print_status(
        f"features take {seconds:.0f} s once, the head {outcome.train_seconds:.0f} s; "
        f"with features computed in each epoch: {without_cache:.0f} s, "
        f"{speed_up:.1f} times as long"
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
    params: ClassifierParams,
    backbone: Backbone,
    head: Head,
    data: ImageData,
    workdir: Path,
    seed: int,
) -> Trained:
    """Train the last layers of the backbone and the head, from the first phase on."""
    name = backbone.name
    print_status(f"fine-tuning the last {backbone.fine_tune_last} layers of {name}")

    def build() -> keras.Model:
        unfrozen = build_backbone(backbone, data.image_shape, project_root())
        model = _model_on_images(unfrozen, head)
        model.set_weights(first.model.get_weights())
        unfreeze_last(unfrozen, backbone)
        return model

    optimizer = replace(params.optimizer, learning_rate=backbone.fine_tune_rate)
    second = replace(params, optimizer=optimizer, epochs=backbone.fine_tune_epochs)
    return train_classifier(build, second, data, workdir, seed)


def _keep_better(first: Trained, second: Trained) -> Trained:
    """Return the phase with the lower validation loss, with the history of both."""
    history = _join(first.history, second.history)
    is_better = _loss(second) < _loss(first)
    print_status(f"fine-tuning {'helped' if is_better else 'did not help: dropped'}")
    best = second if is_better else first
    outcome = replace(
        best.outcome,
        epochs=len(history),
        train_seconds=first.outcome.train_seconds + second.outcome.train_seconds,
        details={**first.outcome.details, **best.outcome.details}
        | {"fine_tuning_kept": is_better},
    )
    return replace(best, history=history, outcome=outcome)


def _join(first: list[EpochRow], second: list[EpochRow]) -> list[EpochRow]:
    later = [{**row, "epoch": row["epoch"] + len(first)} for row in second]
    return [*first, *later]


def _loss(trained: Trained) -> float:
    return trained.outcome.validation["log_loss"]
