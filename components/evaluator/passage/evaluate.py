# SPDX-License-Identifier: Apache-2.0
"""Evaluation of a model that memorised one passage, as the book's listing 4-4 does.

Only memorisation can be measured: whether the model completes a prompt word for word as
the passage does, and its accuracy on the windows of the passage. Its metrics on unseen
text are reported beside, so that the one is not taken for the other.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from components.contracts.signatures import COMPLETE, COMPLETE_BEAM, SERVING_DEFAULT
from components.contracts.splits import SPLITS
from components.core.errors import ProdlError
from components.evaluator.examples import ExampleSplit
from components.evaluator.language.samples import NUM_WORDS
from components.evaluator.language.token_predictions import (
    TOKENIZE,
    TokenPredictions,
    make_example,
    predict_split,
)
from components.evaluator.language.token_scores import (
    Scores,
    join_scores,
    score_tokens,
)
from components.evaluator.metrics import (
    SIGNATURE_EXAMPLES_FILE,
    UNIT,
    Metrics,
    on_split,
)
from components.evaluator.passage.metric_names import UNITS
from components.evaluator.signature_examples import (
    SignatureExample,
    record_call,
    signature_examples_json,
)
from components.serving.saved_model import SavedModel
from components.serving.text_generation import (
    Completion,
    Sampling,
    complete,
    sentence_inputs,
)

RENDERER: Final = "components.evaluator.passage.page"
TRAIN: Final = SPLITS[0]


@dataclass(frozen=True)
class PassageRecall:
    """A model's completion of the prompt and predictions of the passage."""

    prompt: str
    """Words of the passage that the model had to continue."""

    tokens: list[str]
    """The passage."""

    continuation: list[str]
    """Tokens that follow the prompt in the passage."""

    completion: Completion
    """The model's completion of the prompt."""

    scores: Scores
    """Scores of each token of the passage but those of the first window."""

    ceiling: float
    """Largest possible accuracy over the windows."""

    @property
    def words_right(self) -> int:
        """Words of the completion before the first that differs from the passage."""
        pairs = zip(self.continuation, self.completion.words, strict=False)
        for number, (expected, written) in enumerate(pairs):
            if expected != written:
                return number
        return min(len(self.continuation), len(self.completion.words))


def evaluate_model(model: SavedModel, examples: ExampleSplit) -> Metrics:
    """Evaluate the memorisation of a passage through the model's signatures.

    Args:
        model: The exported model; its provenance names the passage.
        examples: A split it has not seen; `train`, which holds the passage, must lie
            beside it.

    Returns:
        Metrics with signature_examples.json.
    """
    recall = measure_recall(model, examples)
    unseen = list(predict_split(model, examples))
    unseen_scores = join_scores(map(_score, unseen))
    is_exact = list(recall.completion.words) == recall.continuation
    measured = {
        "passage_accuracy": recall.scores.accuracy(),
        "passage_accuracy_ceiling": recall.ceiling,
        "passage_perplexity_per_token": recall.scores.perplexity_of_known(),
        "passage_completion_exact": float(is_exact),
        "passage_completion_words": float(recall.words_right),
        "test_top1_accuracy": unseen_scores.accuracy(),
        "test_perplexity_known_per_token": unseen_scores.perplexity_of_known(),
    }
    names = {name: on_split(name, examples.split) for name in measured}
    return Metrics(
        values={names[name]: value for name, value in measured.items()},
        protocol={
            **_protocol(model, examples, recall),
            **{UNIT + names[name]: UNITS[name] for name in measured},
        },
        renderer=RENDERER,
        facts={"values": measured, **_facts(recall, examples)},
        files={
            SIGNATURE_EXAMPLES_FILE: signature_examples_json(
                _signature_examples(model, recall, unseen[0])
            )
        },
    )


