# SPDX-License-Identifier: Apache-2.0
"""Sizes and limits of a recipe for a language model, from n-gram models of the text."""

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

from components.contracts.splits import TEST, TRAIN
from components.contracts.texts import ASCII_PUNCTUATION, TOKEN_PATTERN
from components.core.errors import DataRefused
from components.evaluator.language.ngrams import NGrams, fit_ngrams
from components.evaluator.language.token_scores import UNKNOWN
from pipelines.new_data.margins import round_up
from pipelines.new_recipe.fitted import (
    ALLOWED_LOSS,
    FittedRecipe,
    Limit,
    batch_size,
    epochs,
)
from pipelines.new_recipe.items import RecipeItems

# Tokens that n-gram models are counted in, and measured on.
_MOST_TRAIN: Final = 300_000
_MOST_TEST: Final = 3_000
_STEPS: Final = 1_000
_SMALLEST_BATCH: Final = 8
_LARGEST_BATCH: Final = 32
_NUM_STEPS: Final = 32
# Training tokens below which a network has so many units.
_UNITS: Final = {50_000: 128, 500_000: 256}
_MOST_UNITS: Final = 320
# A network that does not count words may lose as much against the trigram.
_LEAST_RATIO: Final = 1.1
_LONGEST_RUN: Final = 40
# So much better than single words are trigrams of a text that repeats itself alone.
_REPEATED: Final = 8


def fit_texts(
    data: RecipeItems, trainer: Mapping[str, Any], level: str = "words"
) -> FittedRecipe:
    """Fit sizes and limits to a text.

    Args:
        data: Its paragraphs.
        trainer: Parameters that stay where nothing is fitted.
        level: `words` or `characters`. Defaults to `words`.

    Raises:
        DataRefused: The training or the test split has no words.
    """
    texts = {split: _tokens(data, split, level) for split in (TRAIN, TEST)}
    for split, tokens in texts.items():
        if len(tokens) < 2:
            raise DataRefused(
                f"data set {data.source_list.dataset!r}: expected words in each split."
                f"\nReceived {len(tokens)} in {split!r}."
            )
    perplexities = _perplexities(texts[TRAIN], texts[TEST])
    figures = {name: f"perplexity {one:.1f}" for name, one in perplexities.items()}
    sizes, notes = _sizes(len(texts[TRAIN]), trainer)
    gate = _gate(perplexities, min(len(texts[TEST]), _MOST_TEST))
    return FittedRecipe({**trainer, **sizes}, gate, notes, figures)


def _tokens(data: RecipeItems, split: str, level: str) -> list[str]:
    """Tokens as `components.transform.text` cuts them."""
    tokens: list[str] = []
    for one in data.of(split):
        plain = str(one.item.value("text")).lower()
        for pattern, mark in ASCII_PUNCTUATION.items():
            plain = re.sub(pattern, mark, plain)
        if level == "characters":
            tokens += re.sub(r"\s+", " ", plain.strip())
        else:
            tokens += re.findall(TOKEN_PATTERN, plain)
    return tokens


def _perplexities(train: Sequence[str], test: Sequence[str]) -> dict[str, float]:
    """Perplexity of the test text per token, by the rule of the evaluation."""
    counts = Counter(train[:_MOST_TRAIN])
    ids = {word: number for number, word in enumerate(counts, start=1)}
    # The mass of unknown words: the share of those that occur once.
    unknown = sum(1 for n in counts.values() if n == 1) / counts.total()
    known = [ids[word] for word in train[:_MOST_TRAIN]]
    asked = [ids.get(word, UNKNOWN) for word in test[:_MOST_TEST]]
    models = {
        "unigram": fit_ngrams([known], len(ids), 1),
        "trigram": fit_ngrams([known], len(ids), 3),
    }
    unknown = min(max(unknown, 1e-6), 1 - 1e-6)
    return {name: _perplexity(model, asked, unknown) for name, model in models.items()}


def _perplexity(model: NGrams, asked: Sequence[int], unknown: float) -> float:
    losses = []
    for position, token in enumerate(asked):
        if token == UNKNOWN:
            losses.append(-math.log(unknown))
            continue
        context = asked[max(0, position - max(model.order - 1, 0)) : position]
        share = float(model.distribution(context)[token - 1])
        losses.append(-math.log((1 - unknown) * max(share, 1e-12)))
    return math.exp(sum(losses) / len(losses))


def _sizes(
    tokens: int, trainer: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, str]]:
    steps = int(trainer.get("num_steps", _NUM_STEPS))
    most = _LARGEST_BATCH if tokens >= 200_000 else _LARGEST_BATCH // 2
    batch = batch_size(tokens // steps, fewest=_SMALLEST_BATCH, most=most)
    passes = epochs(tokens, batch * steps, _STEPS, fewest=4, most=30)
    units = next((u for most, u in _UNITS.items() if tokens < most), _MOST_UNITS)
    sizes: dict[str, Any] = {"epochs": passes, "batch_size": batch}
    notes = {"epochs": f"for {tokens:,} training tokens"}
    if "network" not in trainer:
        sizes["units"] = units
        notes["units"] = f"for {tokens:,} training tokens"
    return sizes, notes


def _gate(perplexities: Mapping[str, float], tokens: int) -> tuple[Limit, ...]:
    unigram, trigram = perplexities["unigram"], perplexities["trigram"]
    ratio = unigram / trigram
    reason = (
        f"On {tokens:,} test tokens counted trigrams have a perplexity of "
        f"{trigram:.0f}, single words one of {unigram:.0f}"
    )
    if ratio > _REPEATED:
        part = 2 * ALLOWED_LOSS
        reason += (
            ": much of the text stands in the training text word for word, which a "
            "network should not recite. It may lose half of that way."
        )
    else:
        part = ALLOWED_LOSS
        reason += "; a network may lose a quarter of that way."
    # A part of a way in nats is a power, since perplexities multiply.
    most = round_up(max(ratio**part, _LEAST_RATIO), 2)
    limits = {"max": most, "not_worse_by": round_up(most / 20, 1)}
    brief = f"A multiple of the perplexity of counted trigrams; words have {ratio:.2g}."
    return (
        Limit("test_perplexity_ratio_to_trigram", limits, reason, brief),
        Limit(
            "test_longest_copied_run",
            {"max": _LONGEST_RUN},
            "Longer runs of the training text are recited, not written.",
        ),
    )
