# SPDX-License-Identifier: Apache-2.0
"""What a language model has learnt about words: the frequent ones on a map."""

from typing import TYPE_CHECKING, Any, Final

from components.report import html

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from components.trainer.language.windows import TextData

WORDS_SHOWN: Final = 150


def word_map(embeddings: "NDArray[Any]", data: "TextData") -> Any:
    """Draw the most frequent words by the two main directions of their vectors.

    Args:
        embeddings: A vector per word, the unknown one first.
        data: The texts that it was trained on.
    """
    import numpy as np

    counts = np.bincount(np.concatenate(data.train.blocks))
    counts[0] = 0
    frequent = np.argsort(-counts, kind="stable")[:WORDS_SHOWN]
    frequent = frequent[counts[frequent] > 0]
    places, share = main_directions(embeddings[frequent])
    return html.join(
        html.subheading("A map of words", "training-words"),
        html.labelled_points(
            places.tolist(),
            [data.vocabulary[word - 1] for word in frequent],
            f"The {len(frequent)} most frequent words of the training text",
        ),
        html.paragraph(
            "Vectors of unit length on their first two principal components, which "
            f"hold {share:.0%} of their variance: words that are near each other here "
            "may still be far apart."
        ),
    )


def main_directions(vectors: "NDArray[Any]") -> "tuple[NDArray[Any], float]":
    """Project directions on their first two principal components.

    Args:
        vectors: One per row; only their direction counts.

    Returns:
        Two numbers per row, and the share of the variance that they hold.
    """
    import numpy as np

    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    units = vectors / np.maximum(lengths, 1e-9)
    left, sizes, _ = np.linalg.svd(units - units.mean(axis=0), full_matrices=False)
    share = float((sizes[:2] ** 2).sum() / max((sizes**2).sum(), 1e-12))
    places = left[:, :2] * sizes[:2]
    # A decomposition may come out mirrored: the largest entry decides.
    signs = np.sign(places[np.abs(places).argmax(axis=0), [0, 1]])
    return places * np.where(signs == 0, 1, signs), share
