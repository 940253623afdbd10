# SPDX-License-Identifier: Apache-2.0
"""A small item table without faults, and settings that it passes."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

from components.contracts.item_table import TABLE_FILE
from components.contracts.modality import MODALITIES
from components.validation.items.settings import ItemSettings
from components.validation.settings import Settings, load_settings
from tests.support.datasets.mnist import SIDE, draw_digits

SETTINGS = Path("data/mnist/expectations.yaml")
COLUMNS = dict(MODALITIES["image"].columns)
SIZES = {"train": 40, "validation": 20, "test": 20}

LoadSettings = Callable[..., Settings]


@pytest.fixture
def settings_record(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Content of data/mnist/expectations.yaml, to be changed by a test."""
    content = (request.config.rootpath / SETTINGS).read_text()
    record: dict[str, Any] = yaml.safe_load(content)
    return record


@pytest.fixture
def load(tmp_path: Path, settings_record: dict[str, Any]) -> LoadSettings:
    """Load the record after a change to it: `load(lambda r: ...)`."""

    def load_changed(change: Callable[[Any], object] = lambda r: None) -> Settings:
        change(settings_record)
        path = tmp_path / "mnist.yaml"
        path.write_text(yaml.safe_dump(settings_record, sort_keys=False))
        return load_settings(path)

    return load_changed


@pytest.fixture
def item_settings(load: LoadSettings) -> ItemSettings:
    """The project's expectations with the counts of the small table."""

    def shrink(record: Any) -> None:
        expectations = record["items"]["expectations"]
        expectations["row_counts"]["splits"] = {
            "train+validation": [60, 60],
            "test": [20, 20],
        }
        expectations["every_class_present"]["min_items"] = 1
        record["items"]["listed_failures"] = 3
        record["items"]["samples_per_class"] = 2

    return load(shrink).items


@pytest.fixture
def table() -> pd.DataFrame:
    """Eighty drawn digits without a fault."""
    labels = [number % 10 for number in range(sum(SIZES.values()))]
    splits = [split for split, size in SIZES.items() for _ in range(size)]
    rows = [
        _row(number, split, label, pixels)
        for number, (split, label, pixels) in enumerate(
            zip(splits, labels, draw_digits(labels), strict=True)
        )
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype(COLUMNS)


@pytest.fixture
def write_table(tmp_path: Path) -> Callable[[pd.DataFrame], str]:
    """Write a table as an ItemTable artifact and give its folder."""

    def write(table: pd.DataFrame) -> str:
        folder = tmp_path / "items"
        folder.mkdir(exist_ok=True)
        table.to_parquet(folder / TABLE_FILE)
        return str(folder)

    return write


def _row(number: int, split: str, label: int, pixels: Any) -> dict[str, Any]:
    official = "test" if split == "test" else "train"
    content = hashlib.sha256(pixels.tobytes()).hexdigest()
    return {
        "item_id": f"{official}/{number:05d}",
        "split": split,
        "official_split": official,
        "label": str(label),
        "group": content,
        "content_sha256": content,
        "width": SIDE,
        "height": SIDE,
        "channels": 1,
        "mean": pixels.mean(),
        "std": pixels.std(),
        "fault": "",
        "thumbnail": pixels.tobytes(),
    }
