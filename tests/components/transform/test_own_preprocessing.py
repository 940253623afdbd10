# SPDX-License-Identifier: Apache-2.0
"""A user's own preprocessing: its features are those of the network, and in serving."""

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
import tensorflow_transform as tft

from components.core.errors import UsageError
from components.trainer.classifier.export import export_classifier
from components.trainer.images.params import ImageSize
from components.trainer.images.resizing import decode_photographs
from components.transform.own_preprocessing import preprocessing_fn
from tests.support.datasets.examples import run_transform
from tests.support.datasets.photographs import CLASSES as PHOTOGRAPH_CLASSES
from tests.support.datasets.photographs import (
    FACTS,
    draw_photograph,
    encode,
    write_photographs,
)
from tests.support.datasets.tables import (
    CLASSES,
    LAYOUT,
    draw_birds,
    ingest,
    write_raw,
    write_schema,
)
from tests.support.own_code import own_package

PREPROCESS = """
import tensorflow as tf
import tensorflow_transform as tft

def preprocessing_fn(inputs):
    bill = inputs["bill_length"]
    ratio = tf.where(tf.math.is_nan(bill), 0.0, bill / inputs["body_mass"])
    return {
        "ratio": tft.scale_to_0_1(ratio),
        "island": tft.compute_and_apply_vocabulary(inputs["island"]),
    }

def negatives(inputs):
    def invert(encoded):
        return tf.io.encode_png(255 - tf.io.decode_image(encoded, channels=3))
    return {"image": tf.map_fn(invert, inputs["image"])}

def without_digits(inputs):
    return {"text": tf.strings.regex_replace(inputs["text"], "[0-9]+", "")}

def reserved(inputs):
    return {"label": tf.zeros_like(inputs["seen"], tf.int64)}

def strings(inputs):
    return {"island": inputs["island"]}

def nothing(inputs):
    return {}

def raises(inputs):
    return {"bill": inputs["beak"]}

def other_feature(inputs):
    return {"text": inputs["text"], "length": tf.strings.length(inputs["text"])}

def numbers(inputs):
    return {"text": tf.strings.length(inputs["text"])}
"""
TABLE = {
    "modality": "table",
    "family": "components.transform.table.preprocessing_fn",
    "table": asdict(LAYOUT),
    "classes": list(CLASSES),
}
TEXT = {
    "modality": "text",
    "family": "components.transform.text.preprocessing_fn",
    "tokens": "words",
}


@pytest.fixture(scope="module", autouse=True)
def _project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with own_package(tmp_path_factory.mktemp("project"), preprocess=PREPROCESS):
        yield


def _own(config: dict[str, Any], name: str) -> dict[str, Any]:
    return {**config, "preprocess": f"mine.preprocess.{name}"}


def _columns() -> dict[str, Any]:
    """Two rows; the second one misses what may be missing."""
    number = tf.sparse.from_dense([[3800.0], [0.0]])
    text = tf.sparse.from_dense([["Dream"], [""]])
    return {
        **dict.fromkeys(("bill_length", "bill_depth", "body_mass", "seen"), number),
        **dict.fromkeys(("island", "sex"), text),
        "label": tf.constant(["Adelie", "Gentoo"]),
    }


@pytest.mark.slow
def test_own_features_take_the_place_of_the_familys(tmp_path: Path) -> None:
    raw = write_raw(tmp_path / "raw", birds=draw_birds(100))
    examples, _ = ingest(raw, tmp_path / "ingested")
    graph = run_transform(
        *(examples, tmp_path / "graph", ["train"], preprocessing_fn),
        config=_own(TABLE, "preprocessing_fn"),
        schema=write_schema(tmp_path / "birds.pbtxt"),
    )
    (file,) = (examples / "Split-train").glob("*")
    (record,) = tf.data.TFRecordDataset(str(file)).take(1).as_numpy_iterator()

    transform = tft.TFTransformOutput(str(graph))
    spec = transform.raw_feature_spec()
    del spec["label"]
    served = transform.transform_features_layer()(tf.io.parse_example([record], spec))
    assert set(transform.transformed_feature_spec()) == {
        *("ratio", "island", "label", "label_weight")
    }
    assert 0 <= served["ratio"].numpy()[0] <= 1
    assert served["island"].numpy()[0] in range(3)


@pytest.mark.slow
def test_pictures_of_a_caller_are_changed_like_those_of_the_training(
    tmp_path: Path,
) -> None:
    examples = tmp_path / "examples"
    write_photographs(examples, "train", [0, 1, 2] * 2)
    config = {
        "modality": "photograph",
        "family": "components.transform.images.preprocessing_fn",
        "classes": list(PHOTOGRAPH_CLASSES),
    }
    graph = run_transform(
        *(examples, tmp_path / "graph", ["train"], preprocessing_fn, "cervix"),
        config=_own(config, "negatives"),
    )
    photographs = keras.Input((32, 32, 3), dtype="uint8")
    pixels = keras.layers.Flatten()(keras.layers.Rescaling(1 / 255)(photographs))
    model = keras.Model(photographs, keras.layers.Dense(3)(pixels))
    size, folder = ImageSize(size=32), tmp_path / "model"

    export_classifier(model, 1.0, str(graph), FACTS, folder, size)

    signatures = tf.saved_model.load(str(folder)).signatures
    encoded = tf.constant([encode(draw_photograph(n, n), "PNG") for n in range(3)])
    answers = signatures["predict_encoded"](encoded=encoded)["probabilities"]
    negatives = tf.constant(255 - decode_photographs(encoded, size).numpy())
    expected = signatures["predict_images"](images=negatives)["probabilities"]
    np.testing.assert_allclose(answers, expected, atol=0.02)
    plain = signatures["predict_images"](images=255 - negatives)["probabilities"]
    assert np.abs(plain - answers).max() > 0.1


def test_text_is_changed_before_it_is_cut_into_tokens() -> None:
    config = _own(TEXT, "without_digits")
    with pytest.MonkeyPatch.context() as patch:
        # Needs no pass over the data here.
        patch.setattr(tft, "compute_and_apply_vocabulary", lambda tokens, **_: tokens)
        patch.setattr("components.transform.text._from_one", lambda ids: ids)
        outputs = preprocessing_fn({"text": tf.constant(["at 10 to 5"])}, config)
    assert outputs["tokens"].values.numpy().tolist() == [b"at", b"to"]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("reserved", "expected features with names of their own: .*\nReceived 'label'"),
        ("strings", "'island' as float32 .*\nReceived string"),
        ("nothing", "expected a mapping of names to tensors.\nReceived {}"),
        ("raises", "failed: KeyError: 'beak'"),
        ("missing", "mine.preprocess has no missing"),
    ],
)
def test_what_a_table_may_not_give_is_refused(name: str, message: str) -> None:
    with pytest.raises(UsageError, match=f"(?s)preprocess: .*{message}"):
        preprocessing_fn(_columns(), _own(TABLE, name))


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("other_feature", "'text' alone.\nReceived 'text', 'length'"),
        ("numbers", "'text' as string .*\nReceived int32"),
    ],
)
def test_of_a_text_nothing_else_may_change(name: str, message: str) -> None:
    inputs = {"text": tf.constant(["one"])}
    with pytest.raises(UsageError, match=message):
        preprocessing_fn(inputs, _own(TEXT, name))
