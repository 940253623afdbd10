# SPDX-License-Identifier: Apache-2.0
"""Requirements for a data set: `data/<dataset>/expectations.yaml` as dataclasses.

The two halves enter the pipeline as JSON, each as a parameter of the step that uses it,
so a change in one half runs only that step again: `items` is checked with Great
Expectations on the item table, `distributions` with TFDV on the examples.
"""

from dataclasses import dataclass
from pathlib import Path

from components.contracts.modality import Modality
from components.core.errors import ErrorList, UsageError
from components.core.records import read_record, unknown_name
from components.core.yaml_files import load_yaml
from components.validation.distributions.settings import (
    DistributionSettings,
    expect_measures_fit,
)
from components.validation.items.gallery import check_arguments
from components.validation.items.settings import ItemSettings


@dataclass(frozen=True)
class Settings:
    """Content of `data/<dataset>/expectations.yaml`."""

    items: ItemSettings
    distributions: DistributionSettings


def load_settings(path: Path, modality: Modality | None = None) -> Settings:
    """Read and check the expectations of a data set.

    Args:
        path: `data/<dataset>/expectations.yaml`.
        modality: What an item is, for a table with its columns. Defaults to any but a
            table.

    Raises:
        UsageError: If the file is invalid; the message names the key, what was
            expected and what was received.
    """
    settings = read_record(Settings, load_yaml(path), str(path))
    errors = ErrorList()
    try:
        expect_measures_fit(settings.distributions, modality)
    except ValueError as error:
        errors.add(UsageError(f"{path}.distributions.{error}"))
    if modality:
        _expect_columns(settings.items, modality, f"{path}.items.expectations", errors)
    errors.raise_any()
    return settings


def check_own_expectations(settings: Settings, path: Path) -> list[str]:
    """Return what the classes of expectations that a user names refuse.

    Great Expectations is imported, for seconds, only if one is named.

    Args:
        settings: The settings.
        path: Their file, for messages.
    """
    return check_arguments(settings.items.expectations, f"{path}.items.expectations")


def _expect_columns(
    items: ItemSettings, modality: Modality, where: str, errors: ErrorList
) -> None:
    """Note each check that names a column which there is not."""
    known = modality.described_features
    for check, settings in items.expectations.items():
        for name in settings.columns:
            if name not in known:
                what = f"{where}.{check}: unknown column"
                errors.add(UsageError(unknown_name(name, known, what)))
