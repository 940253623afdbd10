# SPDX-License-Identifier: Apache-2.0
"""Training on a network of others: its weights, cached features, second phase."""

import fcntl
import json
import pickle
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from components.core.errors import DataNotObtainable, UsageError
from components.trainer.cnn.feature_cache import (
    LOCK_FILE,
    SECONDS_FILE,
    VALUES_FILE,
    cached_features,
)
from components.trainer.cnn.model import build_model
from components.trainer.cnn.params import Backbone, Params
from components.trainer.cnn.pretrained import build_backbone, unfreeze_last
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


@pytest.fixture(scope="module")
def network() -> Any:
    """A small frozen network whose features are easily foretold."""
    import keras

    pixels = keras.Input(SHAPE, dtype="uint8")
    return keras.Model(pixels, keras.layers.Flatten()(pixels[:, ::8, ::8]))


def _data(images: np.ndarray) -> ImageData:
    labels = (images.mean(axis=(1, 2, 3)) > 127).astype(np.int64)
    arrays = ImageArrays(images, labels, np.ones(len(images), np.float32))
    held_out = ImageArrays(images[:8], labels[:8], np.ones(8, np.float32))
    return ImageData(arrays, held_out, num_classes=2)


class TestFeatureCache:
    def test_another_process_waits_until_the_cache_is_free(
        self, network: Any, images: np.ndarray, tmp_path: Path
    ) -> None:
        cached_features(network, "thin", images[:4], tmp_path)
        (folder,) = tmp_path.iterdir()
        answers: list[Any] = []
        with (folder / LOCK_FILE).open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            waiting = threading.Thread(
                target=lambda: answers.append(
                    cached_features(network, "thin", images, tmp_path)
                )
            )
            waiting.start()
            waiting.join(timeout=1)
            assert waiting.is_alive()
        waiting.join(timeout=60)
        assert answers[0].computed == 20

    def test_features_are_those_of_the_network(
        self, network: Any, images: np.ndarray, tmp_path: Path
    ) -> None:
        found = cached_features(network, "thin", images, tmp_path)
        np.testing.assert_array_equal(found.values, images[:, ::8, ::8].reshape(24, -1))
        assert found.computed == 24

    def test_image_is_computed_once_whatever_split_it_is_in(
        self, network: Any, images: np.ndarray, tmp_path: Path
    ) -> None:
        cached_features(network, "thin", images[:20], tmp_path)
        again = cached_features(network, "thin", images[::-1], tmp_path)
        assert again.computed == 4
        np.testing.assert_array_equal(
            again.values, images[::-1, ::8, ::8].reshape(24, -1)
        )

    def test_another_network_or_other_weights_compute_their_own(
        self, images: np.ndarray, tmp_path: Path
    ) -> None:
        import keras

        dense = keras.Sequential(
            [keras.Input(SHAPE, dtype="uint8"), keras.layers.Flatten()]
        )
        dense.add(keras.layers.Dense(2))
        cached_features(dense, "dense", images, tmp_path)
        assert cached_features(dense, "other", images, tmp_path).computed == 24
        dense.set_weights([weight + 1 for weight in dense.get_weights()])
        assert cached_features(dense, "dense", images, tmp_path).computed == 24

    def test_killed_run_goes_on_where_it_was(
        self, network: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        many = np.random.default_rng(1).integers(0, 256, (2500, *SHAPE))
        many = many.astype(np.uint8)
        calls = []

        class Killed(Exception):
            """Stands for the end of the process."""

        class Dying:
            """The network, until its second batch."""

            output_shape = network.output_shape
            get_weights = staticmethod(network.get_weights)

            def predict_on_batch(self, batch: np.ndarray) -> Any:
                calls.append(len(batch))
                if len(calls) > 1:
                    raise Killed
                return network.predict_on_batch(batch)

        with pytest.raises(Killed):
            cached_features(Dying(), "thin", many, tmp_path)
        # Values that were written when their digests were not yet.
        (values,) = tmp_path.rglob(VALUES_FILE)
        with values.open("ab") as file:
            file.write(b"half a row")
        noted = json.loads((values.parent / SECONDS_FILE).read_text())
        assert noted > 0
        found = cached_features(network, "thin", many, tmp_path)
        assert found.computed == 2500 - calls[0]
        # The time of the first part counts as well, though its run never ended.
        assert found.seconds_each * 2500 > noted
        np.testing.assert_array_equal(found.values, many[:, ::8, ::8].reshape(2500, -1))


class TestWeights:
    def test_weights_of_the_network_are_taken_by_path(self, tmp_path: Path) -> None:
        first = build_backbone(BASE, SHAPE, tmp_path)
        first.layers[-1].save_weights(tmp_path / "vgg.weights.h5")
        named = replace(BASE, weights="vgg.weights.h5")
        second = build_backbone(named, SHAPE, tmp_path)
        for left, right in zip(first.get_weights(), second.get_weights(), strict=True):
            np.testing.assert_array_equal(left, right)

    def test_weights_of_another_network_are_refused(self, tmp_path: Path) -> None:
        import keras

        other = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)])
        other.save_weights(tmp_path / "other.weights.h5")
        with pytest.raises(UsageError, match="expected the weights of VGG16"):
            build_backbone(replace(BASE, weights="other.weights.h5"), SHAPE, tmp_path)

    def test_pickle_under_another_name_is_refused_and_not_run(
        self, tmp_path: Path
    ) -> None:
        class Trap:
            """Makes a folder when it is unpickled."""

            def __reduce__(self) -> Any:
                return Path.mkdir, (tmp_path / "was_run",)

        (tmp_path / "trap.h5").write_bytes(pickle.dumps(Trap()))
        with pytest.raises(UsageError, match="as HDF5"):
            build_backbone(replace(BASE, weights="trap.h5"), SHAPE, tmp_path)
        assert not (tmp_path / "was_run").exists()

    @pytest.mark.parametrize(
        ("value", "complaint"),
        [(0.0, "the same features"), (np.nan, "no numbers"), (1e30, "not finite")],
    )
    def test_weights_that_tell_nothing_apart_are_refused(
        self, value: float, complaint: str, tmp_path: Path
    ) -> None:
        model = build_backbone(BASE, SHAPE, tmp_path)
        network = model.layers[-1]
        network.set_weights([np.full_like(w, value) for w in network.get_weights()])
        network.save_weights(tmp_path / "flat.weights.h5")
        with pytest.raises(UsageError, match=complaint):
            build_backbone(replace(BASE, weights="flat.weights.h5"), SHAPE, tmp_path)

    def test_efficient_net_from_a_file_sees_pixels_as_its_authors_scaled_them(
        self, tmp_path: Path
    ) -> None:
        import keras

        base = replace(BASE, name="EfficientNetB0")
        network = build_backbone(base, SHAPE, tmp_path).layers[-1]
        deviation = np.array([0.229, 0.224, 0.225])
        norm = network.get_layer(index=2)
        norm.set_weights([np.full(3, 0.5), deviation**2, np.array(1)])
        network.save_weights(tmp_path / "b0.weights.h5")
        named = replace(base, weights="b0.weights.h5")
        found = build_backbone(named, SHAPE, tmp_path).layers[-1]
        stem = keras.Model(found.input, found.get_layer(index=2).output)
        white = stem.predict(np.full((1, *SHAPE), 255.0), verbose=0)[0, 0, 0]
        # What Keras gives with its own download: the root is taken once more.
        np.testing.assert_allclose(white, 0.5 / deviation**1.5, rtol=1e-5)

    def test_missing_file_ends_with_the_code_for_data_and_a_remedy(
        self, tmp_path: Path
    ) -> None:
        named = replace(BASE, weights="gone.h5")
        with pytest.raises(DataNotObtainable, match="`weights: none`") as caught:
            build_backbone(named, SHAPE, tmp_path)
        assert caught.value.exit_code == 3

    def test_download_without_a_network_ends_in_the_same_way(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
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
        self, shape: tuple[int, ...], tmp_path: Path
    ) -> None:
        with pytest.raises(UsageError, match="base VGG16") as caught:
            build_backbone(replace(BASE, weights="imagenet"), shape, tmp_path)
        assert caught.value.exit_code == 2

    @pytest.mark.parametrize("weights", ["model.keras", "model.pkl", "model.pt", ""])
    def test_file_that_may_hold_code_is_refused(self, weights: str) -> None:
        with pytest.raises(ValueError, match=r"weights: expected 'imagenet', 'none'"):
            replace(BASE, weights=weights)


