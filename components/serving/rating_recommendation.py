# SPDX-License-Identifier: Apache-2.0
"""Recommend items, or predict ratings, with a published model of ratings."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import tensorflow as tf

from components.contracts.ratings_layout import RatingsLayout
from components.contracts.signatures import (
    COUNT,
    IS_KNOWN,
    ITEMS,
    LIST_ITEMS,
    PREDICT_RATINGS,
    RATED,
    RATINGS,
    RECOMMEND,
    RECOMMEND_USER,
    TITLES,
    USER,
    VALUE,
    WANTED,
)
from components.core.errors import UsageError
from components.core.shortening import enumerate_names, quote
from components.serving.answer import Answer
from components.serving.rating_files import (
    RatedItem,
    Unreadable,
    is_ratings,
    read_rated,
)
from components.serving.saved_model import SavedModel

SIGNATURES: Final = (RECOMMEND,)
_MOST_LISTED: Final = 5


@dataclass(frozen=True)
class Options:
    """Options of a model of ratings."""

    count: int = 10
    """Items to recommend."""

    wanted: tuple[str, ...] = ()
    """Items whose rating is asked for, by name or title; none for recommendations."""


@dataclass(frozen=True)
class Scored:
    """One item with its expected rating."""

    item: str
    """Its name in the data set."""

    title: str
    """Its title, "" for none."""

    rating: float
    """The expected rating."""


class Catalogue:
    """The items that a model knows, by name and by title.

    Args:
        model: A model of ratings.
    """

    def __init__(self, model: SavedModel) -> None:
        outputs = model.signature(LIST_ITEMS)()
        names, titles = (
            [text.decode() for text in outputs[key].numpy()] for key in (ITEMS, TITLES)
        )
        self.titles = dict(zip(names, titles, strict=True))
        self._by_title: dict[str, list[str]] = {}
        for name, title in self.titles.items():
            if title:
                self._by_title.setdefault(title.casefold(), []).append(name)

    def find(self, given: str) -> str | None:
        """Name of an item that is called by its name or its title; None if unknown.

        Raises:
            Unreadable: Several items have this title.
        """
        if given in self.titles:
            return given
        found = self._by_title.get(given.strip().casefold(), [])
        if len(found) > 1:
            listed = enumerate_names(sorted(found)[:_MOST_LISTED])
            raise Unreadable(
                f"{quote(given)} is the title of {len(found)} items; give the name of "
                f"one: {listed}"
            )
        return found[0] if found else None


def predict(
    model: SavedModel, inputs: Sequence[str], options: Options
) -> Iterator[Answer]:
    """Answer with recommendations for each list of ratings, or each user.

    Args:
        model: A model of ratings.
        inputs: Ratings as JSON, files of ratings, and names of users of the training.
        options: How many items, or which ones.

    Raises:
        UsageError: The model does not record its data set, or a wanted item is
            unknown.
    """
    facts = model.dataset
    if facts.ratings is None:
        raise UsageError(f"a model of {facts.name} takes {facts.item_kind.input}.")
    catalogue = Catalogue(model)
    wanted = [_wanted(given, catalogue, facts.ratings) for given in options.wanted]
    for given in inputs:
        try:
            if is_ratings(given):
                yield _of_ratings(
                    model, given, wanted, options.count, catalogue, facts.ratings
                )
            else:
                yield _of_user(model, given, wanted, options.count, facts.ratings)
        except Unreadable as error:
            yield Answer(f"{_short(given)}: not readable: {error}", is_error=True)


def recommend(
    model: SavedModel, rated: Mapping[str, float], count: int
) -> list[Scored]:
    """Recommend items to somebody who rated others.

    Args:
        model: A model of ratings.
        rated: Item -> rating.
        count: Most items.
    """
    outputs = model.signature(RECOMMEND)(
        **{
            RATED: tf.constant(list(rated), tf.string),
            RATINGS: tf.constant(list(rated.values()), tf.float32),
            COUNT: tf.constant(count, tf.int32),
        }
    )
    return _scored(outputs)


def _of_ratings(
    model: SavedModel,
    given: str,
    wanted: Sequence[str],
    count: int,
    catalogue: Catalogue,
    layout: RatingsLayout,
) -> Answer:
    rated, unknown = _known(read_rated(given, layout), catalogue)
    if not rated:
        listed = enumerate_names(unknown[:_MOST_LISTED]) or "none"
        raise Unreadable(f"no {layout.called} that the model knows; received {listed}")
    if wanted:
        found = _predicted(model, rated, wanted, catalogue)
    else:
        found = recommend(model, rated, count)
    remark = ""
    if unknown:
        listed = enumerate_names(map(quote, unknown[:_MOST_LISTED]))
        remark = f" (unknown to the model: {listed})"
    return Answer(_lines(f"{_short(given)}{remark}", found))


def _of_user(
    model: SavedModel,
    given: str,
    wanted: Sequence[str],
    count: int,
    layout: RatingsLayout,
) -> Answer:
    if wanted:
        raise UsageError(
            f"--for needs what was rated, not the user {given!r}.\nGive the ratings as "
            f"JSON, for instance '{{\"{layout.called}\": {layout.highest:g}}}', or as "
            "a file."
        )
    outputs = model.signature(RECOMMEND_USER)(
        **{USER: tf.constant(given), COUNT: tf.constant(count, tf.int32)}
    )
    if not int(outputs[IS_KNOWN].numpy()):
        raise Unreadable(
            "no such user in the training data; give ratings as JSON or as a file"
        )
    return Answer(_lines(f"user {given}", _scored(outputs)))


def _predicted(
    model: SavedModel,
    rated: Mapping[str, float],
    wanted: Sequence[str],
    catalogue: Catalogue,
) -> list[Scored]:
    outputs = model.signature(PREDICT_RATINGS)(
        **{
            RATED: tf.constant(list(rated), tf.string),
            RATINGS: tf.constant(list(rated.values()), tf.float32),
            WANTED: tf.constant(list(wanted), tf.string),
        }
    )
    values = outputs[VALUE].numpy().astype(float).tolist()
    return [
        Scored(item, catalogue.titles[item], value)
        for item, value in zip(wanted, values, strict=True)
    ]


def _known(
    rated: Sequence[RatedItem], catalogue: Catalogue
) -> tuple[dict[str, float], list[str]]:
    """Ratings of known items, the last of each, and what is unknown."""
    known, unknown = {}, []
    for one in rated:
        item = catalogue.find(one.item)
        if item is None:
            unknown.append(one.item)
        else:
            known[item] = one.rating
    return known, unknown


def _wanted(given: str, catalogue: Catalogue, layout: RatingsLayout) -> str:
    try:
        item = catalogue.find(given)
    except Unreadable as error:
        raise UsageError(f"--for: {error}.") from error
    if item is None:
        raise UsageError(
            f"--for: expected the name or the title of a {layout.called} that the "
            f"model knows.\nReceived {given!r}."
        )
    return item


def _scored(outputs: Mapping[str, tf.Tensor]) -> list[Scored]:
    names, titles = (outputs[key].numpy() for key in (ITEMS, TITLES))
    values = np.asarray(outputs[VALUE].numpy(), float).tolist()
    return [
        Scored(name.decode(), title.decode(), value)
        for name, title, value in zip(names, titles, values, strict=True)
    ]


def _lines(head: str, found: Sequence[Scored]) -> str:
    lines = [
        f"  {place}. {one.title or one.item} ({one.rating:.2f})"
        + (f"  [{one.item}]" if one.title else "")
        for place, one in enumerate(found, 1)
    ]
    return "\n".join([f"{head}:", *lines])


def _short(given: str) -> str:
    return quote(given) if given.lstrip().startswith(("{", "[")) else given
