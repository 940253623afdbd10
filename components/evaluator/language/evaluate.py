# SPDX-License-Identifier: Apache-2.0
"""Evaluation of language models: against counting, against compressors, against itself.

A model is worth something if it predicts text that it has not seen, better than a
trigram of the same training text does, and not much worse than text it has seen.
"""

import math
from typing import TYPE_CHECKING, Final

from components.evaluator.metrics import PROBES_FILE, UNIT, Metrics
from components.serving.complete import COMPLETE, COMPLETE_BEAM, sentence_inputs

if TYPE_CHECKING:
    from components.evaluator.examples import ExampleSplit
    from components.evaluator.language.ngram_comparison import Study
    from components.evaluator.language.samples import Samples
    from components.evaluator.probes import Probe
    from components.serving.saved_model import ServedModel

_PER_WORD: Final = "per token, unknown ones by a fixed mass"
# Name without its split -> unit. A gate may name each of them.
_UNITS: Final = {
    "perplexity_per_token": _PER_WORD,
    "perplexity_literal_per_token": "per token, the unknown word as any other",
    "perplexity_known_per_token": "per known token",
    "perplexity_ratio_to_trigram": "share of the trigram's perplexity per token",
    "perplexity_ratio_to_train": "multiple of the perplexity on the training text",
    "mixture_perplexity_per_token": f"{_PER_WORD}; network and trigram mixed",
    "mixture_ratio_to_trigram": "share of the trigram's perplexity per token",
    "bits_per_character": "bits, words in lower case with one space between them",
    "top1_accuracy": "share of tokens, unknown ones missed",
    "top5_accuracy": "share of tokens, unknown ones missed",
    "unknown_rate": "share of tokens",
    "longest_copied_run": "tokens of a sample that stand so in the training text",
    "lookahead": "1 if a prediction depends on words that come later",
}
_OTHER_UNITS: Final = {
    "train_perplexity_per_token": f"{_PER_WORD}; on the text it was trained on",
    "train_top1_accuracy": "share of tokens; on the text it was trained on",
    "mixture_weight_of_network": "share, best on the validation split",
    "baseline_perplexity_uniform": _PER_WORD,
    "baseline_perplexity_unigram": _PER_WORD,
    "baseline_perplexity_bigram": _PER_WORD,
    "baseline_perplexity_trigram": _PER_WORD,
    "baseline_perplexity_fourgram": _PER_WORD,
    "baseline_perplexity_literal_trigram": "per token, the unknown word as any other",
    "baseline_bits_per_character_trigram": "bits, as bits_per_character",
    "baseline_bits_per_character_bz2": "bits, after the training text",
    "baseline_bits_per_character_xz": "bits, after the training text",
    "baseline_longest_copied_run": "tokens of the split that stand so in the training "
    "text",
}
# What a gate may name.
METRIC_NAMES: Final = (*(f"test_{name}" for name in _UNITS), *_OTHER_UNITS)


def evaluate_model(model: "ServedModel", examples: "ExampleSplit") -> Metrics:
    """Judge a language model on a split.

    Args:
        model: The exported model.
        examples: The split; `train` and `validation` must lie beside it.

    Returns:
        Metrics with probes.json (questions to every signature). If the model looks at
        words before it predicts them, that is the only figure, and no gate passes.
    """
    from components.evaluator.language.ngram_comparison import study
    from components.evaluator.language.page import page_html
    from components.evaluator.language.samples import draw_samples
    from components.evaluator.language.token_predictions import looks_ahead
    from components.evaluator.probes import probes_json

    found = study(model, examples)
    prefix = f"{examples.split}_"
    if looks_ahead(model, found.first):
        return _looked_ahead(model, examples, prefix)
    samples = draw_samples(model, found)
    measured = _values(found, samples, prefix)
    values = {name: v for name, v in measured.items() if math.isfinite(v)}
    return Metrics(
        values=values,
        protocol={**_protocol(model, examples, found), **_units(values, prefix)},
        html=page_html(found, samples, values, prefix),
        files={PROBES_FILE: probes_json(_probes(model, found))},
    )


