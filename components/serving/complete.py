# SPDX-License-Identifier: Apache-2.0
"""Let a published language model go on with a text."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from components.serving.saved_model import ServedModel

COMPLETE: Final = "complete"
COMPLETE_BEAM: Final = "complete_beam"


@dataclass(frozen=True)
class Sampling:
    """How the next word is chosen.

    Attributes:
        temperature: Above 1 bolder, below 1 more cautious; 0 takes the most probable
            word each time. Defaults to 0.
        top_k: Only the k most probable words; 0 for all. Defaults to 0.
        top_p: Only the most probable words that together reach this share; 1 for all.
            Defaults to 1.
        seed: The same seed writes the same words. Defaults to 1.
    """

    temperature: float = 0.0
    top_k: int = 0
    top_p: float = 1.0
    seed: int = 1

    def as_inputs(self) -> dict[str, Any]:
        """The inputs of the model's signature."""
        import numpy as np

        return {
            "temperature": np.float32(self.temperature),
            "top_k": np.int32(self.top_k),
            "top_p": np.float32(self.top_p),
            "seed": np.int32(self.seed),
        }


@dataclass(frozen=True)
class Completion:
    """What a model wrote.

    Attributes:
        sentence: The text that was given, and what the model wrote after it.
        words: The words that it wrote.
        probabilities: The probability that it gave to each.
    """

    sentence: str
    words: tuple[str, ...]
    probabilities: tuple[float, ...]

    @property
    def text(self) -> str:
        """The words that were written, with a space between them."""
        return " ".join(self.words)


def complete(
    model: "ServedModel", sentence: str, num_words: int, sampling: Sampling
) -> Completion:
    """Let a model go on with a sentence, word by word.

    Args:
        model: A language model.
        sentence: What stands before; may be empty.
        num_words: How many words to write.
        sampling: How each is chosen.
    """
    inputs = sentence_inputs(sentence, num_words) | sampling.as_inputs()
    return _ask(model, COMPLETE, inputs)


def complete_by_beam(
    model: "ServedModel", sentence: str, num_words: int, num_beams: int
) -> Completion:
    """Let a model go on with a sentence so that the whole is probable.

    Args:
        model: A language model.
        sentence: What stands before; may be empty.
        num_words: How many words to write.
        num_beams: Texts that are followed at once.
    """
    import numpy as np

    inputs = sentence_inputs(sentence, num_words) | {"num_beams": np.int32(num_beams)}
    return _ask(model, COMPLETE_BEAM, inputs)


def sentence_inputs(sentence: str, num_words: int) -> dict[str, Any]:
    """What every signature takes that goes on with a sentence."""
    import numpy as np

    # What the command line could not decode is handed on byte by byte.
    text = np.array(sentence.encode("utf-8", "surrogateescape"), dtype=object)
    return {"sentence": text, "num_words": np.int32(num_words)}


def _ask(model: "ServedModel", signature: str, inputs: dict[str, Any]) -> Completion:
    import tensorflow as tf

    tensors = {name: tf.constant(value) for name, value in inputs.items()}
    answer = model.signature(signature)(**tensors)
    return Completion(
        sentence=answer["sentence"].numpy().decode("utf-8", "replace"),
        words=tuple(word.decode() for word in answer["words"].numpy()),
        probabilities=tuple(answer["probabilities"].numpy().tolist()),
    )
