# SPDX-License-Identifier: Apache-2.0
"""Section "training" of the report on a language model: curves and embeddings."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sklearn.decomposition import PCA

from components.contracts.step_data import StepData
from components.report import html
from components.report.section import Section
from components.trainer.section import render_training

# Title of a chart -> label of a line -> column of the history.
CHARTS: Final = {
    "Loss, nats per word": {"training": "loss", "validation": "val_loss"},
    "Perplexity of known words": {"validation": "val_perplexity"},
    "Learning rate": {"learning rate": "learning_rate"},
}
NOTE: Final = (
    "Training loss is taken while the weights change and with dropout; validation "
    "figures after each epoch, without dropout, over the known words. The exported "
    "weights are those of the epoch with the lowest validation perplexity, where there "
    "is one."
)


def render(data: StepData) -> Section:
    """Make the section of the data that the training left."""
    return render_language_model(data, CHARTS)


def render_language_model(
    data: StepData, charts: Mapping[str, Mapping[str, str]]
) -> Section:
    """Make the section with the charts of a family.

    Args:
        data: Data that the training left.
        charts: Title of a chart -> label of a line -> column of the history.
    """
    words = data.facts["frequent_tokens"]
    embeddings = data.arrays.get("frequent_embeddings")
    more = "" if embeddings is None else word_map(embeddings, words)
    return render_training(data, charts, note=NOTE, more=more)


def word_map(embeddings: NDArray[np.float32], words: Sequence[str]) -> Any:
    """Draw words at the first two principal components of their embeddings.

    Args:
        embeddings: Embeddings (words, units).
        words: The words.
    """
    coordinates, share = principal_components(embeddings)
    return html.join(
        html.subheading("Word embeddings", "training-words"),
        html.labelled_points(
            coordinates.tolist(),
            words,
            f"The {len(words)} most frequent words of the training text",
        ),
        html.paragraph(
            "Embeddings of unit length on their first two principal components, which "
            f"explain {share:.0%} of the variance: words near each other here may "
            "still be far apart."
        ),
    )


def principal_components(
    vectors: NDArray[np.float32],
) -> tuple[NDArray[np.float32], float]:
    """Project vectors of unit length on their first two principal components.

    Args:
        vectors: Vectors (n, units), normalised here.

    Returns:
        Coordinates (n, 2), and the share of the variance that they explain.
    """
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    normalised = vectors / np.maximum(lengths, 1e-9)
    pca = PCA(n_components=2, svd_solver="full")
    coordinates: NDArray[np.float32] = pca.fit_transform(normalised)
    # The sign of a component is arbitrary: make the largest coordinate positive.
    signs = np.sign(coordinates[np.abs(coordinates).argmax(axis=0), [0, 1]])
    share = float(pca.explained_variance_ratio_.sum())
    return coordinates * np.where(signs == 0, 1, signs), share
