# SPDX-License-Identifier: Apache-2.0
"""Evaluation of language models: beside n-gram models, compressors and training text.

A useful model predicts unseen text better than a trigram of the same training text
does, and not much worse than the text it was trained on.
"""

import math
from collections.abc import Iterator, Mapping
from typing import Any, Final

import numpy as np

from components.contracts.signatures import COMPLETE, COMPLETE_BEAM, SERVING_DEFAULT
from components.evaluator.examples import ExampleSplit
from components.evaluator.language.metric_names import (
    OTHER_UNITS,
    SPLIT_UNITS,
)
from components.evaluator.language.ngram_baselines import (
    MIXTURE,
    NETWORK,
    ORDERS,
    TRIGRAM,
)
from components.evaluator.language.ngram_comparison import (
    Comparison,
    compare_with_ngrams,
)
from components.evaluator.language.ngrams import DISCOUNT
from components.evaluator.language.samples import Samples, draw_samples
from components.evaluator.language.token_predictions import (
    TOKENIZE,
    leaks_future_tokens,
    make_example,
)
from components.evaluator.language.token_scores import join_scores
from components.evaluator.metrics import SIGNATURE_EXAMPLES_FILE, UNIT, Metrics
from components.evaluator.signature_examples import (
    SignatureExample,
    record_call,
    signature_examples_json,
)
from components.serving.saved_model import SavedModel
from components.serving.text_generation import (
    Completion,
    Sampling,
    sentence_inputs,
)

RENDERER: Final = "components.evaluator.language.page"

# Tokens of the prompt where the data set names none.
_PROMPT_TOKENS: Final = 3


def evaluate_model(model: SavedModel, examples: ExampleSplit) -> Metrics:
    """Evaluate a language model through its signatures.

    Args:
        model: The exported model.
        examples: The split; `train` and `validation` must lie beside it.

    Returns:
        Metrics with signature_examples.json. If predictions depend on later tokens,
        that is the only metric, and no gate passes.
    """
    comparison = compare_with_ngrams(model, examples)
    prefix = f"{examples.split}_"
    if leaks_future_tokens(model, comparison.first):
        return _leaking(model, examples, prefix)
    prompt = examples.dataset.evaluation.prompt or _first_tokens(comparison)
    samples = draw_samples(model, comparison, prompt)
    measured = _measure(comparison, samples, prefix)
    values = {name: v for name, v in measured.items() if math.isfinite(v)}
    return Metrics(
        values=values,
        protocol={**_protocol(model, examples, comparison), **_units(values, prefix)},
        renderer=RENDERER,
        facts={
            "prefix": prefix,
            "values": values,
            "prompt": prompt,
            "printed_continuation": examples.dataset.evaluation.printed_continuation,
            "remark": examples.dataset.evaluation.remark,
            **_facts(comparison, samples),
        },
        files={
            SIGNATURE_EXAMPLES_FILE: signature_examples_json(
                _signature_examples(model, comparison)
            )
        },
    )


def _first_tokens(comparison: Comparison) -> str:
    return " ".join(comparison.first.tokens[:_PROMPT_TOKENS])


def _measure(comparison: Comparison, samples: Samples, prefix: str) -> dict[str, float]:
    train_scores = comparison.train_scores()
    train = train_scores.perplexity(comparison.unknown_mass)
    compressed = comparison.compressed_bits_per_character()
    of_split = _measure_split(comparison, samples, train)
    return {
        **{prefix + name: value for name, value in of_split.items()},
        "train_perplexity_per_token": train,
        "train_top1_accuracy": train_scores.accuracy(),
        "mixture_weight_of_network": comparison.weight,
        **{
            f"baseline_perplexity_{name}": comparison.perplexity(name)
            for name in ORDERS
        },
        "baseline_perplexity_literal_trigram": comparison.literal(TRIGRAM).perplexity(
            0.0
        ),
        "baseline_bits_per_character_trigram": comparison.bits_per_character(TRIGRAM),
        **{
            f"baseline_bits_per_character_{name}": bits
            for name, bits in compressed.items()
        },
        "baseline_longest_copied_run": float(len(samples.overlap_of_split)),
    }


def _measure_split(
    comparison: Comparison, samples: Samples, train_perplexity: float
) -> dict[str, float]:
    network = comparison.scores(NETWORK)
    perplexity = network.perplexity(comparison.unknown_mass)
    trigram, mixture = comparison.perplexity(TRIGRAM), comparison.perplexity(MIXTURE)
    return {
        "perplexity_per_token": perplexity,
        "perplexity_literal_per_token": comparison.literal(NETWORK).perplexity(0.0),
        "perplexity_known_per_token": network.perplexity_of_known(),
        "perplexity_ratio_to_trigram": perplexity / trigram,
        "perplexity_ratio_to_train": perplexity / train_perplexity,
        "mixture_perplexity_per_token": mixture,
        "mixture_ratio_to_trigram": mixture / trigram,
        "bits_per_character": comparison.bits_per_character(NETWORK),
        "top1_accuracy": network.accuracy(),
        "top5_accuracy": network.accuracy(5),
        "unknown_rate": 1 - float(network.is_known.mean()),
        "longest_copied_run": float(len(samples.overlap)),
        "lookahead": 0.0,
    }


