# SPDX-License-Identifier: Apache-2.0
"""How well a language model predicts texts it was not trained on."""

import math
from typing import TYPE_CHECKING, Any, Final

from components.trainer.language.layers import UNKNOWN
from components.trainer.language.windows import padded, predecessors

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from components.trainer.language.windows import Texts

# Words times texts at once: what memory must hold is that, times the vocabulary.
_MOST_WORDS: Final = 8192
_PADDING: Final = -1


def judge(network: Any, texts: "Texts") -> dict[str, float]:
    """Measure `loss` in nats, `perplexity` and `accuracy` on the known words of texts.

    Each text is read from its first word on, with nothing before it. Probabilities are
    shared out among the known words: what an unknown one is worth is not learnt.

    Args:
        network: From `[words, *states]` to `[logits, *states]`.
        texts: What to predict; each block on its own.
    """
    import numpy as np

    losses, hits = [], []
    for batch in _batches(texts.blocks):
        inputs = padded([predecessors(block) for block in batch], UNKNOWN)
        targets = padded(batch, _PADDING)
        log_probabilities = known_log_probabilities(_logits(network, inputs))
        known = targets > UNKNOWN
        wanted = targets[known] - 1
        rows = log_probabilities[known]
        losses.append(-rows[np.arange(len(wanted)), wanted])
        hits.append(rows.argmax(axis=1) == wanted)
    loss = float(np.mean(np.concatenate(losses)))
    return {
        "loss": loss,
        "perplexity": math.exp(loss),
        "accuracy": float(np.mean(np.concatenate(hits))),
    }


def known_log_probabilities(logits: "NDArray[Any]") -> "NDArray[Any]":
    """Log-probability of each known word, given that it is one.

    Args:
        logits: Of all words, the unknown one first, along the last axis.
    """
    import numpy as np

    known = logits[..., 1:].astype(np.float64)
    known -= known.max(axis=-1, keepdims=True)
    rows: NDArray[Any] = known - np.log(np.exp(known).sum(axis=-1, keepdims=True))
    return rows


def _logits(network: Any, inputs: "NDArray[Any]") -> "NDArray[Any]":
    import numpy as np

    states = [
        np.zeros((len(inputs), state.shape[-1]), np.float32)
        for state in network.inputs[1:]
    ]
    logits: NDArray[Any] = network.predict_on_batch([inputs, *states])[0]
    return logits


def _batches(blocks: "tuple[NDArray[Any], ...]") -> "list[list[NDArray[Any]]]":
    """Blocks grouped so that each group, padded to its longest, fits in memory."""
    groups: list[list[NDArray[Any]]] = [[]]
    for block in sorted(blocks, key=len):
        if groups[-1] and (len(groups[-1]) + 1) * len(block) > _MOST_WORDS:
            groups.append([])
        groups[-1].append(block)
    return groups
