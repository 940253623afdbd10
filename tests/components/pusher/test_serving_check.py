# SPDX-License-Identifier: Apache-2.0
"""A model is published only if a fresh process gets sound answers from it."""

import json
import math
import shutil
from base64 import b64encode
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from components.errors import ModelRefused
from components.pusher.serving_check import check_serving, judge_answers
from tests.components.evaluator.models import make_example, write_model
from tests.fixtures_mnist import draw_digits

LABELS = np.arange(20) % 10


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_model(tmp_path_factory.mktemp("model") / "1", _pictures(), LABELS)


def _pictures() -> np.ndarray:
    return draw_digits(LABELS, seed=3)


def _write_probes(path: Path, model: Path) -> Path:
    """Record what the model says in this process about a few examples."""
    import tensorflow as tf

    examples = [make_example(image, "0", "probe") for image in _pictures()[:3]]
    signature = tf.saved_model.load(str(model)).signatures["serving_default"]
    rows = signature(examples=tf.constant(examples))["probabilities"].numpy()
    texts = [b64encode(example).decode() for example in examples]
    record = {"examples": texts, "probabilities": rows.tolist()}
    path.write_text(json.dumps(record))
    return path


def test_sound_model_repeats_what_was_recorded(model: Path, tmp_path: Path) -> None:
    check_serving(model, _write_probes(tmp_path / "probes.json", model))


SOUND = {
    "signatures": ["predict_images", "serving_default"],
    "serving_default": [[0.25, 0.75]],
    "predict_images": [[0.25, 0.75]],
    "recorded": [[0.5, 0.5]],
}


@pytest.mark.parametrize(
    ("answer", "recorded", "message"),
    [
        ({}, [[0.51, 0.49]], r"that was evaluated.\n.*differ by 0.01"),
        ({}, [[0.5, 0.25, 0.25]], "rows of another shape"),
        ({"recorded": [[math.nan, 0.5]]}, [[0.5, 0.5]], "that was evaluated"),
        ({"predict_images": [[0.75, 0.25]]}, None, "same answers by both signatures"),
        (
            {"predict_images": None},
            None,
            "predict_images to return.*\n.*no such output",
        ),
        ({"serving_default": [[math.nan, 0.5]]}, None, "finite.*\n.*nan"),
        ({"serving_default": [[0.25, 0.25]]}, None, "a sum of one"),
        ({"serving_default": [[-0.5, 1.5]]}, None, "a sum of one"),
        (
            {"signatures": ["serve"]},
            None,
            "signatures predict_images.*\nReceived serve",
        ),
    ],
)
def test_wrong_answer_is_refused(answer: Any, recorded: Any, message: str) -> None:
    judge_answers(Path("model"), SOUND, [[0.5, 0.5]])
    with pytest.raises(ModelRefused, match=message):
        judge_answers(Path("model"), SOUND | answer, recorded)


def test_damaged_model_is_refused_with_the_last_words_of_its_process(
    model: Path, tmp_path: Path
) -> None:
    damaged = shutil.copytree(model, tmp_path / "1")
    (damaged / "saved_model.pb").write_bytes(b"\xff\xff")
    with pytest.raises(ModelRefused, match=r"loads and answers.\nReceived exit code 1"):
        check_serving(damaged)


def test_model_that_does_not_say_what_it_takes_is_refused(
    model: Path, tmp_path: Path
) -> None:
    nameless = shutil.copytree(model, tmp_path / "1")
    (nameless / "provenance.json").unlink()
    with pytest.raises(ModelRefused, match=r"provenance\.json"):
        check_serving(nameless)


def test_process_that_takes_too_long_is_refused(model: Path) -> None:
    with pytest.raises(ModelRefused, match=r"an answer within 0.01 seconds"):
        check_serving(model, timeout_seconds=0.01)
