# SPDX-License-Identifier: Apache-2.0
"""Train a restricted Boltzmann machine of ratings."""

import time
from typing import Any, Final

import numpy as np

from components.recommendation.ratings import Ids, root_mean_square
from components.trainer.loop.history import EpochRow, train_seconds
from components.trainer.provenance import Outcome
from components.trainer.ratings.data import RatingData
from components.trainer.ratings.training import validation_metrics
from components.trainer.ratings.workflow import Trained
from components.trainer.ratings_rbm.divergence import Momentum, gradient
from components.trainer.ratings_rbm.export import make_scorer
from components.trainer.ratings_rbm.model import (
    Floats,
    Machine,
    build_model,
    visible_units,
)
from components.trainer.ratings_rbm.params import Params

# Hidden units and items that the page shows.
_UNITS_SHOWN: Final = 10
_ITEMS_SHOWN: Final = 5
# Ratings of an item without which its weights say little.
_FEWEST: Final = 20


def train(params: Params, data: RatingData, seed: int) -> Trained:
    """Train a machine; the epoch with the lowest validation error is kept.

    Args:
        params: Parameters of machine and training.
        data: Training and validation split.
        seed: Seeds weights, samples and the order of users.
    """
    machine, history = fit(params, data, seed)
    shares = predict_validation(machine, data).astype(np.float64)
    losses = [row["val_rmse"] for row in history]
    scorer, variables = make_scorer(machine, data.layout.values)
    outcome = Outcome(
        num_parameters=machine.num_parameters,
        epochs=len(history),
        train_seconds=train_seconds(history),
        devices="1 x cpu",
        precision="float32",
        validation=validation_metrics(shares @ data.values, shares, data),
        details={"best_epoch": losses.index(min(losses)) + 1},
    )
    return Trained(
        scorer, variables, history, outcome, facts={"units": _units(machine, data)}
    )


def fit(params: Params, data: RatingData, seed: int) -> tuple[Machine, list[EpochRow]]:
    """Return the machine of the best epoch, and a row of figures per epoch."""
    rng = np.random.default_rng(seed)
    machine = best = build_model(params, data.train, data.values, seed)
    momentum = Momentum(params, machine)
    history: list[EpochRow] = []
    size = params.batch_size
    active = np.flatnonzero([len(rows) > 0 for rows in data.train.rows_by_user])
    for epoch in range(params.epochs):
        start = time.perf_counter()
        steps = params.steps[epoch * len(params.steps) // params.epochs]
        rate = params.learning_rate * (1 - epoch / params.epochs)
        order = rng.permutation(active)
        errors = []
        # Of nearly one size: gradients of a few users left over would be noise alone.
        for users in np.array_split(order, max(1, round(len(order) / size))):
            visible = visible_units(data.train, users, data.values)
            found = gradient(machine, visible, steps, rng)
            machine = momentum.step(machine, found, rate)
            errors.append(float(np.abs(found.item_bias).mean()))
        seconds = time.perf_counter() - start
        predicted = predict_validation(machine, data) @ data.values
        row = {
            "epoch": float(epoch + 1),
            "loss": float(np.mean(errors)),
            "val_rmse": root_mean_square(predicted - data.validation.values),
            "learning_rate": rate,
            "steps": float(steps),
            "seconds": seconds,
        }
        if not history or row["val_rmse"] < min(old["val_rmse"] for old in history):
            best = machine
        history.append(row)
    return best, history


def predict_validation(machine: Machine, data: RatingData) -> Floats:
    """Probability of each rating of the validation split, (n, values)."""
    wanted = data.validation
    users, places = np.unique(wanted.users, return_inverse=True)
    found = np.zeros((len(wanted), len(data.values)), np.float32)
    at_once = max(1, 50_000_000 // (wanted.num_items * len(data.values)))
    for first in range(0, len(users), at_once):
        part: Ids = users[first : first + at_once]
        rows = np.flatnonzero((places >= first) & (places < first + at_once))
        visible = visible_units(data.train, part, data.values)
        found[rows] = machine.predict_shares(
            visible, places[rows] - first, wanted.items[rows]
        )
    return found


def _units(machine: Machine, data: RatingData) -> list[dict[str, Any]]:
    """The hidden units with the largest weights, and what they stand for."""
    centred = data.values - data.values.mean()
    slopes = np.einsum("ikh,k->ih", machine.weights, centred)
    counts = np.array([len(rows) for rows in data.train.rows_by_item])
    frequent = np.flatnonzero(counts >= min(_FEWEST, counts.max()))
    names = data.names()
    strength = np.square(slopes).sum(axis=0)
    shown = []
    for unit in np.argsort(-strength, kind="stable")[:_UNITS_SHOWN].tolist():
        order = frequent[np.argsort(slopes[frequent, unit], kind="stable")]
        shown.append(
            {
                "unit": unit,
                "strength": float(np.sqrt(strength[unit])),
                "likes": [names[item] for item in order[::-1][:_ITEMS_SHOWN]],
                "dislikes": [names[item] for item in order[:_ITEMS_SHOWN]],
            }
        )
    return shown
