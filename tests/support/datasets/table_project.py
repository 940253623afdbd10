# SPDX-License-Identifier: Apache-2.0
"""A project of one data set, the drawn birds of `tables`, with settings that pass."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import yaml

from tests.support.beam import BEAM_ARGS
from tests.support.datasets.tables import (
    CLASSES,
    LAYOUT,
    NAME,
    Row,
    draw_birds,
    make_dataset,
)

_CRITICAL: Final = {"severity": "critical"}


def make_table_project(root: Path, rows: Sequence[Row] = ()) -> Path:
    """Write params.yaml, the files of the data set and its raw files; return the root.

    Args:
        root: The project's root, made if needed.
        rows: Rows of the table. Defaults to 300 drawn birds.
    """
    make_dataset(root, LAYOUT, birds=rows or draw_birds(300))
    write_yaml(root / "params.yaml", params())
    write_yaml(root / "data" / NAME / "expectations.yaml", expectations())
    return root


def params() -> dict[str, Any]:
    """The content of params.yaml: no recipe."""
    birds = {
        "variant": "own",
        "validation_share": 0.2,
        "test_share": 0.2,
        "split_salt": "tests",
        "split": "stratified",
    }
    return {
        "datasets": {NAME: birds},
        "recipes": {},
        "beam": {"pipeline_args": list(BEAM_ARGS)},
    }


def expectations() -> dict[str, Any]:
    """The content of expectations.yaml."""
    checks = {
        "labels_are_known": {"max_unknown_share": 0.01},
        "items_are_sound": {"max_faulty_share": 0.02},
        "item_ids_unique": {},
        "missing_values": {
            "max_shares": dict.fromkeys(("bill_length", "bill_depth", "sex"), 0.15)
        },
        "numbers_in_range": {"ranges": {"body_mass": [1000, 9000]}},
    }
    shares = {"measure": "l_infinity", "threshold": 0.2}
    return {
        "items": {
            "classes": list(CLASSES),
            "listed_failures": 12,
            "samples_per_class": 8,
            "expectations": {
                name: {"description": f"Birds: {name}.", **_CRITICAL, **settings}
                for name, settings in checks.items()
            },
        },
        "distributions": {
            "histogram_buckets": 50,
            "fits_schema": {"description": "Every split fits.", **_CRITICAL},
            "pairs": [["validation", "train"], ["test", "train"]],
            "features": {
                "label": {"description": "Same shares.", **_CRITICAL, **shares}
            },
        },
    }


def write_yaml(path: Path, content: Any) -> None:
    """Write a YAML file."""
    path.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
