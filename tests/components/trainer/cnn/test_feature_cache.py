# SPDX-License-Identifier: Apache-2.0
"""Cached features of a frozen network."""

import fcntl
import json
import os
import threading
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from components.trainer.cnn.feature_cache import (
    INDEX_FILE,
    LOCK_FILE,
    SECONDS_FILE,
    VALUES_FILE,
    cached_features,
)

SHAPE = (32, 32, 3)


@pytest.fixture(scope="module")
def images() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (24, *SHAPE)).astype(np.uint8)


@pytest.fixture(scope="module")
def network() -> Any:
    """A small frozen network whose features are known."""
    pixels = keras.Input(SHAPE, dtype="uint8")
    return keras.Model(pixels, keras.layers.Flatten()(pixels[:, ::8, ::8]))


def test_another_process_waits_until_the_cache_is_free(
    network: Any, images: np.ndarray, tmp_path: Path
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
    network: Any, images: np.ndarray, tmp_path: Path
) -> None:
    found = cached_features(network, "thin", images, tmp_path)
    np.testing.assert_array_equal(found.values, images[:, ::8, ::8].reshape(24, -1))
    assert found.computed == 24


def test_image_is_computed_once_whatever_split_it_is_in(
    network: Any, images: np.ndarray, tmp_path: Path
) -> None:
    cached_features(network, "thin", images[:20], tmp_path)
    again = cached_features(network, "thin", images[::-1], tmp_path)
    assert again.computed == 4
    np.testing.assert_array_equal(again.values, images[::-1, ::8, ::8].reshape(24, -1))


def test_another_network_or_other_weights_compute_their_own(
    images: np.ndarray, tmp_path: Path
) -> None:
    dense = keras.Sequential(
        [keras.Input(SHAPE, dtype="uint8"), keras.layers.Flatten()]
    )
    dense.add(keras.layers.Dense(2))
    cached_features(dense, "dense", images, tmp_path)
    assert cached_features(dense, "other", images, tmp_path).computed == 24
    dense.set_weights([weight + 1 for weight in dense.get_weights()])
    assert cached_features(dense, "dense", images, tmp_path).computed == 24


@pytest.mark.parametrize("name", [VALUES_FILE, INDEX_FILE])
def test_row_with_a_flipped_bit_is_computed_again(
    network: Any,
    images: np.ndarray,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    name: str,
) -> None:
    cached_features(network, "thin", images, tmp_path)
    (file,) = tmp_path.rglob(name)
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)
    found = cached_features(network, "thin", images, tmp_path)
    np.testing.assert_array_equal(found.values, images[:, ::8, ::8].reshape(24, -1))
    assert found.computed == 1
    assert (
        f"{VALUES_FILE} is damaged: wrong checksum of 1 row" in capsys.readouterr().out
    )
    assert cached_features(network, "thin", images, tmp_path).computed == 0


@pytest.mark.parametrize("name", [VALUES_FILE, INDEX_FILE, SECONDS_FILE])
@pytest.mark.parametrize("share", [0.0, 0.5])
def test_lost_part_is_computed_again(
    network: Any, images: np.ndarray, tmp_path: Path, name: str, share: float
) -> None:
    cached_features(network, "thin", images, tmp_path)
    (file,) = tmp_path.rglob(name)
    os.truncate(file, int(share * file.stat().st_size))
    found = cached_features(network, "thin", images, tmp_path)
    np.testing.assert_array_equal(found.values, images[:, ::8, ::8].reshape(24, -1))
    assert found.computed == (0 if name == SECONDS_FILE else 24 * (1 - share))


def test_killed_run_goes_on_where_it_was(
    network: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
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