def _facts(comparison: Comparison, samples: Samples) -> dict[str, Any]:
    """Values for the page, beside the metrics."""
    return {
        "models": list(_rows_of_models(comparison)),
        "parts": list(_rows_of_parts(comparison)),
        "unknown_mass": comparison.unknown_mass,
        "weight": comparison.weight,
        "overlap": samples.overlap,
        "overlap_of_split": samples.overlap_of_split,
        "completions": {
            name: {"text": written.text, "probability": _mean_probability(written)}
            for name, written in samples.completions.items()
        },
    }


def _rows_of_models(comparison: Comparison) -> Iterator[dict[str, Any]]:
    trigram = comparison.perplexity(TRIGRAM)
    for name in (*ORDERS, NETWORK, MIXTURE):
        scores, perplexity = comparison.scores(name), comparison.perplexity(name)
        yield {
            "name": name,
            "perplexity": perplexity,
            "ratio_to_trigram": perplexity / trigram,
            "literal": comparison.literal(name).perplexity(0.0),
            "known": scores.perplexity_of_known(),
            "bits": comparison.bits_per_character(name),
            "top1": scores.accuracy(),
            "top5": scores.accuracy(5),
        }


def _rows_of_parts(comparison: Comparison) -> Iterator[dict[str, Any]]:
    for label in dict.fromkeys(text.label for text in comparison.texts):
        texts = [text for text in comparison.texts if text.label == label]
        network, trigram = (
            join_scores(text.scores[name] for text in texts)
            for name in (NETWORK, TRIGRAM)
        )
        yield {
            "label": label,
            "tokens": len(network),
            "unknown": 1 - float(network.is_known.mean()),
            "network": network.perplexity(comparison.unknown_mass),
            "trigram": trigram.perplexity(comparison.unknown_mass),
        }


def _mean_probability(completion: Completion) -> float | None:
    """Geometric mean, of which perplexity is the inverse; None if one is 0."""
    probabilities = completion.probabilities
    if not probabilities or min(probabilities) <= 0:
        return None
    return math.exp(sum(map(math.log, probabilities)) / len(probabilities))


def _protocol(
    model: SavedModel, examples: ExampleSplit, comparison: Comparison
) -> dict[str, str]:
    data = examples.dataset
    num_tokens = sum(len(text.tokens) for text in comparison.texts)
    num_train_tokens = sum(len(text.tokens) for text in comparison.train)
    vocabulary = comparison.first.probabilities.shape[1] - 1
    return {
        "data": f"{data.name} {data.variant}",
        "data_sha256": data.content_sha256,
        "split": examples.split,
        "examples": str(len(comparison.texts)),
        "tokens": str(num_tokens),
        "training_tokens": str(num_train_tokens),
        "vocabulary": f"{vocabulary} words of the training split, and the unknown one",
        "unknown_word": f"a mass of {comparison.unknown_mass:.4f} in every model: the "
        "share of training tokens that occurred once (Good-Turing); no cache",
        "ngrams": f"interpolated Kneser-Ney, discount {DISCOUNT:g}, training split",
        "mixture": "of probabilities, weight chosen on the validation split",
        "context": "each text from its first word on; the network keeps all of it",
        "compressors": "bz2 -9, xz -9e: what the split adds to the training text",
        "model_sha256": model.sha256,
        "seed": str(model.provenance.get("seed", "not recorded")),
        "signature": "serving_default, float32",
    }


def _units(values: Mapping[str, float], prefix: str) -> dict[str, str]:
    return {
        UNIT + name: OTHER_UNITS.get(name) or SPLIT_UNITS[name.removeprefix(prefix)]
        for name in values
    }


def _signature_examples(
    model: SavedModel, comparison: Comparison
) -> list[SignatureExample]:
    """Record a call of each signature; sampling takes a seed, so it repeats."""
    beginning = sentence_inputs(" ".join(comparison.first.tokens[:8]), 12)
    # Short, because the output is a row of probabilities per token.
    text = comparison.first.text[:200].decode("utf-8", "ignore").encode()
    drawn = Sampling(temperature=0.8, top_k=50, top_p=0.95).as_inputs()
    return [
        record_call(model, SERVING_DEFAULT, examples=[make_example(text)]),
        record_call(model, TOKENIZE, texts=[text]),
        record_call(model, COMPLETE, **beginning, **drawn),
        record_call(model, COMPLETE_BEAM, **beginning, num_beams=np.int32(4)),
    ]


def _leaking(model: SavedModel, examples: ExampleSplit, prefix: str) -> Metrics:
    return Metrics(
        values={f"{prefix}lookahead": 1.0},
        protocol={"split": examples.split, "model_sha256": model.sha256},
        renderer=RENDERER,
        facts={"leaks_future_tokens": True},
    )
