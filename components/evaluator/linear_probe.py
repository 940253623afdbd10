# SPDX-License-Identifier: Apache-2.0
"""Linear probe: how well a linear classifier tells the classes by a code.

A logistic regression is fitted to the codes of 10,000 training images at most, and
scored once on the split under test (Alain and Bengio 2016). Its rivals are the same
probe of the pixels, and of as many principal components as the code has numbers. The
settings are fixed: chosen among four penalties by pixels and components of other
training images of MNIST.
"""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sklearn.decomposition import PCA
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from components.evaluator.classification.metrics import wilson_interval
from components.evaluator.examples import ExampleSplit
from components.evaluator.linear_probe_names import (
    CODE,
    COMPONENTS,
    MOST_FITTED,
    PIXELS,
    PROBE_UNITS,
)
from components.evaluator.metrics import on_split
from components.evaluator.own_metrics import NOT_MEASURED

_CHOICE_SEED: Final = 0
_INVERSE_PENALTY: Final = 0.03
_MOST_STEPS: Final = 200
# A pixel that is black in nearly all training images has next to no deviation.
_MOST_DEVIATIONS: Final = 10.0
# Variance of a principal component, as a share of the largest, that is no rounding.
_LEAST_VARIANCE: Final = 1e-6


@dataclass(frozen=True)
class TrainingImages:
    """Images that probes are fitted to."""

    images: NDArray[np.uint8]
    """uint8 (n, height, width, channels)."""

    labels: NDArray[np.str_]
    """Class name of each image: (n,)."""


@dataclass(frozen=True)
class Features:
    """Numbers that describe each image, fitted on and tested."""

    train: NDArray[Any]
    """Of the training images: float (n, ...)."""

    test: NDArray[Any]
    """Of the images of the split under test: float (m, ...)."""


@dataclass(frozen=True)
class Probe:
    """Accuracies of the probe of a code and of its rivals."""

    values: Mapping[str, float]
    """Metric -> value; empty if there is nothing to tell apart."""

    facts: Mapping[str, Any]
    """Values for the page."""

    protocol: Mapping[str, str]
    """How they were measured, or why not."""


# One split at a time, which candidate and published model share.
@lru_cache(maxsize=1)
def read_training_images(examples: ExampleSplit) -> TrainingImages | None:
    """Choose training images by a seed; the order of the files does not matter.

    Args:
        examples: The split under test; the training split is read from beside it.

    Returns:
        None if they are not of two classes or more.
    """
    train = examples.sibling("train")
    parts = list(train.batches())
    labels = np.array([label for part in parts for label in part.labels])
    items = [item for part in parts for item in part.item_ids]
    by_item = np.argsort(items, kind="stable")
    random = np.random.default_rng(_CHOICE_SEED)
    chosen = by_item[random.permutation(len(items))[:MOST_FITTED]]
    if len(labels) == 0 or len(np.unique(labels[chosen])) < 2:
        return None
    serialized = [one for part in parts for one in part.serialized]
    images = train.pixels([serialized[index] for index in chosen])
    return TrainingImages(images, labels[chosen])


def measure_probes(
    labels: Features, codes: Features, pixels: Features, pca: PCA
) -> Probe:
    """Measure the probe of a code beside its rivals.

    Args:
        labels: Class names.
        codes: Codes, (n, size).
        pixels: Pixels from 0 to 1 as the encoder gets them.
        pca: Principal components of training images, `size` or more if there are.
    """
    size = codes.train.shape[1]
    components = Features(
        *(_project(part, pca, size) for part in (pixels.train, pixels.test))
    )
    sets = {CODE: codes, COMPONENTS: components, PIXELS: pixels}
    values = {name: probe_accuracy(labels, one) for name, one in sets.items()}
    count = len(labels.test)
    facts = {
        "values": values,
        "intervals": {n: wilson_interval(v, count) for n, v in values.items()},
        "fitted": len(labels.train),
    }
    text = (
        f"multinomial logistic regression, C = {_INVERSE_PENALTY:g}, of standardised "
        f"features, fitted to {len(labels.train)} training images drawn with seed "
        f"{_CHOICE_SEED}"
    )
    return Probe(values, facts, {"linear_probe": text})


def no_probe(split: str) -> Probe:
    """Say why there is no probe where images are not of two classes or more.

    Args:
        split: Name of the split under test.
    """
    reason = "the training images are not labelled with two classes or more"
    protocol = {NOT_MEASURED + on_split(name, split): reason for name in PROBE_UNITS}
    return Probe({}, {"reason": reason}, protocol)


def probe_accuracy(labels: Features, features: Features) -> float:
    """Fit a logistic regression to the training images, and score it once.

    Args:
        labels: Class names; those under test are for the score alone.
        features: What it is fitted to: standardised here, by the training images.
    """
    rows = (part.reshape(len(part), -1) for part in (features.train, features.test))
    train, test = (part.astype(np.float32) for part in rows)
    scaler = StandardScaler().fit(train)
    train, test = (
        scaler.transform(part).clip(-_MOST_DEVIATIONS, _MOST_DEVIATIONS)
        for part in (train, test)
    )
    model = LogisticRegression(C=_INVERSE_PENALTY, max_iter=_MOST_STEPS)
    # Threads that wait for each other take several times as long.
    with warnings.catch_warnings(), threadpool_limits(1):
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(train, labels.train)
        return float((model.predict(test) == labels.test).mean())


def _project(pixels: NDArray[Any], pca: PCA, size: int) -> NDArray[Any]:
    variances = pca.explained_variance_[:size]
    kept = variances >= _LEAST_VARIANCE * variances[0]
    projected = pca.transform(pixels.reshape(len(pixels), -1))[:, :size]
    features: NDArray[Any] = projected[:, kept]
    return features