def _values(found: "Study", samples: "Samples", prefix: str) -> dict[str, float]:
    from components.evaluator.language.ngram_comparison import (
        MIXTURE,
        NETWORK,
        ORDERS,
        TRIGRAM,
    )

    network = found.scores(NETWORK)
    mass = found.unknown_mass
    perplexity, trigram = network.perplexity(mass), found.perplexity(TRIGRAM)
    mixture, train = found.perplexity(MIXTURE), found.train.perplexity(mass)
    of_split = {
        "perplexity_per_token": perplexity,
        "perplexity_literal_per_token": found.literal(NETWORK).perplexity(0.0),
        "perplexity_known_per_token": network.perplexity_of_known(),
        "perplexity_ratio_to_trigram": perplexity / trigram,
        "perplexity_ratio_to_train": perplexity / train,
        "mixture_perplexity_per_token": mixture,
        "mixture_ratio_to_trigram": mixture / trigram,
        "bits_per_character": found.bits_per_character(NETWORK),
        "top1_accuracy": network.accuracy(),
        "top5_accuracy": network.accuracy(5),
        "unknown_rate": 1 - float(network.is_known.mean()),
        "longest_copied_run": float(len(samples.copied)),
        "lookahead": 0.0,
    }
    compressed = found.compressed_bits_per_character()
    return {
        **{prefix + name: value for name, value in of_split.items()},
        "train_perplexity_per_token": train,
        "train_top1_accuracy": found.train.accuracy(),
        "mixture_weight_of_network": found.weight,
        **{f"baseline_perplexity_{name}": found.perplexity(name) for name in ORDERS},
        "baseline_perplexity_literal_trigram": found.literal(TRIGRAM).perplexity(0.0),
        "baseline_bits_per_character_trigram": found.bits_per_character(TRIGRAM),
        **{
            f"baseline_bits_per_character_{name}": bits
            for name, bits in compressed.items()
        },
        "baseline_longest_copied_run": float(len(samples.copied_by_author)),
    }


def _protocol(
    model: "ServedModel", examples: "ExampleSplit", found: "Study"
) -> dict[str, str]:
    from components.evaluator.language.ngrams import DISCOUNT

    data = examples.dataset
    num_tokens = sum(len(block.words) for block in found.blocks)
    vocabulary = found.first.probabilities.shape[1] - 1
    return {
        "data": f"{data.name} {data.variant}",
        "data_sha256": data.content_sha256,
        "split": examples.split,
        "examples": str(len(found.blocks)),
        "tokens": str(num_tokens),
        "training_tokens": str(sum(map(len, found.train_words))),
        "vocabulary": f"{vocabulary} words of the training split, and the unknown one",
        "unknown_word": f"a mass of {found.unknown_mass:.4f} in every model: the share "
        "of training tokens that occurred once (Good-Turing); no cache",
        "ngrams": f"interpolated Kneser-Ney, discount {DISCOUNT:g}, training split",
        "mixture": "of probabilities, weight chosen on the validation split",
        "context": "each text from its first word on; the network keeps all of it",
        "compressors": "bz2 -9, xz -9e: what the split adds to the training text",
        "model_sha256": model.sha256,
        "seed": str(model.provenance.get("seed", "not recorded")),
        "signature": "serving_default, float32",
    }


def _units(values: dict[str, float], prefix: str) -> dict[str, str]:
    return {
        UNIT + name: _OTHER_UNITS.get(name) or _UNITS[name.removeprefix(prefix)]
        for name in values
    }


def _probes(model: "ServedModel", found: "Study") -> "list[Probe]":
    """A question to every signature; drawing words takes a seed, so it repeats."""
    import numpy as np

    from components.contracts.signatures import SERVING_DEFAULT
    from components.evaluator.language.token_predictions import (
        TOKENIZE,
        make_example,
    )
    from components.evaluator.probes import ask
    from components.serving.complete import Sampling

    beginning = sentence_inputs(" ".join(found.first.tokens[:8]), 12)
    text = found.first.text[:200]
    drawn = Sampling(temperature=0.8, top_k=50, top_p=0.95).as_inputs()
    # A short text will do: its answer is a row of probabilities per word.
    return [
        ask(model, SERVING_DEFAULT, examples=[make_example(text)]),
        ask(model, TOKENIZE, texts=[text]),
        ask(model, COMPLETE, **beginning, **drawn),
        ask(model, COMPLETE_BEAM, **beginning, num_beams=np.int32(4)),
    ]


def _looked_ahead(
    model: "ServedModel", examples: "ExampleSplit", prefix: str
) -> Metrics:
    from components.report import html

    text = (
        "What the model says about a word changes with the words that follow it, so it "
        "may have seen what it was to predict, and nothing was measured."
    )
    return Metrics(
        values={f"{prefix}lookahead": 1.0},
        protocol={"split": examples.split, "model_sha256": model.sha256},
        html=str(html.paragraph(text)),
    )
