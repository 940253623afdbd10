# SPDX-License-Identifier: Apache-2.0
"""Evaluation of a model of ratings: errors, order, lists, and rivals beside it."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from components.contracts.signatures import (
    COUNT,
    LIST_ITEMS,
    PREDICT_RATINGS,
    RATED,
    RATINGS,
    RECOMMEND,
    RECOMMEND_USER,
    USER,
    WANTED,
)
from components.evaluator.examples import ExampleSplit
from components.evaluator.metrics import (
    SIGNATURE_EXAMPLES_FILE,
    UNIT,
    Answers,
    Metrics,
    on_split,
)
from components.evaluator.ratings.figures import (
    Estimate,
    UserSums,
    calibration,
    estimate,
    popularity,
    sum_by_user,
)
from components.evaluator.ratings.histories import Histories
from components.evaluator.ratings.metric_names import (
    BASELINE_UNITS,
    BIASES,
    COMPARED,
    FACTORS,
    ITEM_MEAN,
    TEST_UNITS,
)
from components.evaluator.ratings.page_data import page_arrays, page_facts
from components.evaluator.ratings.predictions import (
    NUM_RECOMMENDED,
    Predictions,
    predict_tested,
    recommend_by_name,
    recommend_to_all,
)
from components.evaluator.ratings.read_histories import read_histories
from components.evaluator.ratings.rivals import Rival, fit_rivals
from components.evaluator.signature_examples import (
    SignatureExample,
    record_call,
    signature_examples_json,
)
from components.recommendation.ratings import Ids, Ratings, root_mean_square
from components.serving.saved_model import SavedModel

RENDERER: Final = "components.evaluator.ratings.page"
MODEL: Final = "model"
# Users who are asked as if they were new.
MOST_USERS: Final = 1000
# Ratings of a user who is nearly new.
COLD: Final = 5
# Name of a ratio in the figures -> its name as a metric.
_RATIOS: Final = {
    f"rmse_over_{ITEM_MEAN}": "rmse_over_item_mean",
    f"rmse_over_{BIASES}": "rmse_over_bias_baseline",
    f"rmse_over_{FACTORS}": "rmse_over_factors",
    f"gain_over_{ITEM_MEAN}": "personal_gain",
}


def evaluate_model(model: SavedModel, examples: ExampleSplit) -> Metrics:
    """Measure a model of ratings through its signatures.

    Args:
        model: The exported model.
        examples: The split under test; the splits before it must lie beside it.

    Returns:
        Metrics with signature_examples.json.
    """
    found = read_histories(examples)
    predictions = predict_tested(model, found)
    by_name = recommend_by_name(model, found)
    faults = {
        "invalid_predictions": float(predictions.num_invalid),
        "unknown_users": float(_num_unknown(by_name, found)),
    }
    if any(faults.values()):
        # Without any other metric, no gate passes.
        return _metrics(model, examples, found, faults, {}, {})
    rivals = fit_rivals(found)
    sums = {MODEL: _sums(predictions, found)}
    sums |= {rival.name: _sums(rival, found) for rival in rivals}
    estimates = estimate(sums)
    listed = recommend_to_all(model, found)
    curve = _by_known(model, found)
    bins, gap = calibration(predictions.shares, found.tested, found.values)
    values = {
        **_with_ends(_named(estimates[MODEL])),
        **_with_ends(_over_ceiling(estimates[MODEL]["rmse"], examples)),
        **_of_expectation(predictions, found),
        **_of_lists(listed, found),
        "recommended_rated_share": _rated_share([listed, by_name], found.history),
        **_over_validation(model, estimates[MODEL]["rmse"].value),
        "rmse_cold_users": curve[COLD],
        "rmse_from_nothing": curve[0],
        "calibration_error": gap,
        **faults,
    }
    baselines = {
        f"baseline_{metric}_{rival.name}": estimates[rival.name][metric].value
        for rival in rivals
        for metric in COMPARED
    }
    facts = {
        "compared": _comparison(estimates, rivals),
        "ceiling": _ceiling(examples),
        "remark": examples.dataset.evaluation.remark,
        "curve": [[float(number), error] for number, error in curve.items()],
        **page_facts(predictions.means, listed, found),
    }
    arrays = {"calibration": bins, **page_arrays(predictions.means, found)}
    return _metrics(
        *(model, examples, found, values, baselines, facts), arrays, predictions
    )


def _sums(answers: Predictions | Rival, found: Histories) -> UserSums:
    return sum_by_user(answers.means, answers.shares, found.tested, found.values)


def _named(figures: Mapping[str, Estimate]) -> dict[str, Estimate]:
    """Figures of the model by the names of metrics; the others are left out."""
    names = {**{name: name for name in COMPARED}, **_RATIOS}
    return {names[name]: one for name, one in figures.items() if name in names}


def _with_ends(figures: Mapping[str, Estimate]) -> dict[str, float]:
    ends: dict[str, float] = {}
    for name, one in figures.items():
        ends |= {name: one.value, f"{name}_low": one.low, f"{name}_high": one.high}
    return ends


def _ceiling(examples: ExampleSplit) -> float | None:
    ceilings = examples.dataset.evaluation.rmse_ceilings
    return ceilings.get(examples.dataset.variant)


def _over_ceiling(rmse: Estimate, examples: ExampleSplit) -> dict[str, Estimate]:
    """Ratio to the smallest error that any model can have, where that is known."""
    ceiling = _ceiling(examples)
    if not ceiling:
        return {}
    parts = (one / ceiling for one in (rmse.value, rmse.low, rmse.high))
    return {"rmse_over_ceiling": Estimate(*parts)}


def _over_validation(model: SavedModel, rmse: float) -> dict[str, float]:
    """Ratio to the error that the training noted on its validation split.

    A model that has seen the ratings under test is far better on them than there.
    """
    noted = model.provenance.get("validation", {}).get("rmse")
    return {"rmse_over_validation": rmse / noted} if noted else {}


def _of_expectation(predictions: Predictions, found: Histories) -> dict[str, float]:
    """What is gained by the mean of p(k) over the most probable k."""
    actual = found.tested.values
    likeliest = found.values[predictions.shares.argmax(axis=1)]
    argmax = root_mean_square(likeliest - actual)
    served = root_mean_square(predictions.means - actual)
    return {
        "rmse_argmax": argmax,
        "rmse_argmax_minus_expectation": argmax - served,
    }


def _of_lists(listed: Mapping[int, Any], found: Histories) -> dict[str, float]:
    shown = np.concatenate([*listed.values(), np.empty(0, np.int64)])
    among, of_ratings = popularity(listed, found.train)
    return {
        "coverage": len(np.unique(shown)) / found.num_known_items,
        "popularity_share": among,
        "popularity_share_of_ratings": of_ratings,
    }


def _num_unknown(by_name: Mapping[int, Ids], found: Histories) -> int:
    """Number of tested users who rated in training and have no answer by name."""
    users = np.intersect1d(found.train.users, found.tested.users)
    return len(set(users.tolist()) - by_name.keys())


def _rated_share(lists: Sequence[Mapping[int, Ids]], history: Ratings) -> float:
    """Share of what is recommended that its user had rated."""
    pairs = [pair for listed in lists for pair in listed.items()]
    again = sum(
        int(np.isin(items, history.items[history.rows_by_user[user]]).sum())
        for user, items in pairs
    )
    return again / max(1, sum(len(items) for _, items in pairs))


def _by_known(model: SavedModel, found: Histories) -> dict[int, float]:
    """Error by how many of the first ratings of each user the model gets.

    Of more than a thousand users a thousand are asked, always the same ones.
    """
    part = found.of_users(MOST_USERS)
    actual = part.tested.values
    return {
        known: root_mean_square(predict_tested(model, part, known).means - actual)
        for known in (0, 1, 2, COLD, 10, 20)
    }


def _comparison(
    estimates: Mapping[str, Mapping[str, Estimate]], rivals: list[Rival]
) -> list[dict[str, Any]]:
    """One row per model for the table of the page."""
    words = {MODEL: "this model", **{rival.name: rival.words for rival in rivals}}
    own = estimates[MODEL]
    rows = []
    for name, figures in estimates.items():
        ratio = own.get(f"rmse_over_{name}")
        rows.append(
            {
                "name": name,
                "words": words[name],
                **{metric: figures[metric].value for metric in COMPARED},
                "low": figures["rmse"].low,
                "high": figures["rmse"].high,
                "ratio": [ratio.value, ratio.low, ratio.high] if ratio else None,
            }
        )
    return rows


def _metrics(
    model: SavedModel,
    examples: ExampleSplit,
    found: Histories,
    values: Mapping[str, float],
    baselines: Mapping[str, float],
    facts: Mapping[str, Any],
    arrays: Mapping[str, Any] | None = None,
    predictions: Predictions | None = None,
) -> Metrics:
    names = {name: on_split(f"test_{name}", examples.split) for name in values}
    calls = _calls(model, found)
    answers = None
    if predictions is not None:
        answers = Answers(found.tested.values, predictions.means)
    return Metrics(
        values={**{names[n]: v for n, v in values.items()}, **baselines},
        protocol={
            **_protocol(model, examples, found),
            **{UNIT + names[name]: TEST_UNITS[name] for name in values},
            **{UNIT + name: BASELINE_UNITS[name] for name in baselines},
        },
        renderer=RENDERER if facts else "",
        facts=facts,
        arrays=arrays or {},
        files={SIGNATURE_EXAMPLES_FILE: signature_examples_json(calls)},
        answers=answers,
    )


def _protocol(
    model: SavedModel, examples: ExampleSplit, found: Histories
) -> dict[str, str]:
    data = examples.dataset
    users = int((np.bincount(found.tested.users) > 0).sum())
    return {
        "data": f"{data.name} {data.variant}",
        "data_sha256": data.content_sha256,
        "split": examples.split,
        "examples": f"{len(found.tested):,} ratings of {users:,} users",
        "known": "all that a user rated before, of training and validation",
        "intervals": "95 %, 1,000 draws of users",
        "model_sha256": model.sha256,
        "seed": str(model.provenance.get("seed", "not recorded")),
        "signature": "predict_ratings, recommend and recommend_user, float32",
    }


def _calls(model: SavedModel, found: Histories) -> list[SignatureExample]:
    """Record a call of each signature, by the first user under test."""
    user = next(n for n, rows in enumerate(found.tested.rows_by_user) if len(rows))
    rows = found.history.rows_by_user[user]
    known = {
        # Typed, as a user may have no rating before.
        RATED: np.array(
            [found.items[item].encode() for item in found.history.items[rows]],
            np.bytes_,
        ),
        RATINGS: found.history.values[rows].astype(np.float32),
    }
    tested = found.tested.items[found.tested.rows_by_user[user]]
    wanted = [found.items[i].encode() for i in tested if i < found.num_known_items]
    count = {COUNT: np.int32(NUM_RECOMMENDED)}
    calls = [
        record_call(model, RECOMMEND, **known, **count),
        record_call(
            model, RECOMMEND_USER, **{USER: found.users[user].encode()}, **count
        ),
        record_call(model, LIST_ITEMS),
    ]
    if wanted:
        calls.append(record_call(model, PREDICT_RATINGS, **known, **{WANTED: wanted}))
    return calls
