# SPDX-License-Identifier: Apache-2.0
"""Transform of texts: tokenization and vocabulary."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_transform as tft

from components.contracts.features import TOKENS, WORDS
from components.contracts.texts import TOKEN_PATTERN
from components.transform.text import preprocessing_fn, tokenize
from tests.support.datasets.examples import run_transform

TRAIN = ["'Oh dear!' said the Rabbit--late.", "The rabbit ran; the Rabbit hid."]
TEST = ["Alice saw the rabbit."]


def _tokens(text: str, level: str = "words") -> list[str]:
    return [token.decode() for token in tokenize([text], level)[0].numpy()]


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("Don't!", ["don't", "!"]),
        ("'Twas--no", ["'", "twas", "--", "no"]),
        ("you  know\n(so)", ["you", "know", "(", "so", ")"]),
        ("O\u00d9 est-il?", ["o\u00f9", "est", "-", "il", "?"]),
        ("\u2018Oh\u2019\u2014\u201cI\u201d", ["'", "oh", "'", "--", '"', "i", '"']),
        ("42 \u732b", ["4", "2", "\u732b"]),
        ("", []),
        (" \n", []),
    ],
)
def test_text_is_cut_into_words_and_marks(text: str, tokens: list[str]) -> None:
    assert _tokens(text) == tokens


def test_pattern_means_the_same_to_python() -> None:
    for text in TRAIN + TEST:
        assert re.findall(TOKEN_PATTERN, text.lower()) == _tokens(text)


def test_characters_keep_one_blank_for_any_white_space() -> None:
    assert _tokens(" A\n b", "characters") == ["a", " ", "b"]


@pytest.fixture(scope="module")
def graph(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The transform graph of two small splits."""
    folder = tmp_path_factory.mktemp("text")
    _write(folder / "examples" / "Split-train", TRAIN)
    _write(folder / "examples" / "Split-test", TEST)
    return run_transform(
        folder / "examples",
        folder / "graph",
        ["train", "test"],
        preprocessing_fn,
        "alice",
        {"tokens": "words"},
    )


@pytest.mark.slow
def test_vocabulary_is_that_of_the_training_split(graph: Path) -> None:
    vocabulary = _transform(graph).vocabulary_by_name(WORDS)
    # By falling frequency, so the same every time.
    assert [word.decode() for word in vocabulary[:2]] == ["the", "rabbit"]
    assert b"alice" not in vocabulary


@pytest.mark.slow
def test_known_tokens_count_from_one_and_unknown_ones_are_zero(graph: Path) -> None:
    features = _transform(graph).transform_features_layer()({"text": tf.constant(TEST)})
    assert features[TOKENS].values.numpy().tolist() == [
        *(b"alice", b"saw", b"the", b"rabbit", b".")
    ]
    numbers = features[WORDS].values.numpy()
    assert numbers.dtype == np.int64
    assert numbers[:4].tolist() == [0, 0, 1, 2]
    assert numbers[4] > 2


def _transform(graph: Path) -> Any:
    return tft.TFTransformOutput(str(graph))


def _write(folder: Path, texts: list[str]) -> None:
    folder.mkdir(parents=True)
    name = str(folder / "data_tfrecord-00000-of-00001")
    with tf.io.TFRecordWriter(name) as writer:
        for number, text in enumerate(texts):
            example = tf.train.Example()
            feature = example.features.feature
            feature["text"].bytes_list.value.append(text.encode())
            feature["item_id"].bytes_list.value.append(f"01/{number:04d}".encode())
            feature["label"].bytes_list.value.append(b"01")
            feature["num_characters"].int64_list.value.append(len(text))
            feature["num_words"].int64_list.value.append(len(text.split()))
            writer.write(example.SerializeToString())
