# SPDX-License-Identifier: Apache-2.0
"""Part of the evaluation section on a language model."""

import math
from collections.abc import Iterator, Mapping
from typing import Any, Final

from markupsafe import Markup

from components.contracts.step_data import StepData
from components.report import html

Facts = Mapping[str, Any]

_NETWORK: Final = "network"
_TRIGRAM: Final = "trigram"
# Its perplexity would dwarf the others.
_NOT_IN_CHART: Final = "uniform"
_GREEDY: Final = "greedy"
# Header -> value of a model.
_MODEL_COLUMNS: Final = {
    "Model": "name",
    "Perplexity": "perplexity",
    "Share of the trigram's": "ratio_to_trigram",
    "Literal": "literal",
    "Known words": "known",
    "Bits per character": "bits",
    "Top 1": "top1",
    "Top 5": "top5",
}
_PART_COLUMNS: Final = {
    "Part": "label",
    "Tokens": "tokens",
    "Unknown": "unknown",
    "Network": "network",
    "Trigram": "trigram",
}


def render_body(data: StepData) -> Markup:
    """Make the part of the section from what the evaluation returned.

    Args:
        data: Facts of the evaluation.
    """
    facts = data.facts
    if facts.get("leaks_future_tokens"):
        return html.paragraph(
            "The model's prediction of a token depends on that token or on later ones: "
            "it leaks the target, so nothing was measured."
        )
    return html.join(
        html.subheading("Beside n-gram models", "evaluation-counting"),
        *_models(facts),
        html.subheading("Part by part", "evaluation-parts"),
        *_parts(facts),
        html.subheading("Memorisation", "evaluation-memory"),
        *_memorisation(facts),
        html.subheading("Samples", "evaluation-samples"),
        html.paragraph(f"Completions of {facts['prompt']!r}:"),
        _completions(facts),
        *(_beside_the_book(facts) if facts["printed_continuation"] else ()),
    )


def _models(facts: Facts) -> Iterator[Markup]:
    models = facts["models"]
    rows = [[row[key] for key in _MODEL_COLUMNS.values()] for row in models]
    yield html.table(list(_MODEL_COLUMNS), rows)
    yield html.paragraph(
        "All models give the unknown word the same mass, "
        f"{facts['unknown_mass']:.4f}, the share of training tokens that occurred "
        "once. For the literal perplexity each model predicts it like any other word, "
        "though no training text has it: there a model gains by giving it more "
        "probability, without a better prediction of any word. The n-gram models are "
        "interpolated Kneser-Ney, of the same training text. The mixture has a weight "
        f"of {facts['weight']:.0%} for the network, chosen on the validation split."
    )
    yield html.side_by_side(_perplexity_chart(models), _bits_chart(facts))


def _perplexity_chart(models: list[Facts]) -> Markup:
    shown = [row for row in models if row["name"] != _NOT_IN_CHART]
    return html.bar_chart(
        [row["name"] for row in shown],
        {"perplexity": [row["perplexity"] for row in shown]},
        "Perplexity per token",
        "less is better",
    )


def _bits_chart(facts: Facts) -> Markup:
    values, stem = facts["values"], "baseline_bits_per_character_"
    bits = {
        name.removeprefix(stem): value
        for name, value in values.items()
        if name.startswith(stem)
    }
    bits[_NETWORK] = values.get(f"{facts['prefix']}bits_per_character", math.nan)
    return html.bar_chart(
        list(bits),
        {"bits": list(bits.values())},
        "Bits per character",
        "compressors start from the training text",
    )


def _parts(facts: Facts) -> Iterator[Markup]:
    # Runs of former versions recorded chapters.
    parts = facts.get("parts") or facts["chapters"]
    yield html.bar_chart(
        [row["label"] for row in parts],
        {name: [row[name] for row in parts] for name in (_NETWORK, _TRIGRAM)},
        "Perplexity by part of the text",
    )
    rows = [[row[key] for key in _PART_COLUMNS.values()] for row in parts]
    yield html.table(list(_PART_COLUMNS), rows, numeric=range(1, len(rows[0])))


def _memorisation(facts: Facts) -> Iterator[Markup]:
    values, prefix = facts["values"], facts["prefix"]
    rows = {
        "perplexity per token": "perplexity_per_token",
        "top-1 accuracy": "top1_accuracy",
    }
    yield html.table(
        ["", "Training text", "Unseen text"],
        [
            [caption, values.get(f"train_{name}"), values.get(prefix + name)]
            for caption, name in rows.items()
        ],
    )
    overlap, of_split = facts["overlap"], facts["overlap_of_split"]
    yield html.paragraph(
        "The longest verbatim overlap of sampled texts with the training text has "
        f"{len(overlap)} tokens: {' '.join(overlap)!r}. That of the unseen text, where "
        f"it repeats the other, has {len(of_split)}: {' '.join(of_split)!r}."
    )


def _completions(facts: Facts) -> Markup:
    rows = [
        [name, written["text"], written["probability"]]
        for name, written in facts["completions"].items()
    ]
    headers = ["Sampling", "Continuation", "Probability per word"]
    return html.table(headers, rows, numeric=[2])


def _beside_the_book(facts: Facts) -> Iterator[Markup]:
    rows = [
        ["printed in the book", facts["printed_continuation"]],
        ["this model, greedy", facts["completions"][_GREEDY]["text"]],
    ]
    yield html.subheading("Beside the book's sample", "evaluation-book")
    yield html.table(["", f"After {facts['prompt']!r}"], rows)
    yield html.paragraph(facts["remark"])
