# SPDX-License-Identifier: Apache-2.0
"""Write a language model as a SavedModel that takes text and gives text.

serving_default   serialized tf.Examples -> their words, and the log-probability of each
                  word of the vocabulary at each place, given the words before it
tokenize          texts -> their tokens, and the number of each
complete          a sentence goes on, drawn word by word
complete_beam     a sentence goes on, by beam search

Tokeniser and vocabulary are inside.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from components.contracts.features import TEXT, TOKENS, WORDS
from components.trainer.language.decoding import Reader, sample, search
from components.trainer.language.layers import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Sequence

PADDING: Final = -1


@dataclass(frozen=True)
class Speller:
    """The transform graph as the way from text to numbers and back.

    Attributes:
        layer: The graph as a layer.
        spellings: Every known word in the order of its number, as a tensor of strings.
    """

    layer: Any
    spellings: Any

    def tokens(self, texts: Any) -> tuple[Any, Any]:
        """Tokens of texts and their numbers, as ragged tensors (texts, tokens)."""
        import tensorflow as tf

        # What is no UTF-8 becomes U+FFFD: a caller's bytes must not stop the model.
        clean = tf.strings.unicode_transcode(texts, "UTF-8", "UTF-8", errors="replace")
        found = self.layer({TEXT: clean})
        return _ragged(found[TOKENS]), tf.cast(_ragged(found[WORDS]), tf.int32)

    def spell(self, words: Any) -> Any:
        """Known words by their numbers."""
        import tensorflow as tf

        return tf.gather(self.spellings, words - 1)


def export_language_model(
    reader: Reader, vocabulary: "Sequence[str]", transform_output: str, folder: Path
) -> None:
    """Write a SavedModel with all signatures.

    Args:
        reader: The network, in float32.
        vocabulary: The known words in the order of their numbers.
        transform_output: Folder of the transform graph.
        folder: Where to write.
    """
    import keras
    import tensorflow as tf
    import tensorflow_transform as tft

    transform = tft.TFTransformOutput(transform_output)
    layer = transform.transform_features_layer()
    speller = Speller(layer, tf.constant(list(vocabulary)))
    archive = keras.export.ExportArchive()
    archive.track(reader.network)
    # The layer's tables and files go into the SavedModel with it.
    archive.track(layer)
    for name, (function, signature) in _endpoints(reader, speller).items():
        archive.add_endpoint(name, tf.function(function, input_signature=signature))
    archive.write_out(str(folder), verbose=False)


def _endpoints(reader: Reader, speller: Speller) -> dict[str, Any]:
    import tensorflow as tf

    def serve(examples: Any) -> dict[str, Any]:
        spec = {TEXT: tf.io.FixedLenFeature([], tf.string)}
        _, words = speller.tokens(tf.io.parse_example(examples, spec)[TEXT])
        return {
            "words": words.to_tensor(PADDING),
            "log_probabilities": reader.read(words.to_tensor(UNKNOWN)),
        }

    def tokenize(texts: Any) -> dict[str, Any]:
        tokens, words = speller.tokens(texts)
        return {"tokens": tokens.to_tensor(""), "words": words.to_tensor(PADDING)}

    def answer(sentence: Any, words: Any, probabilities: Any) -> dict[str, Any]:
        written = speller.spell(words)
        parts = tf.concat([[tf.strings.strip(sentence)], written], axis=0)
        parts = tf.boolean_mask(parts, tf.strings.length(parts) > 0)
        return {
            "sentence": tf.strings.reduce_join(parts, separator=" "),
            "words": written,
            "probabilities": probabilities,
        }

    def complete(
        sentence: Any,
        num_words: Any,
        temperature: Any,
        top_k: Any,
        top_p: Any,
        seed: Any,
    ) -> dict[str, Any]:
        read = speller.tokens(sentence[tf.newaxis])[1][0]
        found = sample(reader, read, num_words, temperature, top_k, top_p, seed)
        return answer(sentence, *found)

    def complete_beam(sentence: Any, num_words: Any, num_beams: Any) -> dict[str, Any]:
        read = speller.tokens(sentence[tf.newaxis])[1][0]
        return answer(sentence, *search(reader, read, num_words, num_beams))

    text, count = _scalar("sentence", tf.string), _scalar("num_words", tf.int32)
    sampling = (
        _scalar("temperature", tf.float32),
        _scalar("top_k", tf.int32),
        _scalar("top_p", tf.float32),
        _scalar("seed", tf.int32),
    )
    return {
        "serving_default": (serve, [tf.TensorSpec([None], tf.string, "examples")]),
        "tokenize": (tokenize, [tf.TensorSpec([None], tf.string, "texts")]),
        "complete": (complete, [text, count, *sampling]),
        "complete_beam": (
            complete_beam,
            [text, count, _scalar("num_beams", tf.int32)],
        ),
    }


def _scalar(name: str, dtype: Any) -> Any:
    import tensorflow as tf

    return tf.TensorSpec([], dtype, name)


def _ragged(values: Any) -> Any:
    import tensorflow as tf

    if isinstance(values, tf.SparseTensor):
        return tf.RaggedTensor.from_sparse(values)
    return values
