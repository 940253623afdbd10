# SPDX-License-Identifier: Apache-2.0
"""A model is published only if a fresh process gets sound answers from it."""

import re
import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from components.core.errors import ModelRefused
from components.core.json_files import write_json
from components.evaluator.signature_examples import (
    SignatureExample,
    record_call,
    signature_examples_json,
)
from components.pusher.serving_check import (
    TIMEOUT_SECONDS,
    _refusal,
    _replay,
    check_serving,
)
from components.serving.saved_model import SavedModel
from tests.support.datasets.mnist import draw_digits
from tests.support.models.classifiers import make_example, write_model
from tests.support.models.generators import write_bank_generator

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("preloaded_scripts")]

LABELS = np.arange(20) % 10
OUTPUT = "probabilities"

Change = Callable[[SignatureExample], SignatureExample]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_model(tmp_path_factory.mktemp("model") / "1", _pictures(), LABELS)


@pytest.fixture(scope="module")
def example(model: Path) -> SignatureExample:
    """What the model says in this process about a few examples."""
    examples = [make_example(image, "0", "example") for image in _pictures()[:3]]
    return record_call(SavedModel(model), "serving_default", examples=examples)


def _pictures() -> np.ndarray:
    return draw_digits(LABELS, seed=3)


def _write(path: Path, *recorded: SignatureExample) -> Path:
    path.write_bytes(signature_examples_json(recorded))
    return path


def test_sound_model_repeats_what_was_recorded(
    model: Path, example: SignatureExample, tmp_path: Path
) -> None:
    pixels = record_call(
        SavedModel(model), "predict_images", images=_pictures()[:3, ..., None]
    )
    np.testing.assert_allclose(pixels.outputs[OUTPUT], example.outputs[OUTPUT])
    check_serving(model, _write(tmp_path / "signature_examples.json", example, pixels))


def _other_output(change: Callable[[np.ndarray], np.ndarray]) -> Change:
    """Change the probabilities that were recorded."""
    return lambda example: replace(
        example, outputs={OUTPUT: change(example.outputs[OUTPUT])}
    )


# What was recorded otherwise, and the refusal that it must give.
FAULTS: Mapping[str, tuple[Change, str]] = {
    "other numbers": (
        _other_output(lambda rows: rows + 0.01),
        r"as it was evaluated.\n.*differ by 0\.01",
    ),
    "other shape": (
        _other_output(lambda rows: rows[:, :2]),
        r"shape \(3, 10\), recorded was \(3, 2\)",
    ),
    "no numbers": (
        _other_output(lambda rows: rows * np.nan),
        "as it was evaluated",
    ),
    "absent signature": (
        lambda example: replace(example, signature="decode"),
        r"signature decode.*\n.*serving_default",
    ),
    "absent output": (
        lambda example: replace(example, outputs={"images": example.outputs[OUTPUT]}),
        r"'images'.*\n.*only probabilities",
    ),
}


@pytest.fixture(scope="module")
def refusals(
    model: Path, example: SignatureExample, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, ModelRefused]:
    """The refusal of each of FAULTS; one process replays all of them."""
    recorded = [change(example) for change, _ in FAULTS.values()]
    file = tmp_path_factory.mktemp("faults") / "signature_examples.json"
    mismatches = _replay(model, _write(file, *recorded), TIMEOUT_SECONDS)["mismatches"]
    pairs = zip(FAULTS, mismatches, strict=True)
    return {fault: _refusal(model, *mismatch) for fault, mismatch in pairs}


@pytest.mark.parametrize("fault", FAULTS)
def test_model_that_answers_otherwise_is_refused(
    refusals: Mapping[str, ModelRefused], fault: str
) -> None:
    _, message = FAULTS[fault]
    assert re.search(message, str(refusals[fault]))


def test_made_picture_may_differ_by_the_rounding_of_a_pixel(tmp_path: Path) -> None:
    pictures = np.full((1, 28, 28), 100, np.uint8)
    folder = write_bank_generator(tmp_path / "1", pictures)
    rows = np.zeros((1, 1), np.float32)
    example = record_call(SavedModel(folder), "serving_default", latent=rows)
    images = example.outputs["images"]
    off_by = [
        replace(example, outputs={"images": images + np.uint8(step)}) for step in (1, 2)
    ]
    # The first refusal ends the check: the call that is off by one had none.
    with pytest.raises(ModelRefused, match="by 2"):
        check_serving(folder, _write(tmp_path / "signature_examples.json", *off_by))


def test_model_that_draws_its_hidden_units_at_serving_is_refused(
    tmp_path: Path,
) -> None:
    module = tf.Module()
    weights = np.random.default_rng(0).normal(size=(784, 10)).astype(np.float32)

    @tf.function(input_signature=[tf.TensorSpec([None, 28, 28, 1], tf.uint8, "images")])
    def answer(images: tf.Tensor) -> dict[str, tf.Tensor]:
        rows = tf.reshape(tf.cast(images, tf.float32) / 255.0, [-1, 784])
        # A belief net that answers by samples of its units, not by their means.
        hidden = tf.cast(tf.random.uniform(tf.shape(rows)) < rows, tf.float32)
        return {OUTPUT: tf.nn.softmax(hidden @ weights)}

    folder = tmp_path / "1"
    tf.saved_model.save(module, str(folder), signatures={"predict_images": answer})
    write_json(folder / "provenance.json", {"recipe": "mnist-dbn"})
    loaded, pictures = SavedModel(folder), _pictures()[:3, ..., None]
    # An evaluation asks often before it records.
    first, example = (
        record_call(loaded, "predict_images", images=pictures) for _ in range(2)
    )
    assert not np.array_equal(first.outputs[OUTPUT], example.outputs[OUTPUT])
    with pytest.raises(ModelRefused, match="as it was evaluated"):
        check_serving(folder, _write(tmp_path / "signature_examples.json", example))


def test_damaged_model_is_refused_with_the_last_words_of_its_process(
    model: Path, tmp_path: Path
) -> None:
    damaged = shutil.copytree(model, tmp_path / "1")
    (damaged / "saved_model.pb").write_bytes(b"\xff\xff")
    with pytest.raises(ModelRefused, match=r"loads and answers.\nReceived exit code 1"):
        check_serving(damaged)


def test_process_that_takes_too_long_is_refused(model: Path) -> None:
    with pytest.raises(ModelRefused, match=r"an answer within 0.01 seconds"):
        check_serving(model, timeout_seconds=0.01)
