# SPDX-License-Identifier: Apache-2.0
"""A model is published only if a fresh process gets sound answers from it."""

import shutil
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from components.core.errors import ModelRefused
from components.evaluator.signature_examples import (
    SignatureExample,
    record_call,
    signature_examples_json,
)
from components.pusher.serving_check import check_serving
from components.serving.saved_model import SavedModel
from tests.support.datasets.mnist import draw_digits
from tests.support.models.classifiers import make_example, write_model
from tests.support.models.generators import write_bank_generator

LABELS = np.arange(20) % 10
OUTPUT = "probabilities"


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


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda rows: rows + 0.01, r"as it was evaluated.\n.*differ by 0\.01"),
        (lambda rows: rows[:, :2], r"shape \(3, 10\), recorded was \(3, 2\)"),
        (lambda rows: rows * np.nan, "as it was evaluated"),
    ],
)
def test_model_that_answers_otherwise_is_refused(
    model: Path,
    example: SignatureExample,
    tmp_path: Path,
    change: Callable[[np.ndarray], np.ndarray],
    message: str,
) -> None:
    other = replace(example, outputs={OUTPUT: change(example.outputs[OUTPUT])})
    with pytest.raises(ModelRefused, match=message):
        check_serving(model, _write(tmp_path / "signature_examples.json", other))


@pytest.mark.parametrize(("step", "is_sound"), [(1, True), (2, False)])
def test_made_picture_may_differ_by_the_rounding_of_a_pixel(
    tmp_path: Path, step: int, is_sound: bool
) -> None:
    pictures = np.full((1, 28, 28), 100, np.uint8)
    folder = write_bank_generator(tmp_path / "1", pictures)
    rows = np.zeros((1, 1), np.float32)
    example = record_call(SavedModel(folder), "serving_default", latent=rows)
    other = replace(
        example, outputs={"images": example.outputs["images"] + np.uint8(step)}
    )
    refusal = nullcontext() if is_sound else pytest.raises(ModelRefused, match="by 2")
    with refusal:
        check_serving(folder, _write(tmp_path / "signature_examples.json", other))


def test_absent_signature_is_named_with_those_there_are(
    model: Path, example: SignatureExample, tmp_path: Path
) -> None:
    other = replace(example, signature="decode")
    with pytest.raises(ModelRefused, match=r"signature decode.*\n.*serving_default"):
        check_serving(model, _write(tmp_path / "signature_examples.json", other))


def test_absent_output_is_named_with_those_there_are(
    model: Path, example: SignatureExample, tmp_path: Path
) -> None:
    other = replace(example, outputs={"images": example.outputs[OUTPUT]})
    with pytest.raises(ModelRefused, match=r"'images'.*\n.*only probabilities"):
        check_serving(model, _write(tmp_path / "signature_examples.json", other))


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
