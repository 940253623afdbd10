# SPDX-License-Identifier: Apache-2.0
"""Evaluation of a model that has learnt one passage by heart, as the book's has.

Memory is all there is to measure: whether it goes on with the passage word for word,
and how many of its windows it knows. How it does on text that it has not seen is shown
beside that, so that nobody takes the one for the other.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from components.contracts.splits import SPLITS
from components.core.errors import ProdlError
from components.evaluator.language.samples import NUM_WORDS, SENTENCE
from components.evaluator.metrics import PROBES_FILE, UNIT, Metrics
from components.serving.complete import (
    COMPLETE,
    COMPLETE_BEAM,
    Completion,
    Sampling,
    complete,
    sentence_inputs,
)

if TYPE_CHECKING:
    from components.evaluator.examples import ExampleSplit
    from components.evaluator.language.token_predictions import Reading
    from components.evaluator.language.token_scores import Scores
    from components.evaluator.probes import Probe
    from components.serving.saved_model import ServedModel

TRAIN: Final = SPLITS[0]
_UNITS: Final = {
    "passage_accuracy": "share of the passage's windows, on which it was trained",
    "passage_accuracy_ceiling": "share of windows: some are followed by several words",
    "passage_perplexity_per_token": "per known token, on which it was trained",
    "passage_completion_exact": "1 if the seed is completed as in the passage, else 0",
    "passage_completion_words": "words right from the first on",
    "test_top1_accuracy": "share of tokens, unknown ones missed",
    "test_perplexity_known_per_token": "per known token",
}
# What a gate may name.
METRIC_NAMES: Final = tuple(_UNITS)


@dataclass(frozen=True)
class Recital:
    """How a model goes on with the passage.

    Attributes:
        tokens: The passage.
        wanted: What follows the seed there.
        written: What the model wrote after it.
        scores: What it made of each word but the first ones.
        ceiling: Share of windows that the most frequent follower of each gets right.
    """

    tokens: list[str]
    wanted: list[str]
    written: Completion
    scores: "Scores"
    ceiling: float

    @property
    def words_right(self) -> int:
        """Words that are as in the passage, from the first to the first wrong one."""
        pairs = zip(self.wanted, self.written.words, strict=False)
        for number, (wanted, written) in enumerate(pairs):
            if wanted != written:
                return number
        return min(len(self.wanted), len(self.written.words))


def evaluate_model(model: "ServedModel", examples: "ExampleSplit") -> Metrics:
    """Judge a model by its memory.

    Args:
        model: The exported model; its provenance names the passage.
        examples: A split it has not seen; `train`, which holds the passage, must lie
            beside it.

    Returns:
        Metrics with probes.json.
    """
    from components.evaluator.language.token_predictions import read_split
    from components.evaluator.language.token_scores import joined, score
    from components.evaluator.probes import probes_json

    found = recite(model, examples)
    unseen = list(read_split(model, examples))
    scores = joined(score(reading.known, reading.words) for reading in unseen)
    values = {
        "passage_accuracy": found.scores.accuracy(),
        "passage_accuracy_ceiling": found.ceiling,
        "passage_perplexity_per_token": found.scores.perplexity_of_known(),
        "passage_completion_exact": float(list(found.written.words) == found.wanted),
        "passage_completion_words": float(found.words_right),
        f"{examples.split}_top1_accuracy": scores.accuracy(),
        f"{examples.split}_perplexity_known_per_token": scores.perplexity_of_known(),
    }
    return Metrics(
        values=values,
        protocol={
            **_protocol(model, examples, found),
            **{UNIT + name: _UNITS[name] for name in values},
        },
        html=_page(found, values),
        files={PROBES_FILE: probes_json(_probes(model, found, unseen[0]))},
    )


def recite(model: "ServedModel", examples: "ExampleSplit") -> Recital:
    """Let a model go on with the seed, and with every window of its passage.

    Raises:
        ProdlError: If the provenance names no passage, or the training split lacks it.
    """
    from components.evaluator.language.token_predictions import read_split
    from components.evaluator.language.token_scores import score

    params = model.provenance.get("params", {})
    first_words = str(params.get("first_words", "")).split()
    for reading in read_split(model, examples.sibling(TRAIN)):
        start = _find(first_words, reading.tokens) if first_words else -1
        if start < 0:
            continue
        passage = slice(start, start + params["passage_words"])
        tokens = reading.tokens[passage]
        seed_end = _find(SENTENCE.split(), tokens) + len(SENTENCE.split())
        # The first words have not enough before them to be predicted from.
        asked = slice(start + params["context"], start + params["passage_words"])
        return Recital(
            tokens=tokens,
            wanted=tokens[seed_end : seed_end + NUM_WORDS],
            written=complete(model, SENTENCE, NUM_WORDS, Sampling()),
            scores=score(reading.known[asked], reading.words[asked]),
            ceiling=ceiling(tokens, params["context"]),
        )
    raise ProdlError(
        f"{model.path}: expected a provenance that names a passage of the training "
        f"split by its first words.\nReceived {' '.join(first_words)!r}."
    )


def ceiling(tokens: list[str], context: int) -> float:
    """Share of windows that can be right at most: some are followed by several words.

    Args:
        tokens: The passage.
        context: Words of a window.
    """
    from collections import Counter, defaultdict

    followers: dict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
    for end in range(context, len(tokens)):
        followers[tuple(tokens[end - context : end])][tokens[end]] += 1
    right = sum(max(counts.values()) for counts in followers.values())
    return right / (len(tokens) - context)


def _find(wanted: list[str], tokens: list[str]) -> int:
    length = len(wanted)
    starts = range(len(tokens) - length + 1)
    return next((i for i in starts if tokens[i : i + length] == wanted), -1)


def _protocol(
    model: "ServedModel", examples: "ExampleSplit", found: Recital
) -> dict[str, str]:
    data = examples.dataset
    windows = len(found.scores)
    return {
        "data": f"{data.name} {data.variant}",
        "data_sha256": data.content_sha256,
        "split": f"{TRAIN} for the passage, {examples.split} for text not seen",
        "examples": str(windows),
        "passage": f"{len(found.tokens)} tokens, {windows} windows",
        "completion": f"greedy, {NUM_WORDS} words after {SENTENCE!r}",
        "model_sha256": model.sha256,
        "seed": str(model.provenance.get("seed", "not recorded")),
        "signature": "serving_default and complete, float32",
    }


def _page(found: Recital, values: dict[str, float]) -> str:
    from components.evaluator.language.page import BOOK_EXPLANATION, BOOK_SAMPLE
    from components.report import html

    warning = (
        "This is memorisation, as in the book: the model was trained on the very words "
        f"that it is asked for here. Of text that it has not seen it gets "
        f"{values['test_top1_accuracy']:.1%} of the words right, with a perplexity of "
        f"{values['test_perplexity_known_per_token']:,.0f}. Of the passage more than "
        f"{found.ceiling:.2%} is out of reach: some windows are followed by now one "
        "word, now another."
    )
    rows = [
        ["the passage", " ".join(found.wanted)],
        ["this model", found.written.text],
        ["printed in the book", BOOK_SAMPLE],
    ]
    return str(
        html.join(
            html.subheading("Learnt by heart", "evaluation-passage"),
            html.paragraph(warning),
            html.table(["", f"After {SENTENCE!r}"], rows),
            html.paragraph(BOOK_EXPLANATION),
        )
    )


def _probes(model: "ServedModel", found: Recital, unseen: "Reading") -> "list[Probe]":
    import numpy as np

    from components.contracts.signatures import SERVING_DEFAULT
    from components.evaluator.language.token_predictions import TOKENIZE, make_example
    from components.evaluator.probes import ask

    text = " ".join(unseen.tokens[:20]).encode()
    seed = sentence_inputs(SENTENCE, NUM_WORDS)
    drawn = Sampling(temperature=0.8).as_inputs()
    questions: list[tuple[str, dict[str, Any]]] = [
        (SERVING_DEFAULT, {"examples": [make_example(text)]}),
        (TOKENIZE, {"texts": [text]}),
        (COMPLETE, {**seed, **drawn}),
        (COMPLETE_BEAM, {**seed, "num_beams": np.int32(4)}),
    ]
    return [ask(model, signature, **inputs) for signature, inputs in questions]
