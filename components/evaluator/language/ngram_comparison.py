# SPDX-License-Identifier: Apache-2.0
"""A language model and what counting predicts, on the same words by the same rule."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from components.contracts.splits import SPLITS
from components.evaluator.language import bits_per_character as code_length
from components.evaluator.language import ngrams
from components.evaluator.language.ngrams import NGrams
from components.evaluator.language.token_predictions import Reading, read_split
from components.evaluator.language.token_scores import (
    UNKNOWN,
    Scores,
    joined,
    score,
    unknown_mass,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from components.evaluator.examples import ExampleSplit
    from components.serving.saved_model import ServedModel

TRAIN, VALIDATION, _ = SPLITS
NETWORK: Final = "network"
MIXTURE: Final = "mixture"
TRIGRAM: Final = "trigram"
# Name of a baseline -> its order.
ORDERS: Final = {"uniform": 0, "unigram": 1, "bigram": 2, TRIGRAM: 3, "fourgram": 4}

_WEIGHTS: Final = tuple(step / 20 for step in range(21))


@dataclass(frozen=True)
class Block:
    """A text of the test split, with what each model made of it.

    Attributes:
        label: Chapter it is from.
        tokens: Its tokens.
        words: Their numbers.
        scores: Model -> scores; the unknown word has a mass of its own.
        literal: Model -> scores where the unknown word is a word like any other.
    """

    label: str
    tokens: list[str]
    words: "NDArray[Any]"
    scores: dict[str, Scores]
    literal: dict[str, Scores]


@dataclass(frozen=True)
class Study:
    """All that was measured of a language model.

    Attributes:
        blocks: The test split.
        train_words: Words of each training text.
        train_tokens: Tokens of each training text.
        train: Scores of the network on the text it was trained on.
        unknown_mass: What every model gives the unknown word.
        weight: Share of the network in the mixture, chosen on the validation split.
        first: The first text of the test split, as the model read it.
    """

    blocks: list[Block]
    train_words: "list[NDArray[Any]]"
    train_tokens: list[list[str]]
    train: Scores
    unknown_mass: float
    weight: float
    first: Reading

    def scores(self, name: str) -> Scores:
        """Scores of a model over the whole split."""
        return joined(block.scores[name] for block in self.blocks)

    def literal(self, name: str) -> Scores:
        """The same where the unknown word is a word like any other."""
        return joined(block.literal[name] for block in self.blocks)

    def perplexity(self, name: str) -> float:
        """Perplexity of a model by the common rule."""
        return self.scores(name).perplexity(self.unknown_mass)

    def bits_per_character(self, name: str) -> float:
        """What a model pays per character of the split."""
        tokens = [token for block in self.blocks for token in block.tokens]
        scores = self.scores(name)
        unknown = [
            token
            for token, is_known in zip(tokens, scores.is_known, strict=True)
            if not is_known
        ]
        return code_length.bits_per_character(
            nats=float(scores.log_loss(self.unknown_mass).sum()),
            unknown=unknown,
            rare=_rare(self.train_tokens),
            num_characters=len(self.characters),
        )

    def compressed_bits_per_character(self) -> dict[str, float]:
        """What compressors pay per character of the split, by name."""
        before = code_length.as_characters(self.train_tokens)
        return code_length.compressed_bits_per_character(self.characters, before)

    @property
    def characters(self) -> str:
        """What is coded: the words of the split, each with a space or a line end."""
        return code_length.as_characters(block.tokens for block in self.blocks)


def study(model: "ServedModel", examples: "ExampleSplit") -> Study:
    """Measure a language model and the n-gram models of its training text.

    Args:
        model: The exported model.
        examples: What it is judged on; the splits `train` and `validation` lie beside.
    """
    learnt = [
        _Learnt(reading.words, reading.tokens, score(reading.known, reading.words))
        for reading in read_split(model, examples.sibling(TRAIN))
    ]
    texts = [text.words.tolist() for text in learnt]
    blocks, first, weight = [], None, 0.0
    baselines: Baselines | None = None
    for reading in read_split(model, examples.sibling(VALIDATION)):
        baselines = baselines or Baselines(texts, reading.known.shape[1])
        blocks.append(baselines.pair(reading))
    assert baselines is not None  # noqa: S101 - a split without texts raised already
    weight = best_weight(blocks)
    judged = []
    for reading in read_split(model, examples):
        first = first or reading
        judged.append(baselines.judge(reading, weight))
    assert first is not None  # noqa: S101
    return Study(
        blocks=judged,
        train_words=[text.words for text in learnt],
        train_tokens=[text.tokens for text in learnt],
        train=joined(text.scores for text in learnt),
        unknown_mass=unknown_mass(texts),
        weight=weight,
        first=first,
    )


def best_weight(pairs: "Sequence[tuple[NDArray[Any], NDArray[Any]]]") -> float:
    """Share of the first of two models that makes their mixture predict best.

    Args:
        pairs: For each text the probabilities that both gave its known words.
    """
    import numpy as np

    first, second = (np.concatenate(column) for column in zip(*pairs, strict=True))
    with np.errstate(divide="ignore"):
        losses = [
            -np.log(weight * first + (1 - weight) * second).mean()
            for weight in _WEIGHTS
        ]
    return _WEIGHTS[int(np.argmin(losses))]


@dataclass(frozen=True)
class _Learnt:
    """A training text, without the row of probabilities that each word has."""

    words: "NDArray[Any]"
    tokens: list[str]
    scores: Scores


class Baselines:
    """The n-gram models of a training text, by the common rule and by the literal one.

    Args:
        texts: The training texts as numbers of words.
        num_known: Known words.
    """

    def __init__(self, texts: Sequence[Sequence[int]], num_known: int) -> None:
        self._num_known = num_known
        self._models = dict(_fit_all(texts, num_known))
        # Here the unknown word is one more word, which the training text never has.
        self._literal = {
            name: replace(model, num_words=num_known + 1)
            for name, model in self._models.items()
        }

    def pair(self, reading: Reading) -> "tuple[NDArray[Any], NDArray[Any]]":
        """What network and trigram give the known words of a text."""
        words = reading.words
        trigram = self._models[TRIGRAM].distributions(words.tolist())
        known = words != UNKNOWN
        scores = score(reading.known, words), score(trigram, words)
        return scores[0].probability[known], scores[1].probability[known]

    def judge(self, reading: Reading, weight: float) -> Block:
        """Hold all models against a text.

        Args:
            reading: The text with what the network says.
            weight: Share of the network in the mixture.
        """
        import numpy as np

        words = reading.words
        last = np.where(words == UNKNOWN, self._num_known + 1, words)
        # The unknown word comes first in the network's rows, and last here.
        moved = np.roll(reading.probabilities, -1, axis=1)
        return Block(
            label=reading.label,
            tokens=reading.tokens,
            words=words,
            scores=_score_all(self._models, reading.known, words, weight),
            literal=_score_all(self._literal, moved, last, weight),
        )


def _score_all(
    models: dict[str, NGrams], network: Any, words: Any, weight: float
) -> dict[str, Scores]:
    found = {}
    text = words.tolist()
    for name, model in models.items():
        rows = model.distributions(text)
        found[name] = score(rows, words)
        if name == TRIGRAM:
            found[MIXTURE] = score(weight * network + (1 - weight) * rows, words)
    return {**found, NETWORK: score(network, words)}


def _fit_all(
    texts: Sequence[Sequence[int]], num_words: int
) -> Iterator[tuple[str, NGrams]]:
    for name, order in ORDERS.items():
        if order:
            yield name, ngrams.fit_ngrams(texts, num_words, order)
        else:
            yield name, ngrams.uniform(num_words)


def _rare(texts: Iterable[Sequence[str]]) -> list[str]:
    """Tokens that occur once."""
    from collections import Counter

    counts = Counter(token for text in texts for token in text)
    return [token for token, count in counts.items() if count == 1]
