# SPDX-License-Identifier: Apache-2.0
"""Metrics of language models: names and units; imports neither NumPy nor TensorFlow."""

from typing import Final

_PER_TOKEN: Final = "per token, unknown ones by a fixed mass"

# Metric of the split under test, without its prefix -> unit.
SPLIT_UNITS: Final = {
    "perplexity_per_token": _PER_TOKEN,
    "perplexity_literal_per_token": "per token, the unknown word as any other",
    "perplexity_known_per_token": "per known token",
    "perplexity_ratio_to_trigram": "share of the trigram's perplexity per token",
    "perplexity_ratio_to_train": "multiple of the perplexity on the training text",
    "mixture_perplexity_per_token": f"{_PER_TOKEN}; network and trigram mixed",
    "mixture_ratio_to_trigram": "share of the trigram's perplexity per token",
    "bits_per_character": "bits, words in lower case with one space between them",
    "top1_accuracy": "share of tokens, unknown ones missed",
    "top5_accuracy": "share of tokens, unknown ones missed",
    "unknown_rate": "share of tokens",
    "longest_copied_run": "tokens of a sample that stand so in the training text",
    "lookahead": "1 if a prediction depends on words that come later",
}
# The others -> unit.
OTHER_UNITS: Final = {
    "train_perplexity_per_token": f"{_PER_TOKEN}; on the text it was trained on",
    "train_top1_accuracy": "share of tokens; on the text it was trained on",
    "mixture_weight_of_network": "share, best on the validation split",
    "baseline_perplexity_uniform": _PER_TOKEN,
    "baseline_perplexity_unigram": _PER_TOKEN,
    "baseline_perplexity_bigram": _PER_TOKEN,
    "baseline_perplexity_trigram": _PER_TOKEN,
    "baseline_perplexity_fourgram": _PER_TOKEN,
    "baseline_perplexity_literal_trigram": "per token, the unknown word as any other",
    "baseline_bits_per_character_trigram": "bits, as bits_per_character",
    "baseline_bits_per_character_bz2": "bits, after the training text",
    "baseline_bits_per_character_xz": "bits, after the training text",
    "baseline_longest_copied_run": "tokens of the split that stand so in the training "
    "text",
}
# Names that a gate may use.
METRIC_NAMES: Final = (*(f"test_{name}" for name in SPLIT_UNITS), *OTHER_UNITS)
