# SPDX-License-Identifier: Apache-2.0
"""Settings of the checks on distributions: schema, and skew between splits."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from components.contracts.features import LABEL
from components.contracts.modality import MODALITIES
from components.contracts.splits import SPLITS
from components.validation.check_settings import (
    CheckSettings,
    expect_known,
    expect_share,
)

Measure = Literal["jensen_shannon", "l_infinity"]

# For the L-infinity distance of a number TFDV returns 0.0, not an error: a check that
# could never fail. So measures that do not fit the feature are refused at once.
FITTING_MEASURES: Mapping[str, tuple[Measure, ...]] = {
    LABEL: ("jensen_shannon", "l_infinity"),
    **{
        name: ("jensen_shannon",)
        for modality in MODALITIES.values()
        for name in modality.numeric_features
    },
}


@dataclass(frozen=True)
class SkewCheck(CheckSettings):
    """A feature has similar distributions in two splits."""

    measure: Measure
    """`jensen_shannon` for numbers and labels, `l_infinity` for labels only."""

    threshold: float
    """Largest distance that passes; both measures range from 0 to 1."""

    def __post_init__(self) -> None:
        expect_share("threshold", self.threshold)


@dataclass(frozen=True)
class DistributionSettings:
    """Settings for the checks on the statistics of the examples."""

    histogram_buckets: int
    """Buckets of a histogram; with fewer than 50, small shifts are lost in rounding."""

    fits_schema: CheckSettings
    """Every split matches `data/<dataset>/schema.pbtxt`."""

    pairs: tuple[tuple[str, str], ...]
    """Pairs of splits that are compared: `[evaluated, baseline]`."""

    features: Mapping[str, SkewCheck]
    """Feature -> check of each pair."""

    def __post_init__(self) -> None:
        if self.histogram_buckets < 2:
            raise ValueError(
                "histogram_buckets must be at least 2.\n"
                f"Received {self.histogram_buckets}."
            )
        if not self.pairs:
            raise ValueError("no pair of splits is named, so nothing is compared.")
        for pair in self.pairs:
            expect_known(pair, SPLITS, "unknown split")
            if len(set(pair)) < 2:
                raise ValueError(
                    f"a split cannot be compared with itself.\nReceived {pair}."
                )
        expect_known(self.features, FITTING_MEASURES, "unknown feature")
        for name, check in self.features.items():
            _expect_measure_fits(name, check.measure)


def _expect_measure_fits(feature: str, measure: Measure) -> None:
    fitting = FITTING_MEASURES[feature]
    if measure not in fitting:
        raise ValueError(
            f"measure {measure!r} does not fit feature {feature!r}: it compares the "
            "shares of classes, and is always 0 for numbers.\n"
            f"Use {' or '.join(map(repr, fitting))}."
        )
