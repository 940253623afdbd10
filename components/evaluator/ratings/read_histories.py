# SPDX-License-Identifier: Apache-2.0
"""Reads the ratings under test, and what their users had rated before.

A model is asked as in use: it gets what the user rated before, in training and
validation, and predicts what came next.
"""

from collections import Counter
from dataclasses import dataclass

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from components.contracts.features import ITEM, ITEM_ID, TARGET, TIME, TITLE, USER
from components.contracts.splits import SPLITS
from components.evaluator.examples import ExampleSplit
from components.evaluator.ratings.histories import Histories
from components.recommendation.ratings import Ids, Numbers, Ratings, nearest_ratings


@dataclass(frozen=True)
class _Rows:
    users: NDArray[np.object_]
    items: NDArray[np.object_]
    titles: NDArray[np.object_]
    item_ids: NDArray[np.object_]
    values: Numbers


def read_histories(examples: ExampleSplit) -> Histories:
    """Read the split under test, and the splits before it.

    Args:
        examples: The split; `train` and others must lie beside it.
    """
    train, *others = (_read(examples.sibling(s)) for s in _before(examples.split))
    tested = _read(examples)
    parts = (train, *others, tested)
    counts = Counter(map(str, train.items))
    known = sorted(counts, key=lambda item: (-counts[item], item))
    more = sorted({str(i) for part in parts for i in part.items} - set(known))
    items = tuple(map(str, (*known, *more)))
    users = tuple(sorted({str(u) for part in parts for u in part.users}))
    titles = {
        item: title
        for part in parts
        for item, title in zip(part.items, part.titles, strict=True)
        if title
    }
    values = _values(examples, parts)
    indices = (
        {name: n for n, name in enumerate(users)},
        {name: n for n, name in enumerate(items)},
    )
    joined = learnt = _ratings(train, values, *indices)
    for part in others:
        joined = joined.joined(_ratings(part, values, *indices))
    return Histories(
        train=learnt,
        history=joined,
        tested=_ratings(tested, values, *indices),
        users=users,
        items=items,
        titles=tuple(titles.get(item, "") for item in items),
        item_ids=tuple(tested.item_ids),
        values=values,
        num_known_items=len(known),
    )


def _before(split: str) -> tuple[str, ...]:
    """The splits before one; those before training are itself."""
    return SPLITS[: max(1, SPLITS.index(split))]


def _values(examples: ExampleSplit, parts: tuple[_Rows, ...]) -> Numbers:
    layout = examples.dataset.ratings
    if layout is not None:
        return np.array(layout.values, np.float64)
    return np.unique(np.concatenate([part.values for part in parts]))


def _ratings(
    rows: _Rows, scale: Numbers, users: dict[str, int], items: dict[str, int]
) -> Ratings:
    def index(names: NDArray[np.object_], known: dict[str, int]) -> Ids:
        return np.array([known[name] for name in names], np.int64)

    return Ratings(
        index(rows.users, users),
        index(rows.items, items),
        nearest_ratings(rows.values, scale),
        len(users),
        len(items),
    )


def _read(examples: ExampleSplit) -> _Rows:
    """Ratings of a split in the order of time, equals in that of their identifiers."""
    spec = {
        **{
            name: tf.io.FixedLenFeature([], tf.string)
            for name in (USER, ITEM, TITLE, ITEM_ID)
        },
        TIME: tf.io.FixedLenFeature([], tf.int64),
        TARGET: tf.io.FixedLenFeature([], tf.float32),
    }
    batches = [
        {name: tensor.numpy() for name, tensor in features.items()}
        for _, features in examples.features(spec)
    ]
    columns = {name: np.concatenate([b[name] for b in batches]) for name in batches[0]}
    order = np.lexsort((columns[ITEM_ID], columns[TIME]))

    def texts(name: str) -> NDArray[np.object_]:
        decoded = [text.decode() for text in columns[name][order]]
        return np.array(decoded, object)

    return _Rows(
        texts(USER),
        texts(ITEM),
        texts(TITLE),
        texts(ITEM_ID),
        columns[TARGET][order].astype(np.float64),
    )