def measure_recall(model: SavedModel, examples: ExampleSplit) -> PassageRecall:
    """Let a model complete the prompt, and score its predictions of the passage.

    Raises:
        ProdlError: If the provenance names no passage, the training split lacks it, or
            the prompt is not part of it.
    """
    params = model.provenance.get("params", {})
    prompt = examples.dataset.evaluation.prompt
    first_words = str(params.get("first_words", "")).split()
    for predictions in predict_split(model, examples.sibling(TRAIN)):
        start = _find(first_words, predictions.tokens) if first_words else -1
        if start >= 0:
            return _recall(model, prompt, predictions, start)
    raise ProdlError(
        f"{model.path}: expected a provenance that names a passage of the training "
        f"split by its first words.\nReceived {' '.join(first_words)!r}."
    )


def _recall(
    model: SavedModel, prompt: str, predictions: TokenPredictions, start: int
) -> PassageRecall:
    params = model.provenance["params"]
    context, end = params["context"], start + params["passage_words"]
    tokens = predictions.tokens[start:end]
    prompt = prompt or " ".join(tokens[:context])
    position = _find(prompt.split(), tokens)
    if position < 0:
        raise ProdlError(
            f"{model.path}: expected a passage that holds the prompt {prompt!r} of the "
            f"data set.\nReceived {' '.join(tokens)!r}."
        )
    prompt_end = position + len(prompt.split())
    # The first window has not enough tokens before it to be predicted from.
    scored = slice(start + context, end)
    return PassageRecall(
        prompt=prompt,
        tokens=tokens,
        continuation=tokens[prompt_end : prompt_end + NUM_WORDS],
        completion=complete(model, prompt, NUM_WORDS, Sampling()),
        scores=_score(predictions, scored),
        ceiling=accuracy_ceiling(tokens, context),
    )


def _score(predictions: TokenPredictions, part: slice = slice(None)) -> Scores:
    rows = predictions.known_probabilities[part]
    return score_tokens(rows, predictions.token_ids[part])


def accuracy_ceiling(tokens: list[str], context: int) -> float:
    """Compute the largest possible accuracy: some windows have several next words.

    Args:
        tokens: The passage.
        context: Words of a window.

    Returns:
        Share of the windows that the most frequent next word of each gets right.
    """
    followers: dict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
    for end in range(context, len(tokens)):
        followers[tuple(tokens[end - context : end])][tokens[end]] += 1
    right = sum(max(counts.values()) for counts in followers.values())
    return right / (len(tokens) - context)


def _find(part: list[str], tokens: list[str]) -> int:
    length = len(part)
    starts = range(len(tokens) - length + 1)
    return next((i for i in starts if tokens[i : i + length] == part), -1)


def _facts(recall: PassageRecall, examples: ExampleSplit) -> dict[str, Any]:
    """Values for the page, beside the metrics."""
    return {
        "prompt": recall.prompt,
        "continuation": " ".join(recall.continuation),
        "completion": recall.completion.text,
        "printed_continuation": examples.dataset.evaluation.printed_continuation,
        "remark": examples.dataset.evaluation.remark,
    }


def _protocol(
    model: SavedModel, examples: ExampleSplit, recall: PassageRecall
) -> dict[str, str]:
    data = examples.dataset
    windows = len(recall.scores)
    return {
        "data": f"{data.name} {data.variant}",
        "data_sha256": data.content_sha256,
        "split": f"{TRAIN} for the passage, {examples.split} for text not seen",
        "examples": str(windows),
        "passage": f"{len(recall.tokens)} tokens, {windows} windows",
        "completion": f"greedy, {NUM_WORDS} words after {recall.prompt!r}",
        "model_sha256": model.sha256,
        "seed": str(model.provenance.get("seed", "not recorded")),
        "signature": "serving_default and complete, float32",
    }


def _signature_examples(
    model: SavedModel, recall: PassageRecall, unseen: TokenPredictions
) -> list[SignatureExample]:
    """Record a call of each signature; sampling takes a seed, so it repeats."""
    text = " ".join(unseen.tokens[:20]).encode()
    beginning = sentence_inputs(recall.prompt, NUM_WORDS)
    drawn = Sampling(temperature=0.8).as_inputs()
    return [
        record_call(model, SERVING_DEFAULT, examples=[make_example(text)]),
        record_call(model, TOKENIZE, texts=[text]),
        record_call(model, COMPLETE, **beginning, **drawn),
        record_call(model, COMPLETE_BEAM, **beginning, num_beams=np.int32(4)),
    ]
