# SPDX-License-Identifier: Apache-2.0
"""Transfer learning: feature extraction, fine-tuning, parameters."""

from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest

from components.trainer.cnn.model import build_model
from components.trainer.cnn.params import Backbone, Params
from components.trainer.cnn.pretrained import build_backbone
from components.trainer.cnn.train import train
from components.trainer.images.arrays import ImageArrays, ImageData
from components.trainer.images.params import Augmentation
from components.trainer.loop.params import Optimizer

SHAPE = (32, 32, 3)
BASE = Backbone(name="VGG16", weights="none")
PARAMS = Params(
    base=BASE,
    layers=("average", "normalize", "dense 8"),
    epochs=3,
    batch_size=8,
    precision="float32",
    optimizer=Optimizer(learning_rate=0.01),
)


@pytest.fixture(autouse=True)
def _state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRODL_HOME", str(tmp_path / "state"))


@pytest.fixture(scope="module")
def images() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (24, *SHAPE)).astype(np.uint8)


def _data(images: np.ndarray) -> ImageData:
    labels = (images.mean(axis=(1, 2, 3)) > 127).astype(np.int64)
    arrays = ImageArrays(images, labels, np.ones(len(images), np.float32))
    held_out = ImageArrays(images[:8], labels[:8], np.ones(8, np.float32))
    return ImageData(arrays, held_out, num_classes=2)


@pytest.mark.slow
def test_model_of_features_and_images_are_one(
    images: np.ndarray, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    trained = train(PARAMS, _data(images), tmp_path / "work", seed=3)
    logits = trained.model.predict(images[:8], verbose=0)
    loss = trained.outcome.validation["log_loss"]
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_share = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    labels = _data(images).validation.labels
    assert -log_share[np.arange(8), labels].mean() == pytest.approx(loss, rel=1e-3)
    assert trained.outcome.num_parameters > 14_714_688
    assert trained.outcome.details["features_computed_now"] == 24
    assert trained.outcome.details["speed_up_by_cache"] >= 1
    assert "features 24/24" in capsys.readouterr().out


@pytest.mark.slow
def test_fine_tuning_trains_the_last_layers_and_no_others(
    images: np.ndarray, tmp_path: Path
) -> None:
    tuned = replace(BASE, fine_tune_last=1, fine_tune_epochs=2, fine_tune_rate=1e-4)
    params = replace(PARAMS, base=tuned, epochs=1)
    trained = train(params, _data(images), tmp_path / "work", seed=3)
    assert [row["epoch"] for row in trained.history] == [1, 2, 3]
    assert "feature_seconds" in trained.outcome.details
    keras.utils.set_random_seed(3)
    drawn = build_backbone(BASE, SHAPE, tmp_path).get_weights()
    found = trained.model.layers[1].get_weights()
    changed = [not np.array_equal(*pair) for pair in zip(drawn, found, strict=True)]
    assert trained.outcome.details["fine_tuning_kept"]
    # Kernel and bias of the last convolution.
    assert changed == [False] * 24 + [True] * 2


@pytest.mark.slow
def test_another_base_takes_the_same_pixels() -> None:
    params = replace(PARAMS, base=replace(BASE, name="MobileNetV2"))
    model = build_model(params, SHAPE, num_classes=2)
    assert model(np.zeros((1, *SHAPE), np.uint8)).shape == (1, 2)


def test_augmentation_of_features_that_are_computed_once_is_refused() -> None:
    moving = Augmentation(flip=True)
    with pytest.raises(ValueError, match="never fine-tuned"):
        replace(PARAMS, augmentation=moving)
    replace(PARAMS, augmentation=moving, base=replace(BASE, fine_tune_last=2))


def test_files_of_a_training_are_named() -> None:
    assert PARAMS.files == ()
    named = replace(PARAMS, base=replace(BASE, weights="data/vgg.h5"))
    assert named.files == ("data/vgg.h5",)
