# SPDX-License-Identifier: Apache-2.0
"""Models of scikit-learn, fitted on the training split: what a network must beat.

Their settings are chosen on the validation split, as the network's best weights are.
"""

import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
)
from sklearn.exceptions import ConvergenceWarning
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler
from threadpoolctl import threadpool_limits

from components.contracts.table_layout import TableLayout
from components.evaluator.classification.log_loss import log_losses
from components.evaluator.table.metric_names import BOOSTING, LINEAR, MAJORITY, MEAN
from components.evaluator.table.rows import MISSING_TEXT, TableRows

# Of more training rows as many are drawn: a rival must not take longer than the model.
MOST_ROWS: Final = 100_000

_SEED: Final = 0
_STRENGTHS: Final = (0.01, 0.1, 1.0, 10.0, 100.0)
_MOST_COLUMNS: Final = 100  # of one category, after one-hot encoding
_MOST_VALUES: Final = 254  # of one category in boosting
# Boosting grows a tree per class and step.
_MOST_TREES: Final = 600
_STEPS: Final = (20, 200)


@dataclass(frozen=True)
class Rival:
    """Another model's outputs for the rows under test."""

    name: str
    """Its name in metrics."""

    description: str
    """What it is, for a reader."""

    outputs: NDArray[np.float64]
    """Probabilities (n, classes), or numbers (n,)."""


@dataclass(frozen=True)
class Splits:
    """The rows that rivals are fitted on, chosen by and measured on."""

    train: TableRows
    """Fitted on."""

    validation: TableRows | None
    """Settings are chosen by it; None if there is none: then they are the middle
    ones."""

    test: TableRows
    """Measured on."""


def fit_rivals(
    splits: Splits, layout: TableLayout, num_classes: int
) -> tuple[list[Rival], dict[str, str]]:
    """Fit all rivals.

    Args:
        splits: The rows.
        layout: Their columns.
        num_classes: Number of classes; not used where the target is a number.

    Returns:
        The rivals, and for those that could not be fitted name -> reason.
    """
    rivals, left_out = [], {}
    train = _thinned(splits.train)
    parts = Splits(train, splits.validation, splits.test)
    number = layout.is_regression
    constant = _mean(parts) if number else _majority(parts, num_classes)
    rivals.append(constant)
    fits = {LINEAR: _linear, BOOSTING: _boosting}
    for name, fit in fits.items():
        try:
            # One thread: on a busy machine several wait for each other, ten times as
            # long as they would compute.
            with warnings.catch_warnings(), threadpool_limits(1):
                # A linear model that has not quite converged is a rival all the same.
                warnings.simplefilter("ignore", ConvergenceWarning)
                warnings.simplefilter("ignore", UserWarning)
                rivals.append(fit(parts, layout, 0 if number else num_classes))
        except ValueError as error:
            left_out[name] = " ".join(str(error).split())[:200]
    return rivals, left_out


def _thinned(rows: TableRows) -> TableRows:
    if len(rows) <= MOST_ROWS:
        return rows
    random = np.random.default_rng(_SEED)
    return rows.take(np.sort(random.choice(len(rows), MOST_ROWS, replace=False)))


def _majority(splits: Splits, num_classes: int) -> Rival:
    counts = np.bincount(splits.train.answers, minlength=num_classes)
    shares = counts / counts.sum()
    rows = np.tile(shares, (len(splits.test), 1))
    return Rival(MAJORITY, "the class shares of the training split", rows)


def _mean(splits: Splits) -> Rival:
    mean = float(splits.train.answers.mean())
    values = np.full(len(splits.test), mean)
    return Rival(MEAN, "the mean of the training split", values)


