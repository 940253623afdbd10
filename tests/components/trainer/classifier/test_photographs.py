# SPDX-License-Identifier: Apache-2.0
"""From examples of photographs to an exported model, as TFX's Trainer runs it."""

import json
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from components.trainer.cnn.params import Params
from components.trainer.cnn.run import run_fn
from components.trainer.images.arrays import read_images
from components.trainer.images.input_pipeline import epochs
from components.trainer.images.params import Augmentation, ImageInput
from components.trainer.loop.params import Optimizer
from tests.support.datasets.photographs import (
    CLASSES,
    FACTS,
    Photographs,
    draw_photograph,
    encode,
    serialize,
    write_and_transform,
)

pytestmark = pytest.mark.slow

IMAGE_INPUT = ImageInput(size=32, fit="crop", memory_mb=0)
PARAMS = Params(
    layers=("conv 8", "pool", "residual 16 stride 2", "average"),
    batch_norm=True,
    epochs=2,
    batch_size=16,
    precision="float32",
    image=IMAGE_INPUT,
    class_weights="balanced",
    augmentation=Augmentation(flip=True, crop=0.2, brightness=0.1, border="reflect"),
    optimizer=Optimizer(learning_rate=0.01),
)


@dataclass(frozen=True)
class Run:
    """A finished run of the Trainer."""

    folder: Path

    @cached_property
    def model(self) -> Any:
        return tf.saved_model.load(str(self.folder / "model"))

    def signature(self, name: str) -> Any:
        return self.model.signatures[name]


@pytest.fixture(scope="module")
def photographs(tmp_path_factory: pytest.TempPathFactory) -> Photographs:
    folder = tmp_path_factory.mktemp("photographs")
    return write_and_transform(folder, {"train": 50, "validation": 21})


@pytest.fixture(scope="module")
def run(photographs: Photographs, tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("run")
    job = {
        "recipe": "shapes-cnn",
        "seed": 5,
        "params": asdict(PARAMS),
        "dataset": asdict(FACTS),
        "model_key": "k" * 64,
        "code_fingerprint": "s" * 64,
    }
    fn_args = SimpleNamespace(
        train_files=photographs.files("train"),
        eval_files=photographs.files("validation"),
        transform_output=str(photographs.graph),
        serving_model_dir=str(folder / "model"),
        model_run_dir=str(folder / "model_run"),
        custom_config=json.loads(json.dumps(job)),
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PRODL_HOME", str(folder / "state"))
        run_fn(fn_args)
    return Run(folder)


@pytest.fixture(scope="module")
def encoded() -> list[bytes]:
    return [encode(draw_photograph(n % 3, 9000 + n)) for n in range(9)]


def test_split_too_large_for_the_memory_lies_in_a_file_with_the_same_pixels(
    photographs: Photographs, tmp_path: Path
) -> None:
    source = (photographs.files("train"), str(photographs.graph), FACTS)
    pixel_file = tmp_path / "deep" / "train.pixels"
    in_file = read_images(*source, IMAGE_INPUT, pixel_file)
    in_memory = read_images(
        *source, ImageInput(size=32, fit="crop"), tmp_path / "unused"
    )
    assert isinstance(in_file.images, np.memmap)
    assert not isinstance(in_memory.images, np.memmap)
    np.testing.assert_array_equal(in_file.images, in_memory.images)
    assert in_memory.labels.tolist() == [n % 3 for n in range(50)]

    def first_batch(arrays: Any) -> Any:
        drawn = epochs(arrays, 8, seed=1, augmentation=PARAMS.augmentation)
        return next(drawn.as_numpy_iterator())

    for left, right in zip(first_batch(in_file), first_batch(in_memory), strict=True):
        np.testing.assert_array_equal(left, right)


def test_all_signatures_answer_alike(run: Run, encoded: list[bytes]) -> None:
    drawn = draw_photograph(0, 1)
    examples = [serialize(drawn, one, CLASSES[0], "test/1") for one in encoded]
    explained = run.signature("explain")(encoded=tf.constant(encoded))
    answers = [
        run.signature("serving_default")(examples=tf.constant(examples)),
        run.signature("predict_encoded")(encoded=tf.constant(encoded)),
        run.signature("predict_images")(images=explained["images"]),
    ]
    first, *others = [answer["probabilities"].numpy() for answer in answers]
    assert first.shape == (9, 3)
    for other in others:
        np.testing.assert_allclose(first, other, atol=1e-6)


def test_explanation_has_a_place_that_speaks_for_each_answer(
    run: Run, encoded: list[bytes]
) -> None:
    answer = run.signature("explain")(encoded=tf.constant(encoded))
    heatmap = answer["heatmap"].numpy()
    assert answer["images"].shape == (9, 32, 32, 3)
    assert heatmap.shape == (9, 8, 8)
    assert heatmap.min() >= 0
    assert heatmap.max() == pytest.approx(1)
    assert np.ptp(heatmap, axis=(1, 2)).max() > 0


def test_pixels_on_disk_go_with_the_checkpoints(run: Run) -> None:
    assert not list((run.folder / "state" / "checkpoints").iterdir())
