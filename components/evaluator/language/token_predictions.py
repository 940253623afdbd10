# SPDX-License-Identifier: Apache-2.0
"""A language model's predictions of every token of a split, through its signatures."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from components.contracts.features import TEXT
from components.contracts.signatures import SERVING_DEFAULT
from components.contracts.texts import consecutive
from components.core.errors import ProdlError
from components.evaluator.examples import ExampleSplit
from components.serving.saved_model import SavedModel

TOKENIZE: Final = "tokenize"
LOG_PROBABILITIES: Final = "log_probabilities"
WORDS: Final = "words"
TOKENS: Final = "tokens"

_PADDING: Final = -1
# Tolerance of float32 probabilities: of their sum, and of repeated predictions.
_TOLERANCE: Final = 1e-3


@dataclass(frozen=True)
class TokenPredictions:
    """A stretch of text with the predicted distribution at each of its tokens."""

    text: bytes
    """The text."""

    label: str
    """Part of the whole that it is from, for example a chapter."""

    tokens: list[str]
    """Its tokens."""

    token_ids: NDArray[np.int64]
    """Their ids (tokens,); 0 is the unknown word."""

    probabilities: NDArray[np.float32]
    """Probability of each word of the vocabulary, the unknown one first, given the
    tokens before: float32 (tokens, vocabulary)."""

    @property
    def known_probabilities(self) -> NDArray[np.float32]:
        """Probabilities given that the word is a known one: (tokens, known words)."""
        rows = self.probabilities[:, 1:]
        shares: NDArray[Any] = rows / rows.sum(axis=1, keepdims=True)
        return shares


def predict_split(
    model: SavedModel, examples: ExampleSplit
) -> Iterator[TokenPredictions]:
    """Predict every token of a split; consecutive paragraphs are joined to one text.

    Args:
        model: The exported model.
        examples: The split.

    Raises:
        ProdlError: If the model does not return probabilities of words.
    """
    signature = model.signature(SERVING_DEFAULT)
    for label, text in _stretches(examples):
        outputs = signature(examples=tf.constant([make_example(text)]))
        rows = np.exp(outputs[LOG_PROBABILITIES].numpy())
        token_ids = outputs[WORDS].numpy()
        _check(model, rows, token_ids)
        (tokens,) = tokenize(model, [text])
        yield TokenPredictions(text, label, tokens, token_ids[0], rows[0])


def _stretches(examples: ExampleSplit) -> Iterator[tuple[str, bytes]]:
    """Label and text of each stretch of a split without a gap, in reading order."""
    labels, item_ids, texts = list[str](), list[str](), list[bytes]()
    for batch in examples.batches():
        labels += batch.labels
        item_ids += batch.item_ids
        texts += example_texts(batch.serialized)
    for stretch in consecutive(item_ids):
        yield labels[stretch[0]], b"\n".join(texts[index] for index in stretch)


def tokenize(model: SavedModel, texts: list[bytes]) -> list[list[str]]:
    """Split texts into tokens with the model's own tokenizer."""
    outputs = model.signature(TOKENIZE)(texts=tf.constant(texts))
    lengths = (outputs[WORDS].numpy() != _PADDING).sum(axis=1)
    pairs = zip(outputs[TOKENS].numpy(), lengths, strict=True)
    return [[token.decode() for token in row[:length]] for row, length in pairs]


def example_texts(serialized: list[bytes]) -> list[bytes]:
    """Parse the text of each of some tf.Examples."""
    spec = {TEXT: tf.io.FixedLenFeature([], tf.string)}
    return list(tf.io.parse_example(serialized, spec)[TEXT].numpy())


def make_example(text: bytes) -> bytes:
    """Serialize a text as tf.Example."""
    example = tf.train.Example()
    example.features.feature[TEXT].bytes_list.value.append(text)
    return bytes(example.SerializeToString())


def leaks_future_tokens(model: SavedModel, predictions: TokenPredictions) -> bool:
    """Return whether predictions of a token depend on that token or on later ones.

    A model that leaks the target token gets unrealistically good scores.

    Args:
        model: The exported model.
        predictions: Of a text; its first half is predicted again alone, with another
            last word, and must get the same probabilities.
    """
    *kept, last = predictions.text[: len(predictions.text) // 2].split(b" ")
    tokens = (token.encode() for token in predictions.tokens)
    other = next((t for t in tokens if not last.lower().startswith(t)), b"")
    half = make_example(b" ".join([*kept, other]))
    alone = model.signature(SERVING_DEFAULT)(examples=tf.constant([half]))
    rows = np.exp(alone[LOG_PROBABILITIES].numpy()[0])
    same = np.allclose(rows, predictions.probabilities[: len(rows)], atol=_TOLERANCE)
    return not same


def _check(model: SavedModel, rows: NDArray[Any], token_ids: NDArray[Any]) -> None:
    sums = rows.sum(axis=-1)
    if rows.ndim != 3 or rows.shape[:2] != token_ids.shape:
        received = f"an array of shape {rows.shape}"
    elif not np.isfinite(rows).all() or not np.allclose(sums, 1, atol=_TOLERANCE):
        received = "numbers that do not add up to one"
    elif token_ids.max(initial=0) >= rows.shape[2]:
        received = f"word {token_ids.max()} of {rows.shape[2]}"
    else:
        return
    raise ProdlError(
        f"{model.path}: expected a probability of each word of the vocabulary for each "
        f"of the {token_ids.size} places of a batch.\nReceived {received}."
    )
