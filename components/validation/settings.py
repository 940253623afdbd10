# SPDX-License-Identifier: Apache-2.0
"""What must hold for a data set: `data/<dataset>/expectations.yaml` as dataclasses.

Two halves travel through the pipeline as JSON, each into the step that needs it, so a
change in one half re-runs only that step: `items` is judged with Great Expectations on
the item table, `distributions` with TFDV on the examples.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from components.contracts.features import LABEL, NUMERIC_FEATURES, TEXT_NUMERIC_FEATURES
from components.contracts.splits import SPLITS
from components.core.records import load_yaml, read_record
from components.validation.items.rules import (
    FeatureRule,
    ItemRules,
    Measure,
    Rule,
    expect_known,
)

# TFDV answers 0.0, not an error, when L-infinity is asked of a number: a check that
# could never fail. So a measure must fit the feature before anything runs.
FITTING_MEASURES: Mapping[str, tuple[Measure, ...]] = {
    LABEL: ("jensen_shannon", "l_infinity"),
    **dict.fromkeys((*NUMERIC_FEATURES, *TEXT_NUMERIC_FEATURES), ("jensen_shannon",)),
}


@dataclass(frozen=True)
class ItemSettings:
    """How the item table is judged and shown."""

    classes: tuple[str, ...]
    """The labels that may occur, in the order in which reports list them."""

    listed_failures: int
    """Failing items that a check names at most."""

    samples_per_class: int
    """Pictures or texts of each class that the report shows."""

    expectations: ItemRules
    """What must hold."""

    label_name: str = "class"
    """What a label stands for, in the words of the report."""

    def __post_init__(self) -> None:
        if not self.classes or len(set(self.classes)) < len(self.classes):
            raise ValueError(
                "classes must be different names, at least one.\n"
                f"Received {list(self.classes)!r}."
            )
        if not self.expectations.named():
            raise ValueError(
                "no expectation is set, so nothing would ever be refused.\n"
                f"Name at least one of {', '.join(vars(self.expectations))}."
            )


@dataclass(frozen=True)
class DistributionSettings:
    """How the statistics of the examples are judged."""

    histogram_buckets: int
    """Bars of a histogram; fewer than 50 drown small shifts in rounding."""

    fits_schema: Rule
    """Every split fits `data/<dataset>/schema.pbtxt`."""

    pairs: tuple[tuple[str, str], ...]
    """Which split is compared with which: `[judged, baseline]`."""

    features: Mapping[str, FeatureRule]
    """Feature -> how it is compared, in every pair."""

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
        for name, rule in self.features.items():
            _expect_measure_fits(name, rule.measure)


@dataclass(frozen=True)
class Settings:
    """Everything that `data/<dataset>/expectations.yaml` holds."""

    items: ItemSettings
    distributions: DistributionSettings


def load_settings(path: Path) -> Settings:
    """Read and check the expectations of a data set.

    Args:
        path: `data/<dataset>/expectations.yaml`.

    Raises:
        UsageError: With what was received, what was expected and where it stands.
    """
    return read_record(Settings, load_yaml(path), str(path))


def to_json(settings: ItemSettings | DistributionSettings) -> str:
    """Settings as the text that enters TFX's cache key, in the order of the file."""
    return json.dumps(asdict(settings))


def item_settings(text: str) -> ItemSettings:
    """Read back what `to_json` wrote of the first half."""
    return read_record(ItemSettings, json.loads(text), "expectations.items")


def distribution_settings(text: str) -> DistributionSettings:
    """Read back what `to_json` wrote of the second half."""
    where = "expectations.distributions"
    return read_record(DistributionSettings, json.loads(text), where)


def _expect_measure_fits(feature: str, measure: Measure) -> None:
    fitting = FITTING_MEASURES[feature]
    if measure not in fitting:
        raise ValueError(
            f"measure {measure!r} does not fit feature {feature!r}: it compares the "
            "shares of class names, and would find nothing here.\n"
            f"Use {' or '.join(map(repr, fitting))}."
        )
