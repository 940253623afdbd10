# SPDX-License-Identifier: Apache-2.0
"""A user's own preprocessing: its features are those of the network, and in serving."""

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
import tensorflow as tf
import tensorflow_transform as tft
from tests.support.datasets.table_examples import CLASSES, SPECIES, ingest_table

from components.core.errors import UsageError
from components.transform.own_preprocessing import preprocessing_fn
from tests.support.own_code import own_package

PREPROCESS = """
import tensorflow as tf
import tensorflow_transform as tft

def preprocessing_fn(inputs):
    bill = inputs["bill"]
    ratio = tf.where(tf.math.is_nan(bill), 0.0, bill / inputs["mass"])
    return {
        "ratio": tft.scale_to_0_1(ratio),
        "island": tft.compute_and_apply_vocabulary(inputs["island"]),
    }

def without_digits(inputs):
    return {"text": tf.strings.regex_replace(inputs["text"], "[0-9]+", "")}

def reserved(inputs):
    return {"label": tf.zeros_like(inputs["mass"], tf.int64)}

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
    "table": asdict(SPECIES),
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


def own_preprocessing_fn(inputs: Any, custom_config: Any) -> Any:
    """What Transform calls, with the parameters of a recipe."""
    return preprocessing_fn(inputs, _own(custom_config | TABLE, "preprocessing_fn"))


def _columns() -> dict[str, Any]:
    return {
        "bill": tf.sparse.from_dense([[38.0], [49.0]]),
        "island": tf.sparse.from_dense([["Dream"], ["Biscoe"]]),
        "mass": tf.constant([[3800.0], [4900.0]]),
        "seen": tf.constant([[1.0], [2.0]]),
        "label": tf.constant([["Adelie"], ["Gentoo"]]),
    }


@pytest.mark.slow
def test_own_features_take_the_place_of_the_familys(tmp_path: Path) -> None:
    graph = ingest_table(tmp_path, function=own_preprocessing_fn).graph

    transform = tft.TFTransformOutput(str(graph))
    served = transform.transform_features_layer()(
        {name: value for name, value in _columns().items() if name != "label"}
    )
    assert set(transform.transformed_feature_spec()) == {
        *("ratio", "island", "label", "label_weight")
    }
    assert served["ratio"].shape == (2,)
    assert sorted(served["island"].numpy().tolist()) != [-1, -1]


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
