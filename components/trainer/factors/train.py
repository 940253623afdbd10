# SPDX-License-Identifier: Apache-2.0
"""Fit factors of ratings, sweep by sweep."""

import time

import numpy as np
from numpy.typing import NDArray

from components.recommendation.factors import FactorModel, fit_factors
from components.recommendation.ratings import rating_shares, root_mean_square
from components.trainer.factors.export import make_scorer
from components.trainer.factors.params import Params
from components.trainer.loop.history import EpochRow, train_seconds
from components.trainer.provenance import Outcome
from components.trainer.ratings.data import RatingData
from components.trainer.ratings.training import (
    residual_deviation,
    validation_metrics,
)
from components.trainer.ratings.workflow import Trained


def train(params: Params, data: RatingData, seed: int) -> Trained:
    """Fit the factors; the sweep with the lowest validation error is kept.

    Args:
        params: Number of factors and penalties.
        data: Training and validation split.
        seed: Seeds the factors before the first sweep.
    """
    best, history = fit(params, data, seed, params.factors)
    predicted = best.predict(data.train, data.validation)
    deviation = residual_deviation(predicted, data.validation, data.layout)
    shares = rating_shares(predicted, deviation, data.values)
    scorer, variables = make_scorer(best, deviation, data.layout.values)
    losses = [row["val_rmse"] for row in history]
    outcome = Outcome(
        num_parameters=best.num_parameters,
        epochs=len(history),
        train_seconds=train_seconds(history),
        devices="1 x cpu",
        precision="float64",
        validation=validation_metrics(predicted, shares, data),
        details={
            "best_sweep": losses.index(min(losses)) + 1,
            "residual_deviation": deviation,
        },
    )
    by_factors = {params.factors: min(losses)}
    for number in params.compared:
        if number != params.factors:
            _, rows = fit(params, data, seed, number)
            by_factors[number] = min(row["val_rmse"] for row in rows)
    return Trained(
        scorer,
        variables,
        history,
        outcome,
        facts={
            "by_factors": [[n, by_factors[n]] for n in sorted(by_factors)],
            "labels": data.names(),
        },
        arrays={"places": _places(best)},
    )


def fit(
    params: Params, data: RatingData, seed: int, num_factors: int
) -> tuple[FactorModel, list[EpochRow]]:
    """Fit one model; return its best sweep, and a row of figures per sweep."""
    history: list[EpochRow] = []
    models: list[FactorModel] = []
    start = time.perf_counter()

    def report(model: FactorModel) -> None:
        nonlocal start
        seconds = time.perf_counter() - start
        learnt = model.predict(data.train, data.train) - data.train.values
        later = model.predict(data.train, data.validation) - data.validation.values
        row = {
            "epoch": float(len(history) + 1),
            "loss": root_mean_square(learnt),
            "val_rmse": root_mean_square(later),
            "seconds": seconds,
        }
        if not history or row["val_rmse"] < min(old["val_rmse"] for old in history):
            models[:] = [model]
        history.append(row)
        start = time.perf_counter()

    scale = data.layout.lowest, data.layout.highest
    fit_factors(
        data.train,
        num_factors,
        params.ridge,
        params.bias_ridge,
        params.sweeps,
        seed,
        scale,
        report,
    )
    return models[0], history


def _places(model: FactorModel) -> NDArray[np.float64]:
    """Items on the two directions in which their factors differ most, (items, 2)."""
    factors = model.item_factors - model.item_factors.mean(axis=0)
    if factors.shape[1] < 2:
        return np.zeros((len(factors), 0))
    _, _, directions = np.linalg.svd(factors, full_matrices=False)
    # The sign of a direction is arbitrary: its largest part is positive.
    largest = np.abs(directions).argmax(axis=1)
    signs = np.sign(directions[np.arange(len(directions)), largest])
    places: NDArray[np.float64] = factors @ (directions * signs[:, None])[:2].T
    return places
