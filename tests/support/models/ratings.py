# SPDX-License-Identifier: Apache-2.0
"""Models of small drawn ratings, sound ones and those with a planted fault."""

from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
import tensorflow as tf

from components.contracts.modality import MODALITIES
from components.contracts.splits import SPLITS
from components.core.json_files import write_json
from components.evaluator.examples import ExampleSplit
from components.ingest.beam.assign import Row, SplitPlan
from components.ingest.beam.outputs import write_examples
from components.ingest.item import RatingItem
from components.recommendation.factors import FactorModel, fit_factors
from components.recommendation.ratings import Ratings
from components.trainer.factors.export import make_scorer
from components.trainer.ratings.data import RatingData
from components.trainer.ratings.export import RatingsModule, Scorer
from tests.support.datasets.ratings import FACTS, LAYOUT, RULE, draw_lines

SCALE: Final = (1.0, 5.0)
DEVIATION: Final = 0.6


@dataclass(frozen=True)
class DrawnRatings:
    """Drawn ratings, split, as trainers and evaluators read them."""

    rows: tuple[Row, ...]
    """All ratings with their splits."""

    data: RatingData
    """Training and validation split."""

    tested: Ratings
    """The test split, by the same indices."""

    def write(self, folder: Path) -> ExampleSplit:
        """Write the examples of all splits, and return the test split."""
        for split in SPLITS:
            items = [row.item for row in self.rows if row.split == split]
            path = folder / f"Split-{split}" / "data_tfrecord-00000-of-00001"
            path.parent.mkdir(parents=True)
            write_examples(path, items, MODALITIES["ratings"])
        return ExampleSplit(folder, "test", FACTS)


@cache
def draw_ratings() -> DrawnRatings:
    """Sixty users of two tastes, thirty films."""
    items = [
        RatingItem(
            item_id=f"r/{number:05d}",
            label="",
            content_sha256=f"{user}-{film}",
            user=user,
            item=film,
            title=f"Film {film}",
            time=int(time),
            target=float(rating),
        )
        for number, (user, film, rating, time) in enumerate(draw_lines())
    ]
    rows, _ = SplitPlan(MODALITIES["ratings"], RULE, False).split(items)
    users = tuple(dict.fromkeys(item.user for item in items))
    films = tuple(dict.fromkeys(item.item for item in items))
    parts = []
    for split in SPLITS:
        of_split = [row.item for row in rows if row.split == split]
        parts.append(
            Ratings(
                np.array([users.index(item.user) for item in of_split]),
                np.array([films.index(item.item) for item in of_split]),
                np.array([item.value("target") for item in of_split]),
                len(users),
                len(films),
            )
        )
    titles = tuple(f"Film {film}" for film in films)
    data = RatingData(parts[0], parts[1], users, films, titles, LAYOUT)
    return DrawnRatings(tuple(rows), data, parts[2])


def sound_factors(known: Ratings | None = None) -> FactorModel:
    """Factors that fit the two tastes.

    Args:
        known: What it learns from. Defaults to the training split.
    """
    ratings = known or draw_ratings().data.train
    return fit_factors(ratings, 1, 1.0, 4.0, 8, 0, SCALE)


def scorer_of(model: FactorModel) -> tuple[Scorer, list[tf.Variable]]:
    """Scorer of factors with the deviation of these ratings."""
    return make_scorer(model, DEVIATION, LAYOUT.values)


def write_model(
    folder: Path,
    scorer: Scorer,
    variables: list[tf.Variable],
    module: type[RatingsModule] = RatingsModule,
    validation_rmse: float = 0.63,
    data: RatingData | None = None,
) -> Path:
    """Write a model of the drawn ratings with its provenance.

    Args:
        folder: Folder of the SavedModel.
        scorer: Scores all items for one user.
        variables: What the scorer reads.
        module: Signatures around it. Defaults to the sound ones.
        validation_rmse: Error that its training noted.
        data: Names and ratings that it keeps. Defaults to those that were drawn.
    """
    made = module(scorer, variables, data or draw_ratings().data)
    signatures = {
        name: getattr(made, name)
        for name in ("predict_ratings", "recommend", "recommend_user", "list_items")
    }
    tf.saved_model.save(made, str(folder), signatures=signatures)
    record = {
        "recipe": "films-factors",
        "seed": 1,
        "validation": {"rmse": validation_rmse},
        "dataset": FACTS.record(),
    }
    write_json(folder / "provenance.json", record)
    return folder


def permuted(model: FactorModel) -> FactorModel:
    """The films in another order than their names."""
    order = np.random.default_rng(0).permutation(len(model.item_bias))
    return replace(
        model,
        item_bias=model.item_bias[order],
        item_factors=model.item_factors[order],
    )
