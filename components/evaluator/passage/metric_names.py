# SPDX-License-Identifier: Apache-2.0
"""Metrics of a memorised passage: names and units; imports no TensorFlow."""

from typing import Final

UNITS: Final = {
    "passage_accuracy": "share of the passage's windows, on which it was trained",
    "passage_accuracy_ceiling": "share of windows: some are followed by several words",
    "passage_perplexity_per_token": "per known token, on which it was trained",
    "passage_completion_exact": "1 if the seed is completed as in the passage, else 0",
    "passage_completion_words": "words right from the first on",
    "test_top1_accuracy": "share of tokens, unknown ones missed",
    "test_perplexity_known_per_token": "per known token",
}
# Names that a gate may use.
METRIC_NAMES: Final = tuple(UNITS)
