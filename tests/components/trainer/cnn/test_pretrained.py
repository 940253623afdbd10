# SPDX-License-Identifier: Apache-2.0
"""Pretrained backbones: weights, random weights, fine-tuned layers."""

import pickle
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from components.core.errors import DataNotObtainable, UsageError
from components.trainer.cnn.params import Backbone
from components.trainer.cnn.pretrained import build_backbone, unfreeze_last

SHAPE = (32, 32, 3)
BASE = Backbone(name="VGG16", weights="none")


@cache
def _drawn(name: Any) -> keras.Model:
    """Build a backbone with random weights, once; a test leaves its weights alone."""
    keras.utils.set_random_seed(0)
    return build_backbone(replace(BASE, name=name), SHAPE, Path())


@pytest.fixture(scope="module")
def images() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (24, *SHAPE)).astype(np.uint8)


@pytest.mark.slow
def test_weights_of_the_network_are_taken_by_path(tmp_path: Path) -> None:
    first = _drawn("VGG16")
    first.layers[-1].save_weights(tmp_path / "vgg.weights.h5")
    named = replace(BASE, weights="vgg.weights.h5")
    second = build_backbone(named, SHAPE, tmp_path)
    for left, right in zip(first.get_weights(), second.get_weights(), strict=True):
        np.testing.assert_array_equal(left, right)


def test_weights_of_another_network_are_refused(tmp_path: Path) -> None:
    other = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)])
    other.save_weights(tmp_path / "other.weights.h5")
    with pytest.raises(UsageError, match="expected the weights of VGG16"):
        build_backbone(replace(BASE, weights="other.weights.h5"), SHAPE, tmp_path)


def test_pickle_under_another_name_is_refused_and_not_run(tmp_path: Path) -> None:
    class Trap:
        """Makes a folder when it is unpickled."""

        def __reduce__(self) -> Any:
            return Path.mkdir, (tmp_path / "was_run",)

    (tmp_path / "trap.h5").write_bytes(pickle.dumps(Trap()))
    with pytest.raises(UsageError, match="as HDF5"):
        build_backbone(replace(BASE, weights="trap.h5"), SHAPE, tmp_path)
    assert not (tmp_path / "was_run").exists()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("value", "complaint"),
    [(0.0, "the same features"), (np.nan, "no numbers"), (1e30, "not finite")],
)
def test_weights_that_tell_nothing_apart_are_refused(
    value: float, complaint: str, tmp_path: Path
) -> None:
    network = keras.applications.VGG16(False, weights=None, input_shape=SHAPE)
    network.set_weights([np.full_like(w, value) for w in network.get_weights()])
    network.save_weights(tmp_path / "flat.weights.h5")
    with pytest.raises(UsageError, match=complaint):
        build_backbone(replace(BASE, weights="flat.weights.h5"), SHAPE, tmp_path)


@pytest.mark.slow
def test_efficient_net_from_a_file_sees_pixels_as_its_authors_scaled_them(
    tmp_path: Path,
) -> None:
    base = replace(BASE, name="EfficientNetB0")
    network = _drawn("EfficientNetB0").layers[-1]
    deviation = np.array([0.229, 0.224, 0.225])
    norm = network.get_layer(index=2)
    kept = norm.get_weights()
    norm.set_weights([np.full(3, 0.5), deviation**2, np.array(1)])
    network.save_weights(tmp_path / "b0.weights.h5")
    norm.set_weights(kept)
    named = replace(base, weights="b0.weights.h5")
    found = build_backbone(named, SHAPE, tmp_path).layers[-1]
    stem = keras.Model(found.input, found.get_layer(index=2).output)
    white = stem.predict(np.full((1, *SHAPE), 255.0), verbose=0)[0, 0, 0]
    # What Keras gives with its own download: the root is taken once more.
    np.testing.assert_allclose(white, 0.5 / deviation**1.5, rtol=1e-5)


def test_missing_file_ends_with_the_code_for_data_and_a_remedy(tmp_path: Path) -> None:
    named = replace(BASE, weights="gone.h5")
    with pytest.raises(DataNotObtainable, match="`weights: none`") as caught:
        build_backbone(named, SHAPE, tmp_path)
    assert caught.value.exit_code == 3


def test_download_without_a_network_ends_in_the_same_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from keras.src.backend import config

    # The environment variable is read when Keras is imported.
    monkeypatch.setattr(config, "_KERAS_DIR", str(tmp_path))
    for scheme in ("http", "https"):
        # Nothing listens on the port of `discard`.
        monkeypatch.setenv(f"{scheme}_proxy", "http://127.0.0.1:9")
    with pytest.raises(DataNotObtainable, match="could not be downloaded"):
        build_backbone(replace(BASE, weights="imagenet"), SHAPE, tmp_path)


@pytest.mark.parametrize("shape", [(16, 16, 3), (32, 32, 1)])
def test_impossible_images_are_no_matter_of_a_download(
    shape: tuple[int, ...], tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match="base VGG16") as caught:
        build_backbone(replace(BASE, weights="imagenet"), shape, tmp_path)
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("weights", ["model.keras", "model.pkl", "model.pt", ""])
def test_file_that_may_hold_code_is_refused(weights: str) -> None:
    with pytest.raises(ValueError, match=r"weights: expected 'imagenet', 'none'"):
        replace(BASE, weights=weights)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["VGG16", "MobileNetV2", "EfficientNetB0"])
def test_random_weights_let_the_signal_through(name: Any, images: np.ndarray) -> None:
    features = _drawn(name).predict_on_batch(images)
    # Unlike what statistics were settled on, so more than a few may come of it.
    assert 0.01 < features.std(axis=0).mean() < 10_000


@pytest.mark.slow
def test_inception_gives_maps_that_differ_between_images(tmp_path: Path) -> None:
    base = replace(BASE, name="InceptionV3")
    shape = (75, 75, 3)
    assert build_backbone(base, shape, tmp_path).output_shape == (None, 1, 1, 2048)
    with pytest.raises(UsageError, match="base InceptionV3"):
        build_backbone(base, SHAPE, tmp_path)


@pytest.mark.slow
def test_only_the_last_layers_are_unfrozen(tmp_path: Path) -> None:
    base = build_backbone(BASE, SHAPE, tmp_path)
    assert base.trainable_weights == []
    unfreeze_last(base, replace(BASE, fine_tune_last=3))
    names = {weight.path.split("/")[-2] for weight in base.trainable_weights}
    assert names == {"block5_conv1", "block5_conv2", "block5_conv3"}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("weights", "trained"),
    [("none", ["Conv_1", "Conv_1_bn", "Conv_1_bn"]), ("mobile.weights.h5", ["Conv_1"])],
)
def test_batch_normalization_is_trained_where_all_weights_are_random(
    weights: str, trained: list[str], tmp_path: Path
) -> None:
    base = _drawn("MobileNetV2")
    tuned = replace(BASE, name="MobileNetV2", weights=weights, fine_tune_last=1)
    if tuned.weights_file:
        base.layers[-1].save_weights(tmp_path / weights)
        base = build_backbone(tuned, SHAPE, tmp_path)
    unfreeze_last(base, tuned)
    names = [weight.path.split("/")[-2] for weight in base.trainable_weights]
    unfreeze_last(base, replace(tuned, fine_tune_last=0))
    assert names == trained
