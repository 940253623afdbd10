# SPDX-License-Identifier: Apache-2.0
"""Continue a text with a published language model."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import tensorflow as tf

from components.contracts.signatures import COMPLETE, COMPLETE_BEAM
from components.serving.answer import Answer
from components.serving.saved_model import SavedModel

SIGNATURES: Final = (COMPLETE,)


@dataclass(frozen=True)
class Options:
    """Options of the continuation of a text."""

    words: int = 28
    """Number of tokens to generate."""

    temperature: float = 0.0
    """Divides the logits; 0 takes the most probable token each time."""

    top_k: int = 0
    """Sample from the k most probable tokens; 0 for all."""

    top_p: float = 1.0
    """Nucleus sampling; 1 for all."""

    beam: int = 0
    """Width of a beam search; 0 for none: tokens are sampled."""

    seed: int = 1
    """The same seed gives the same text."""


@dataclass(frozen=True)
class Sampling:
    """How the next token is sampled."""

    temperature: float = 0.0
    """Divides the logits: above 1 more diverse, below 1 less; 0 is greedy decoding."""

    top_k: int = 0
    """Sample from the k most probable tokens; 0 for all."""

    top_p: float = 1.0
    """Nucleus sampling: from the most probable tokens that together reach this
    probability; 1 for all."""

    seed: int = 1
    """The same seed gives the same tokens."""

    def as_inputs(self) -> dict[str, Any]:
        """The inputs of the model's signature."""
        return {
            "temperature": np.float32(self.temperature),
            "top_k": np.int32(self.top_k),
            "top_p": np.float32(self.top_p),
            "seed": np.int32(self.seed),
        }


@dataclass(frozen=True)
class Completion:
    """Continuation of a text."""

    sentence: str
    """The given text with its continuation."""

    words: tuple[str, ...]
    """Tokens of the continuation."""

    probabilities: tuple[float, ...]
    """Probability of each of these tokens."""

    @property
    def text(self) -> str:
        """The continuation, its tokens separated by spaces."""
        return " ".join(self.words)


def predict(
    model: SavedModel, inputs: Sequence[str], options: Options
) -> Iterator[Answer]:
    """Answer with each text and its continuation.

    Args:
        model: A language model.
        inputs: Beginnings of texts; one may be empty.
        options: Length of the continuation, and how it is decoded.
    """
    o = options
    sampling = Sampling(o.temperature, o.top_k, o.top_p, o.seed)
    for text in inputs:
        if o.beam:
            completion = complete_by_beam(model, text, o.words, o.beam)
        else:
            completion = complete(model, text, o.words, sampling)
        yield Answer(completion.sentence)


def complete(
    model: SavedModel, sentence: str, num_words: int, sampling: Sampling
) -> Completion:
    """Continue a sentence token by token.

    Args:
        model: A language model.
        sentence: The beginning; may be empty.
        num_words: Number of tokens to generate.
        sampling: How each is sampled.
    """
    inputs = sentence_inputs(sentence, num_words) | sampling.as_inputs()
    return _call(model, COMPLETE, inputs)


def complete_by_beam(
    model: SavedModel, sentence: str, num_words: int, num_beams: int
) -> Completion:
    """Continue a sentence by beam search.

    Args:
        model: A language model.
        sentence: The beginning; may be empty.
        num_words: Number of tokens to generate.
        num_beams: Beam width.
    """
    inputs = sentence_inputs(sentence, num_words) | {"num_beams": np.int32(num_beams)}
    return _call(model, COMPLETE_BEAM, inputs)


def sentence_inputs(sentence: str, num_words: int) -> dict[str, Any]:
    """The inputs that both signatures have in common."""
    # Bytes that the command line could not decode are passed on unchanged.
    text = np.array(sentence.encode("utf-8", "surrogateescape"), dtype=object)
    return {"sentence": text, "num_words": np.int32(num_words)}


def _call(model: SavedModel, signature: str, inputs: dict[str, Any]) -> Completion:
    tensors = {name: tf.constant(value) for name, value in inputs.items()}
    outputs = model.signature(signature)(**tensors)
    return Completion(
        sentence=outputs["sentence"].numpy().decode("utf-8", "replace"),
        words=tuple(word.decode() for word in outputs["words"].numpy()),
        probabilities=tuple(outputs["probabilities"].numpy().tolist()),
    )