def _linear(splits: Splits, layout: TableLayout, num_classes: int) -> Rival:
    """Logistic or ridge regression of scaled numbers and one-hot categories."""
    encoder = ColumnTransformer(
        [
            (
                "numbers",
                make_pipeline(
                    SimpleImputer(add_indicator=True, keep_empty_features=True),
                    StandardScaler(),
                ),
                _positions(layout, layout.numbers),
            ),
            (
                "categories",
                OneHotEncoder(
                    handle_unknown="infrequent_if_exist", max_categories=_MOST_COLUMNS
                ),
                _positions(layout, layout.categories),
            ),
        ]
    )
    encoder.fit(_matrix(splits.train, layout))
    encoded = {
        id(rows): encoder.transform(_matrix(rows, layout))
        for rows in (splits.train, splits.validation, splits.test)
        if rows is not None
    }

    def candidates() -> Iterator[tuple[str, Callable[[TableRows], Any]]]:
        for strength in _STRENGTHS:
            if num_classes:
                model = LogisticRegression(C=1 / strength, max_iter=300)
            else:
                model = Ridge(alpha=strength)
            model.fit(encoded[id(splits.train)], splits.train.answers)

            def predict(rows: TableRows, model: Any = model) -> Any:
                if num_classes:
                    return _probabilities(model, encoded[id(rows)], num_classes)
                return model.predict(encoded[id(rows)])

            yield f"{strength:g}", predict

    strength, outputs = _best(candidates(), splits, len(_STRENGTHS) // 2)
    kind = "logistic" if num_classes else "ridge"
    return Rival(
        LINEAR,
        f"{kind} regression of scaled numbers and one-hot categories, penalty "
        f"{strength}",
        outputs,
    )


def _boosting(splits: Splits, layout: TableLayout, num_classes: int) -> Rival:
    """Gradient boosting of trees, as many steps as are best on validation."""
    names = layout.categories
    encoder = OrdinalEncoder(
        handle_unknown="use_encoded_value",
        unknown_value=np.nan,
        max_categories=_MOST_VALUES,
    )
    if names:
        encoder.fit(_texts(splits.train, names))

    def encode(rows: TableRows) -> NDArray[np.float64]:
        numbers = [rows.columns[name] for name in layout.numbers]
        blocks = [np.stack(numbers, axis=1)] if numbers else []
        if names:
            texts = _texts(rows, names)
            codes = encoder.transform(texts)
            codes[texts == MISSING_TEXT] = np.nan
            blocks.append(codes)
        return np.concatenate(blocks, axis=1)

    fewest, most = _STEPS
    steps = int(np.clip(_MOST_TREES // max(1, num_classes), fewest, most))
    first = len(layout.numbers)
    settings: dict[str, Any] = {
        "max_iter": steps,
        "early_stopping": False,
        "random_state": _SEED,
        "categorical_features": list(range(first, first + len(names))) or None,
    }
    if num_classes:
        model = HistGradientBoostingClassifier(**settings)
    else:
        model = HistGradientBoostingRegressor(**settings)
    train = encode(splits.train)
    model.fit(train, splits.train.answers)
    encoded = {id(splits.test): encode(splits.test)}
    if splits.validation is not None:
        encoded[id(splits.validation)] = encode(splits.validation)

    def stages(rows: TableRows) -> Iterator[Any]:
        if not num_classes:
            yield from model.staged_predict(encoded[id(rows)])
            return
        for columns in model.staged_predict_proba(encoded[id(rows)]):
            yield _all_classes(columns, model.classes_, num_classes)

    best = steps - 1
    if splits.validation is not None:
        answers = splits.validation.answers
        losses = [_loss(outputs, answers) for outputs in stages(splits.validation)]
        best = int(np.argmin(losses))
    outputs = next(o for i, o in enumerate(stages(splits.test)) if i == best)
    description = f"gradient boosting of trees (histograms), {best + 1} steps"
    return Rival(BOOSTING, description, np.asarray(outputs, np.float64))


def _best(
    candidates: Iterator[tuple[str, Callable[[TableRows], Any]]],
    splits: Splits,
    middle: int,
) -> tuple[str, NDArray[np.float64]]:
    """Outputs for the test rows of the candidate that is best on validation."""
    found = list(candidates)
    chosen = middle
    if (rows := splits.validation) is not None:
        losses = [_loss(predict(rows), rows.answers) for _, predict in found]
        chosen = int(np.argmin(losses))
    name, predict = found[chosen]
    return name, np.asarray(predict(splits.test), np.float64)


def _loss(outputs: Any, answers: NDArray[Any]) -> float:
    """Log-loss of probabilities, squared error of numbers."""
    if outputs.ndim == 1:
        return float(np.square(outputs - answers).mean())
    return float(log_losses(outputs, answers).mean())


def _probabilities(model: Any, matrix: Any, num_classes: int) -> NDArray[np.float64]:
    return _all_classes(model.predict_proba(matrix), model.classes_, num_classes)


def _all_classes(
    columns: Any, present: NDArray[np.int64], num_classes: int
) -> NDArray[np.float64]:
    """Probabilities of all classes, those that the training split lacks with 0."""
    rows = np.zeros((len(columns), num_classes))
    rows[:, present] = columns
    return rows


def _positions(layout: TableLayout, names: Sequence[str]) -> list[int]:
    order = (*layout.numbers, *layout.categories)
    return [order.index(name) for name in names]


def _matrix(rows: TableRows, layout: TableLayout) -> NDArray[Any]:
    """Numbers, then categories: objects (n, columns)."""
    matrix = np.empty((len(rows), len(rows.columns)), dtype=object)
    for position, name in enumerate((*layout.numbers, *layout.categories)):
        matrix[:, position] = rows.columns[name]
    return matrix


def _texts(rows: TableRows, names: Sequence[str]) -> NDArray[Any]:
    return np.stack([rows.columns[name] for name in names], axis=1)
