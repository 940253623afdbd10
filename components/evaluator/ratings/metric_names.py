# SPDX-License-Identifier: Apache-2.0
"""Names and units of the metrics of a model of ratings; imports no library.

Settings are checked against these names, so this module must stay light.
"""

from typing import Final

GLOBAL_MEAN: Final = "global_mean"
ITEM_MEAN: Final = "item_mean"
BIASES: Final = "biases"
FACTORS: Final = "factors"
RIVALS: Final = (GLOBAL_MEAN, ITEM_MEAN, BIASES, FACTORS)

_STARS: Final = "stars, root of the mean squared error"
_RATIO: Final = "ratio: below 1 it is better"
# Metrics with the ends of a 95 % interval.
_WITH_ENDS: Final = {
    "rmse": _STARS,
    "mae": "stars, mean absolute error",
    "log_loss": "nats per rating",
    "ndcg_at_10": "0 to 1, order of what a user rated, mean over the users",
    "rmse_over_item_mean": _RATIO,
    "rmse_over_bias_baseline": _RATIO,
    "rmse_over_factors": _RATIO,
    "rmse_over_ceiling": "ratio to the smallest error that any model can have",
    "personal_gain": "stars, error of the mean of each item less that of the model",
}
_PLAIN: Final = {
    "rmse_argmax": "stars, of the most probable rating",
    "rmse_argmax_minus_expectation": "stars: 0 if the most probable rating is served",
    "rmse_over_validation": "ratio to the error on the validation split",
    "rmse_cold_users": "stars, from the first five ratings of a user",
    "rmse_from_nothing": "stars, of a user who has rated nothing",
    "calibration_error": "share, mean over the ratings and ten bins of p(k)",
    "coverage": "share of the items that are recommended to anybody",
    "popularity_share": "share of recommendations among the 50 most rated items",
    "popularity_share_of_ratings": "the same share of the ratings of training",
    "recommended_rated_share": "share of recommendations that the user has rated",
    "invalid_predictions": "ratings",
    "unknown_users": "users",
}


def _ends(units: dict[str, str]) -> dict[str, str]:
    words = {
        "": "",
        "_low": ", lower end of the 95 % interval",
        "_high": ", upper end of the 95 % interval",
    }
    return {
        name + suffix: unit + more
        for name, unit in units.items()
        for suffix, more in words.items()
    }


TEST_UNITS: Final = {**_ends(_WITH_ENDS), **_PLAIN}
"""Metric without the name of its split -> unit."""

COMPARED: Final = ("rmse", "mae", "log_loss", "ndcg_at_10")
"""Metrics that rivals have, too."""

BASELINE_UNITS: Final = {
    f"baseline_{metric}_{rival}": _WITH_ENDS[metric]
    for rival in RIVALS
    for metric in COMPARED
}
"""Metric of a rival -> unit."""

# The evaluation hands out its answers, for metrics of the user's own.
HAS_ANSWERS: Final = True
# The figures that readers know a model by, whatever its gate asks for.
MAIN_METRICS: Final = ("test_rmse", "test_mae")
METRIC_NAMES: Final = (*(f"test_{name}" for name in TEST_UNITS), *BASELINE_UNITS)
