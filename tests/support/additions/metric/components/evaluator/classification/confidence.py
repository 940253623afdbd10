# SPDX-License-Identifier: Apache-2.0
"""Mean confidence of a classifier."""

from components.evaluator.classification.predictions import Predictions


def mean_confidence(predictions: Predictions) -> float:
    """Mean probability of the predicted class: 1 / classes to 1."""
    return float(predictions.confidence.mean())
