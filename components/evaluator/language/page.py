# SPDX-License-Identifier: Apache-2.0
"""What a report shows of a language model: figures, chapters, memory, writing."""

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from components.evaluator.language.ngram_comparison import (
    MIXTURE,
    NETWORK,
    ORDERS,
    TRIGRAM,
    Study,
)
from components.evaluator.language.samples import SENTENCE, Samples
from components.evaluator.language.token_scores import joined
from components.report import html

if TYPE_CHECKING:
    from components.serving.complete import Completion

# Listing 4-5's output, as printed.
BOOK_SAMPLE: Final = (
    "off together . alice was very glad to find her in such a pleasant temper, to "
    "herself that perhaps it was only the pepper that"
)
BOOK_EXPLANATION: Final = (
    f"The book's sample is no completion of its seed, {SENTENCE!r}. Its first words "
    "follow other words of the passage, 'they walked'; the passage itself goes on with "
    "'people knew that'. The printed program never reads the seed: it takes its "
    "windows from the corpus, calls a function without an argument that it needs, and "
    "hides the error. Nor does its accuracy of 99 % say anything about language: it is "
    "that of 371 tokens learnt by heart. Here the seed is read."
)


def page_html(
    found: Study, samples: Samples, values: Mapping[str, float], prefix: str
) -> str:
    """The language model's part of the section.

    Args:
        found: What was measured.
        samples: What the model wrote.
        values: All metrics by name.
        prefix: What the metrics of the split begin with.
    """
    return str(
        html.join(
            html.subheading("Against counting", "evaluation-counting"),
            _models(found),
            html.side_by_side(_perplexity_chart(found), _bits_chart(values, prefix)),
            html.subheading("Chapter by chapter", "evaluation-chapters"),
            _chapters(found),
            html.subheading("Learnt, or learnt by heart?", "evaluation-memory"),
            _memory(samples, values, prefix),
            html.subheading("What it writes", "evaluation-samples"),
            html.paragraph(f"After {SENTENCE!r}, which the model reads:"),
            samples_table(samples.ways),
            html.subheading("Beside the book's sample", "evaluation-book"),
            _beside_the_book(samples),
        )
    )


def samples_table(ways: "Mapping[str, Completion]") -> Any:
    """What was written in each way, and how probable the model found it.

    Args:
        ways: Way of choosing words -> what was written.
    """
    rows = [
        [name, completion.text, _mean_probability(completion)]
        for name, completion in ways.items()
    ]
    headers = ["Words chosen", "Continuation", "Probability per word"]
    return html.table(headers, rows, numeric=[2])


def _models(found: Study) -> Any:
    rows = []
    for name in (*ORDERS, NETWORK, MIXTURE):
        scores = found.scores(name)
        rows.append(
            [
                name,
                found.perplexity(name),
                found.perplexity(name) / found.perplexity(TRIGRAM),
                found.literal(name).perplexity(0.0),
                scores.perplexity_of_known(),
                found.bits_per_character(name),
                scores.accuracy(),
                scores.accuracy(5),
            ]
        )
    headers = [
        "Model",
        "Perplexity",
        "Share of the trigram's",
        "Literal",
        "Known words",
        "Bits per character",
        "Top 1",
        "Top 5",
    ]
    note = (
        "All models give the unknown word the same mass, "
        f"{found.unknown_mass:.4f}, the share of training tokens that occurred once. "
        "The literal figure lets each "
        "model predict it as a word like any other, though none has seen it: a model "
        "that gives it more looks better there without knowing more of the language. "
        "The n-gram models are interpolated Kneser-Ney, of the same training text. The "
        f"mixture holds {found.weight:.0%} of the network, chosen on the validation "
        "split."
    )
    return html.join(html.table(headers, rows), html.paragraph(note))


def _perplexity_chart(found: Study) -> Any:
    names = [name for name in (*ORDERS, NETWORK, MIXTURE) if ORDERS.get(name) != 0]
    values = [found.perplexity(name) for name in names]
    return html.bar_chart(
        names, {"perplexity": values}, "Perplexity per token", "less is better"
    )


def _bits_chart(values: Mapping[str, float], prefix: str) -> Any:
    stem = "baseline_bits_per_character_"
    bits = {
        name.removeprefix(stem): value
        for name, value in values.items()
        if name.startswith(stem)
    }
    bits[NETWORK] = values.get(f"{prefix}bits_per_character", math.nan)
    return html.bar_chart(
        list(bits),
        {"bits": list(bits.values())},
        "Bits per character",
        "the compressors have read the training text",
    )


def _chapters(found: Study) -> Any:
    rows = []
    for label in dict.fromkeys(block.label for block in found.blocks):
        blocks = [block for block in found.blocks if block.label == label]
        scores = {
            name: joined(block.scores[name] for block in blocks)
            for name in (NETWORK, TRIGRAM)
        }
        network, trigram = (
            scores[name].perplexity(found.unknown_mass) for name in (NETWORK, TRIGRAM)
        )
        known = scores[NETWORK].is_known
        rows.append([label, len(known), 1 - known.mean(), network, trigram])
    headers = ["Chapter", "Tokens", "Unknown", "Network", "Trigram"]
    chart = html.bar_chart(
        [row[0] for row in rows],
        {name: [row[i] for row in rows] for name, i in ((NETWORK, 3), (TRIGRAM, 4))},
        "Perplexity by chapter",
    )
    return html.join(chart, html.table(headers, rows, numeric=range(1, 5)))


def _memory(samples: Samples, values: Mapping[str, float], prefix: str) -> Any:
    rows = [
        ["perplexity per token", "train_perplexity_per_token", "perplexity_per_token"],
        ["most probable word is right", "train_top1_accuracy", "top1_accuracy"],
    ]
    table = html.table(
        ["", "Training text", "Text not seen"],
        [
            [what, values.get(train), values.get(prefix + test)]
            for what, train, test in rows
        ],
    )
    note = html.paragraph(
        "The longest stretch that the model copies from its training text when it "
        f"writes freely has {len(samples.copied)} tokens: "
        f"{' '.join(samples.copied)!r}. The author repeats himself, in text that was "
        f"held out, for {len(samples.copied_by_author)}: "
        f"{' '.join(samples.copied_by_author)!r}."
    )
    return html.join(table, note)


def _beside_the_book(samples: Samples) -> Any:
    ours = samples.ways["greedy"].text
    table = html.table(
        ["", f"After {SENTENCE!r}"],
        [["printed in the book", BOOK_SAMPLE], ["this model, greedy", ours]],
    )
    return html.join(table, html.paragraph(BOOK_EXPLANATION))


def _mean_probability(completion: "Completion") -> float | None:
    """Geometric mean: what perplexity is the inverse of."""
    chances = completion.probabilities
    if not chances or min(chances) <= 0:
        return None
    return math.exp(sum(map(math.log, chances)) / len(chances))
