# SPDX-License-Identifier: Apache-2.0
"""Requirements for a data set: `data/<dataset>/expectations.yaml` as dataclasses.

The two halves enter the pipeline as JSON, each as a parameter of the step that uses it,
so a change in one half runs only that step again: `items` is checked with Great
Expectations on the item table, `distributions` with TFDV on the examples.
"""

from dataclasses import dataclass
from pathlib import Path

from components.core.records import read_record
from components.core.yaml_files import load_yaml
from components.validation.distributions.settings import DistributionSettings
from components.validation.items.settings import ItemSettings


@dataclass(frozen=True)
class Settings:
    """Content of `data/<dataset>/expectations.yaml`."""

    items: ItemSettings
    distributions: DistributionSettings


def load_settings(path: Path) -> Settings:
    """Read and check the expectations of a data set.

    Args:
        path: `data/<dataset>/expectations.yaml`.

    Raises:
        UsageError: If the file is invalid; the message names the key, what was
            expected and what was received.
    """
    return read_record(Settings, load_yaml(path), str(path))
