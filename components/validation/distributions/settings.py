# SPDX-License-Identifier: Apache-2.0
"""Settings of the checks on distributions: schema, and skew between splits."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from components.contracts.features import TARGET
from components.contracts.modality import MODALITIES, Modality
from components.contracts.splits import SPLITS
from components.validation.check_settings import (
    CheckSettings,
    expect_known,
    expect_share,
)

Measure = Literal["jensen_shannon", "l_infinity"]

_OF_NUMBERS: Final[tuple[Measure, ...]] = ("jensen_shannon",)
_OF_TEXTS: Final[tuple[Measure, ...]] = ("jensen_shannon", "l_infinity")


@dataclass(frozen=True)
class SkewCheck(CheckSettings):
    """A feature has similar distributions in two splits."""

    measure: Measure
    """`jensen_shannon` for every feature, `l_infinity` for labels and categories."""

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


def fitting_measures(
    modality: Modality | None = None,
) -> dict[str, tuple[Measure, ...]]:
    """Return the features that can be compared, with the measures that fit them.

    For the L-infinity distance of a number TFDV returns 0.0, not an error: a check that
    could never fail.

    Args:
        modality: What an item is, for a table with its columns. Defaults to any but a
            table.
    """
    kinds = [modality] if modality else list(MODALITIES.values())
    return {
        **{
            kind.answer: _OF_NUMBERS if kind.answer == TARGET else _OF_TEXTS
            for kind in kinds
        },
        **{n: _OF_NUMBERS for kind in kinds for n in kind.numeric_features},
        **{n: _OF_TEXTS for kind in kinds for n in kind.category_features},
    }


def expect_measures_fit(
    settings: DistributionSettings, modality: Modality | None = None
) -> None:
    """Raise ValueError for a feature that there is not, or a measure that misfits it.

    Args:
        settings: The settings.
        modality: What an item is, for a table with its columns. Defaults to any but a
            table.
    """
    fitting = fitting_measures(modality)
    expect_known(settings.features, fitting, "features: unknown feature")
    for name, check in settings.features.items():
        if check.measure not in fitting[name]:
            raise ValueError(
                f"features.{name}: measure {check.measure!r} does not fit feature "
                f"{name!r}: it compares the shares of classes, and is always 0 for "
                f"numbers.\nUse {' or '.join(map(repr, fitting[name]))}."
            )
