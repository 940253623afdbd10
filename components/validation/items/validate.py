# SPDX-License-Identifier: Apache-2.0
"""Validate the items of a data set: the body of the component ValidateItems."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pandas as pd

from components.contracts.item_table import read_item_table
from components.contracts.modality import Modality
from components.contracts.step_data import write_step_data
from components.contracts.table_layout import TableLayout
from components.validation.items.columns import describe_columns
from components.validation.items.great_expectations import check_items, fill_texts
from components.validation.items.rating_figures import describe_ratings, with_days
from components.validation.items.samples import (
    describe_items,
    draw_samples,
    first_excluded,
    first_groups,
    name_files,
    read_pictures,
)
from components.validation.items.settings import ItemSettings
from components.validation.items.summary import summarise_table
from components.validation.verdict import Verdict, write_verdict

STAGE: Final = "items"


def validate_items(
    items_uri: str,
    modality: Modality,
    settings: ItemSettings,
    output_dir: str | Path,
    facts: Mapping[str, str],
    layout: TableLayout | None = None,
) -> Verdict:
    """Check the item table; write `verdict.json` and the data of the section `items`.

    Bad data are not an error here; the data gate acts on the verdict.

    Args:
        items_uri: Folder of the ItemTable artifact.
        modality: What an item is.
        settings: Checks and their limits.
        output_dir: Folder to write into; made if needed.
        facts: Facts about the raw data: variant, licence, hashes.
        layout: Columns of a table. Defaults to none, for other data.
    """
    table = fill_texts(read_item_table(items_uri), modality)
    verdict = Verdict(STAGE, check_items(table, modality, settings))
    write_verdict(verdict, output_dir)
    shown = _shown_items(table, settings)
    are_ratings = modality.split_by == "time"
    ids = _all_ids(shown, verdict)
    pictures = read_pictures(items_uri, ids, modality)
    names = name_files(pictures, modality)
    write_step_data(
        output_dir,
        "components.validation.items.section",
        facts={
            "dataset": dict(facts),
            "modality": modality.name,
            "label_name": settings.label_name,
            **summarise_table(
                table, modality, settings.classes, settings.listed_failures
            ),
            **shown,
            **(describe_columns(table, layout) if layout else {}),
            **(describe_ratings(table) if are_ratings else {}),
            "items": describe_items(
                with_days(table) if are_ratings else table, ids, modality
            ),
            "pictures": names,
        },
        files={names[item]: png for item, png in pictures.items() if names[item]},
    )
    return verdict


def _shown_items(table: pd.DataFrame, settings: ItemSettings) -> dict[str, Any]:
    listed = settings.listed_failures
    return {
        "samples": draw_samples(table, settings.classes, settings.samples_per_class),
        "excluded": first_excluded(table, listed),
        "group_members": first_groups(table, listed),
    }


def _all_ids(shown: Mapping[str, Any], verdict: Verdict) -> list[str]:
    lists = [
        *shown["samples"].values(),
        *(check.failing_items for check in verdict.failed),
        *shown["excluded"].values(),
        *shown["group_members"],
    ]
    return [item for ids in lists for item in ids]
