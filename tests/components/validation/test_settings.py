# SPDX-License-Identifier: Apache-2.0
"""Settings: invalid ones are refused when they are read, with the remedy."""

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from components.core.errors import UsageError
from components.core.records import from_json, to_json
from components.validation.distributions.settings import DistributionSettings
from components.validation.items.settings import ItemSettings
from components.validation.settings import Settings
from pipelines.fingerprint import PROJECT_ROOT


def expectations(record: Any) -> Any:
    return record["items"]["expectations"]


def features(record: Any) -> Any:
    return record["distributions"]["features"]


def test_settings_of_the_project_are_read(load: Callable[..., Settings]) -> None:
    settings = load()
    assert settings.items.classes == tuple("0123456789")
    assert settings.items.expectations["image_size"].width == (28, 28)
    assert settings.distributions.pairs == (("validation", "train"), ("test", "train"))
    assert settings.distributions.features["label"].measure == "l_infinity"


def test_every_check_of_the_project_has_a_description(
    load: Callable[..., Settings],
) -> None:
    settings = load()
    checks = [
        *settings.items.expectations.values(),
        settings.distributions.fits_schema,
        *settings.distributions.features.values(),
    ]
    assert len(checks) == 15
    assert all(check.description.endswith(".") for check in checks)


def test_settings_survive_the_way_through_a_parameter(
    load: Callable[..., Settings],
) -> None:
    settings = load()
    items = from_json(ItemSettings, to_json(settings.items), "items")
    assert items == settings.items
    distributions = settings.distributions
    text = to_json(distributions)
    assert from_json(DistributionSettings, text, "distributions") == distributions


def test_change_in_one_half_leaves_the_other_half_the_same(
    load: Callable[..., Settings],
) -> None:
    before = load()
    after = load(lambda r: features(r)["mean"].update(threshold=0.5))
    assert to_json(before.items) == to_json(after.items)
    assert to_json(before.distributions) != to_json(after.distributions)


def test_settings_are_read_without_heavy_libraries() -> None:
    heavy = ("great_expectations", "numpy", "pandas", "tensorflow", "tfx")
    code = (
        "import sys, pathlib; from components.validation.settings import load_settings;"
        "load_settings(pathlib.Path('data/mnist/expectations.yaml'));"
        f"sys.exit(str([name for name in {heavy!r} if name in sys.modules]))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code], cwd=PROJECT_ROOT, capture_output=True, text=True
    )
    assert ended.stderr.strip() == "[]"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda r: expectations(r).update(image_sise={}),
            r"expectations: unknown key 'image_sise'\. Did you mean 'image_size'",
        ),
        (
            lambda r: expectations(r)["class_balance"].update(max_ration=2),
            r"class_balance: unknown key 'max_ration'\. Did you mean 'max_ratio'",
        ),
        (
            lambda r: expectations(r)["class_balance"].pop("max_ratio"),
            r"class_balance: missing 'max_ratio'",
        ),
        (
            lambda r: expectations(r)["image_size"].update(severity="fatal"),
            r"severity: expected one of 'critical', 'warning'.\nReceived 'fatal'",
        ),
        (
            lambda r: expectations(r)["items_are_sound"].update(max_faulty_share=1.5),
            r"max_faulty_share must lie between 0 and 1.\nReceived 1.5",
        ),
        (
            lambda r: expectations(r)["pixel_range"].update(mean=[200, 2]),
            r"mean must be \[smallest, largest\]",
        ),
        (
            lambda r: expectations(r)["row_counts"].update(splits={"tests": [1, 2]}),
            r"unknown split 'tests'\. Did you mean 'test'",
        ),
        (
            lambda r: r["items"].update(expectations={}),
            r"no expectation is set, so nothing would ever be refused",
        ),
        (
            lambda r: r["items"].update(classes=["0", "0"]),
            r"classes must be different names",
        ),
        (
            lambda r: r["items"].update(classes=["0", 1]),
            r"classes\[1\]: expected a value of type str.\nReceived 1",
        ),
        (
            lambda r: features(r).update(meen=features(r)["mean"]),
            r"unknown feature 'meen'\. Did you mean 'mean'",
        ),
        (
            lambda r: r["distributions"].update(pairs=[["test", "training"]]),
            r"unknown split 'training'\. Did you mean 'train'",
        ),
        (
            lambda r: r["distributions"].update(pairs=[["test", "test"]]),
            r"a split cannot be compared with itself",
        ),
        (
            lambda r: r["distributions"].update(pairs=[]),
            r"no pair of splits is named",
        ),
        (
            lambda r: r["distributions"].update(histogram_buckets=0),
            r"histogram_buckets must be at least 2.\nReceived 0",
        ),
    ],
)
def test_wrong_settings_are_refused_with_their_place(
    load: Callable[..., Settings], change: Callable[[Any], object], message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        load(change)


def test_measure_that_never_fails_on_numbers_is_refused(
    load: Callable[..., Settings],
) -> None:
    with pytest.raises(UsageError, match="measure 'l_infinity' does not fit") as error:
        load(lambda r: features(r)["mean"].update(measure="l_infinity"))
    assert "Use 'jensen_shannon'" in str(error.value)
