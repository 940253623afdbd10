# SPDX-License-Identifier: Apache-2.0
"""What a language model says about every word of a split, through its signatures."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from components.contracts.features import TEXT
from components.contracts.signatures import SERVING_DEFAULT
from components.contracts.texts import consecutive
from components.core.errors import ProdlError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from components.evaluator.examples import ExampleSplit
    from components.serving.saved_model import ServedModel

TOKENIZE: Final = "tokenize"
LOG_PROBABILITIES: Final = "log_probabilities"
WORDS: Final = "words"

_PADDING: Final = -1
# How far probabilities in float32 may miss a sum of one, and repeat themselves.
_TOLERANCE: Final = 1e-3


@dataclass(frozen=True)
class Reading:
    """A stretch of text, and what a model made of it.

    Attributes:
        text: The text.
        label: What it is part of, for example a chapter.
        tokens: Its tokens.
        words: Their numbers; 0 is the unknown word.
        probabilities: Of each word of the vocabulary, the unknown one first, at each
            place, given what stands before it: float32 (words, vocabulary).
    """

    text: bytes
    label: str
    tokens: list[str]
    words: "NDArray[Any]"
    probabilities: "NDArray[Any]"

    @property
    def known(self) -> "NDArray[Any]":
        """The same, given that the word is a known one: (words, known words)."""
        rows = self.probabilities[:, 1:]
        shares: NDArray[Any] = rows / rows.sum(axis=1, keepdims=True)
        return shares


def read_split(model: "ServedModel", examples: "ExampleSplit") -> Iterator[Reading]:
    """Let a model predict every word of a split, paragraphs that follow joined.

    Args:
        model: The exported model.
        examples: The split.

    Raises:
        ProdlError: If what the model returns are no probabilities of words.
    """
    import numpy as np
    import tensorflow as tf

    signature = model.signature(SERVING_DEFAULT)
    for label, text in _stretches(examples):
        answer = signature(examples=tf.constant([make_example(text)]))
        rows = np.exp(answer[LOG_PROBABILITIES].numpy())
        _check(model, rows, answer[WORDS].numpy())
        (tokens,) = tokenize(model, [text])
        yield Reading(text, label, tokens, answer[WORDS].numpy()[0], rows[0])


def _stretches(examples: "ExampleSplit") -> Iterator[tuple[str, bytes]]:
    """Label and text of each stretch of a split without a gap, in reading order."""
    labels, item_ids, texts = list[str](), list[str](), list[bytes]()
    for batch in examples.batches():
        labels += batch.labels
        item_ids += batch.item_ids
        texts += example_texts(batch.serialized)
    for stretch in consecutive(item_ids):
        yield labels[stretch[0]], b"\n".join(texts[index] for index in stretch)


def tokenize(model: "ServedModel", texts: list[bytes]) -> list[list[str]]:
    """The tokens of texts, as the model cuts them."""
    import tensorflow as tf

    answer = model.signature(TOKENIZE)(texts=tf.constant(texts))
    lengths = (answer[WORDS].numpy() != _PADDING).sum(axis=1)
    pairs = zip(answer["tokens"].numpy(), lengths, strict=True)
    return [[token.decode() for token in row[:length]] for row, length in pairs]


def example_texts(serialized: list[bytes]) -> list[bytes]:
    """The text in each of some tf.Examples."""
    import tensorflow as tf

    spec = {TEXT: tf.io.FixedLenFeature([], tf.string)}
    return list(tf.io.parse_example(serialized, spec)[TEXT].numpy())


def make_example(text: bytes) -> bytes:
    """A text as a serialized tf.Example."""
    import tensorflow as tf

    example = tf.train.Example()
    example.features.feature[TEXT].bytes_list.value.append(text)
    return bytes(example.SerializeToString())


def looks_ahead(model: "ServedModel", reading: Reading) -> bool:
    """Whether what a model says about a word depends on it, or on words after it.

    A model that has seen the word it is to predict is sure of it; its figures would
    look the better, the worse it is made.

    Args:
        model: The exported model.
        reading: A text with what the model said; its first half is read again alone,
            with another last word.
    """
    import numpy as np
    import tensorflow as tf

    *kept, last = reading.text[: len(reading.text) // 2].split(b" ")
    tokens = (token.encode() for token in reading.tokens)
    other = next((t for t in tokens if not last.lower().startswith(t)), b"")
    half = make_example(b" ".join([*kept, other]))
    alone = model.signature(SERVING_DEFAULT)(examples=tf.constant([half]))
    rows = np.exp(alone[LOG_PROBABILITIES].numpy()[0])
    return not np.allclose(rows, reading.probabilities[: len(rows)], atol=_TOLERANCE)


def _check(model: "ServedModel", rows: "NDArray[Any]", words: "NDArray[Any]") -> None:
    import numpy as np

    sums = rows.sum(axis=-1)
    if rows.ndim != 3 or rows.shape[:2] != words.shape:
        received = f"an array of shape {rows.shape}"
    elif not np.isfinite(rows).all() or not np.allclose(sums, 1, atol=_TOLERANCE):
        received = "numbers that do not add up to one"
    elif words.max(initial=0) >= rows.shape[2]:
        received = f"word {words.max()} of {rows.shape[2]}"
    else:
        return
    raise ProdlError(
        f"{model.path}: expected a probability of each word of the vocabulary for each "
        f"of the {words.size} places of a batch.\nReceived {received}."
    )
