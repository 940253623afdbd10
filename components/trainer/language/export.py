# SPDX-License-Identifier: Apache-2.0
"""Export a language model as a SavedModel, with its vocabulary, and for Keras.

serving_default   serialized tf.Examples -> their token ids, and the log-probability of
                  each token of the vocabulary at each position, given those before
tokenize          texts -> their tokens and token ids
complete          a sentence -> its continuation, sampled
complete_beam     a sentence -> its continuation, by beam search

`model.keras` maps token ids to the log-probabilities of the token after each.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import keras
import tensorflow as tf
import tensorflow_transform as tft

from components.contracts.features import TEXT, TOKENS, WORDS
from components.contracts.signatures import (
    COMPLETE,
    COMPLETE_BEAM,
    SERVING_DEFAULT,
    TOKENIZE,
)
from components.trainer.keras_file import write_keras_file
from components.trainer.language.decoding.beam_search import beam_search
from components.trainer.language.decoding.sampling import sample
from components.trainer.language.keras_model import as_keras_model
from components.trainer.language.layers import UNKNOWN
from components.trainer.language.model import LanguageModel

PADDING: Final = -1

# A function of tensors, and their specifications.
_Endpoint = tuple[Callable[..., dict[str, tf.Tensor]], list[tf.TensorSpec]]


@dataclass(frozen=True)
class Tokenizer:
    """The transform graph, from texts to token ids and back."""

    layer: keras.layers.Layer
    """The graph as a layer."""

    vocabulary: tf.Tensor
    """Known tokens in the order of their ids, strings (known tokens,)."""

    def encode(self, texts: tf.Tensor) -> tuple[tf.RaggedTensor, tf.RaggedTensor]:
        """Return tokens and token ids of texts, ragged tensors (texts, tokens)."""
        # Invalid UTF-8 becomes U+FFFD, so that no input bytes raise an error.
        clean = tf.strings.unicode_transcode(texts, "UTF-8", "UTF-8", errors="replace")
        features = self.layer({TEXT: clean})
        tokens = _as_ragged(features[TOKENS])
        return tokens, tf.cast(_as_ragged(features[WORDS]), tf.int32)

    def decode(self, token_ids: tf.Tensor) -> tf.Tensor:
        """Return the tokens of known token ids, strings of the same shape."""
        return tf.gather(self.vocabulary, token_ids - 1)


def export_language_model(
    model: LanguageModel,
    vocabulary: Sequence[str],
    transform_output: str,
    folder: Path,
) -> None:
    """Write a SavedModel with its signatures, and `model.keras`.

    Args:
        model: The language model, in float32.
        vocabulary: Known tokens in the order of their ids.
        transform_output: Folder of the transform graph.
        folder: Folder of the SavedModel.
    """
    transform = tft.TFTransformOutput(transform_output)
    layer = transform.transform_features_layer()
    tokenizer = Tokenizer(layer, tf.constant(list(vocabulary)))
    archive = keras.export.ExportArchive()
    archive.track(model.network)
    # Tracked, so that the SavedModel contains the layer's tables and files.
    archive.track(layer)
    for name, (function, signature) in _endpoints(model, tokenizer).items():
        archive.add_endpoint(name, tf.function(function, input_signature=signature))
    archive.write_out(str(folder), verbose=False)
    write_keras_file(as_keras_model(model.network), folder)


def _endpoints(model: LanguageModel, tokenizer: Tokenizer) -> dict[str, _Endpoint]:
    def serve(examples: tf.Tensor) -> dict[str, tf.Tensor]:
        spec = {TEXT: tf.io.FixedLenFeature([], tf.string)}
        _, token_ids = tokenizer.encode(tf.io.parse_example(examples, spec)[TEXT])
        return {
            "words": token_ids.to_tensor(PADDING),
            "log_probabilities": model.score(token_ids.to_tensor(UNKNOWN)),
        }

    def tokenize(texts: tf.Tensor) -> dict[str, tf.Tensor]:
        tokens, token_ids = tokenizer.encode(texts)
        return {"tokens": tokens.to_tensor(""), "words": token_ids.to_tensor(PADDING)}

    def completion(
        sentence: tf.Tensor, token_ids: tf.Tensor, probabilities: tf.Tensor
    ) -> dict[str, tf.Tensor]:
        generated = tokenizer.decode(token_ids)
        parts = tf.concat([[tf.strings.strip(sentence)], generated], axis=0)
        parts = tf.boolean_mask(parts, tf.strings.length(parts) > 0)
        return {
            "sentence": tf.strings.reduce_join(parts, separator=" "),
            "words": generated,
            "probabilities": probabilities,
        }

    def complete(
        sentence: tf.Tensor,
        num_words: tf.Tensor,
        temperature: tf.Tensor,
        top_k: tf.Tensor,
        top_p: tf.Tensor,
        seed: tf.Tensor,
    ) -> dict[str, tf.Tensor]:
        prompt = tokenizer.encode(sentence[tf.newaxis])[1][0]
        generated = sample(model, prompt, num_words, temperature, top_k, top_p, seed)
        return completion(sentence, *generated)

    def complete_beam(
        sentence: tf.Tensor, num_words: tf.Tensor, num_beams: tf.Tensor
    ) -> dict[str, tf.Tensor]:
        prompt = tokenizer.encode(sentence[tf.newaxis])[1][0]
        return completion(sentence, *beam_search(model, prompt, num_words, num_beams))

    text, count = _scalar("sentence", tf.string), _scalar("num_words", tf.int32)
    sampling = (
        _scalar("temperature", tf.float32),
        _scalar("top_k", tf.int32),
        _scalar("top_p", tf.float32),
        _scalar("seed", tf.int32),
    )
    return {
        SERVING_DEFAULT: (serve, [tf.TensorSpec([None], tf.string, "examples")]),
        TOKENIZE: (tokenize, [tf.TensorSpec([None], tf.string, "texts")]),
        COMPLETE: (complete, [text, count, *sampling]),
        COMPLETE_BEAM: (
            complete_beam,
            [text, count, _scalar("num_beams", tf.int32)],
        ),
    }


def _scalar(name: str, dtype: tf.DType) -> tf.TensorSpec:
    return tf.TensorSpec([], dtype, name)


def _as_ragged(values: tf.SparseTensor | tf.RaggedTensor) -> tf.RaggedTensor:
    if isinstance(values, tf.SparseTensor):
        return tf.RaggedTensor.from_sparse(values)
    return values
