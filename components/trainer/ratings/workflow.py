# SPDX-License-Identifier: Apache-2.0
"""What TFX's Trainer does for a model of ratings: read, train, export, write."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import tensorflow as tf
from numpy.typing import NDArray

from components.core.records import read_record
from components.trainer.job import read_job
from components.trainer.loop.history import EpochRow, write_history
from components.trainer.provenance import Outcome, write_provenance
from components.trainer.ratings.data import RatingData, read_ratings
from components.trainer.ratings.export import Scorer, export_ratings_model
from components.trainer.training_data import write_training_data


@dataclass(frozen=True)
class Trained:
    """A trained model of ratings."""

    scorer: Scorer
    """Scores all items for one user, in operations of TensorFlow."""

    variables: list[tf.Variable]
    """What the scorer reads."""

    history: list[EpochRow]
    """One row per epoch, or per sweep."""

    outcome: Outcome
    """Results of the training."""

    facts: Mapping[str, Any] = field(default_factory=dict)
    """Values of the family for its section of the page."""

    arrays: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    """Arrays of the family for its section of the page."""


# From `Params`, data and seed.
Train = Callable[[Any, RatingData, int], Trained]


def run_ratings_model(
    fn_args: Any, params_class: type, train: Train, renderer: str
) -> None:
    """Train a model of ratings and export it.

    Args:
        fn_args: TFX's `FnArgs`.
        params_class: The family's `Params`.
        train: The family's function.
        renderer: Import path of the family's section.
    """
    job = read_job(fn_args.custom_config)
    params: Any = read_record(params_class, job.params, f"parameters of {job.recipe!r}")
    data = read_ratings(
        fn_args.train_files, fn_args.eval_files, fn_args.transform_output, job.dataset
    )
    trained = train(params, data, job.seed)
    model_folder = Path(fn_args.serving_model_dir)
    run_folder = Path(fn_args.model_run_dir)
    export_ratings_model(trained.scorer, trained.variables, data, model_folder)
    write_provenance(model_folder, job, params, trained.outcome)
    write_history(trained.history, run_folder)
    write_training_data(
        run_folder,
        renderer,
        job,
        asdict(params),
        trained.outcome,
        trained.history,
        trained.facts,
        trained.arrays,
    )