@pytest.mark.parametrize("name", ["VGG16", "MobileNetV2", "EfficientNetB0"])
def test_random_weights_let_the_signal_through(
    name: Any, images: np.ndarray, tmp_path: Path
) -> None:
    import keras

    keras.utils.set_random_seed(0)
    base = build_backbone(replace(BASE, name=name), SHAPE, tmp_path)
    features = base.predict(images, verbose=0)
    # Unlike what statistics were settled on, so more than a few may come of it.
    assert 0.01 < features.std(axis=0).mean() < 10_000


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


def test_fine_tuning_trains_the_last_layers_and_no_others(
    images: np.ndarray, tmp_path: Path
) -> None:
    import keras

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


def test_only_the_last_layers_are_unfrozen(tmp_path: Path) -> None:
    base = build_backbone(BASE, SHAPE, tmp_path)
    assert base.trainable_weights == []
    unfreeze_last(base, replace(BASE, fine_tune_last=3))
    names = {weight.path.split("/")[-2] for weight in base.trainable_weights}
    assert names == {"block5_conv1", "block5_conv2", "block5_conv3"}


@pytest.mark.parametrize(
    ("weights", "trained"),
    [("none", ["Conv_1", "Conv_1_bn", "Conv_1_bn"]), ("mobile.weights.h5", ["Conv_1"])],
)
def test_batch_normalization_is_trained_where_all_weights_are_random(
    weights: str, trained: list[str], tmp_path: Path
) -> None:
    drawn = replace(BASE, name="MobileNetV2", fine_tune_last=1)
    network = build_backbone(drawn, SHAPE, tmp_path).layers[-1]
    network.save_weights(tmp_path / "mobile.weights.h5")
    tuned = replace(drawn, weights=weights)
    base = build_backbone(tuned, SHAPE, tmp_path)
    unfreeze_last(base, tuned)
    names = [weight.path.split("/")[-2] for weight in base.trainable_weights]
    assert names == trained


def test_another_base_takes_the_same_pixels() -> None:
    params = replace(PARAMS, base=replace(BASE, name="MobileNetV2"))
    model = build_model(params, SHAPE, num_classes=2)
    assert model.predict(np.zeros((1, *SHAPE), np.uint8), verbose=0).shape == (1, 2)


def test_augmentation_of_features_that_are_computed_once_is_refused() -> None:
    moving = Augmentation(flip=True)
    with pytest.raises(ValueError, match="never fine-tuned"):
        replace(PARAMS, augmentation=moving)
    replace(PARAMS, augmentation=moving, base=replace(BASE, fine_tune_last=2))


def test_files_of_a_training_are_named() -> None:
    assert PARAMS.files == ()
    named = replace(PARAMS, base=replace(BASE, weights="data/vgg.h5"))
    assert named.files == ("data/vgg.h5",)
