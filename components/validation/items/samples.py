# SPDX-License-Identifier: Apache-2.0
"""Items that the report shows: samples, failing and excluded ones, groups."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import pandas as pd
from pyarrow import parquet

from components.contracts.item_table import TABLE_FILE, pixels_png
from components.contracts.modality import Modality, Picture
from components.contracts.splits import SPLITS
from components.validation.items.checks.faults import count_faults, fault_reason
from components.validation.items.checks.groups import conflicting_items, grouped_items

_GROUPS_SHOWN: Final = 8
_GROUP_COLUMNS: Final = frozenset({"item_id", "label", "split", "group", "fault"})
# Columns of a table that a page shows of a single row.
_VALUES_SHOWN: Final = 12
_SHOWN_COLUMNS: Final = ("split", "label", "fault", "text")


def draw_samples(
    table: pd.DataFrame, classes: Sequence[str], per_class: int
) -> dict[str, list[str]]:
    """Draw training items of each class in the order of their content hashes.

    Args:
        table: Item table.
        classes: Classes that are shown.
        per_class: Most items of a class.
    """
    if not {"item_id", "label", "split", "content_sha256"} <= set(table):
        return {}
    training = table[table["split"] == SPLITS[0]].sort_values("content_sha256")
    if "fault" in training:
        training = training[training["fault"] == ""]
    if not classes:
        return {"": list(training["item_id"].head(per_class))}
    return {
        name: list(ids["item_id"].head(per_class))
        for name, ids in training.groupby("label", sort=True)
        if name in classes
    }


def first_excluded(table: pd.DataFrame, per_reason: int) -> dict[str, list[str]]:
    """Return the first faulty items of each reason, the most frequent reason first.

    Args:
        table: Item table.
        per_reason: Most items of a reason.
    """
    if not {"item_id", "fault"} <= set(table):
        return {}
    faulty = table[table["fault"] != ""].sort_values("item_id")
    reasons = faulty["fault"].map(fault_reason)
    return {
        reason: list(faulty.loc[reasons == reason, "item_id"].head(per_reason))
        for reason in count_faults(table)
    }


def first_groups(table: pd.DataFrame, per_group: int) -> list[list[str]]:
    """Return the items of the first groups of several, conflicting labels first.

    Args:
        table: Item table.
        per_group: Most items of a group.
    """
    if not set(table) >= _GROUP_COLUMNS:
        return []
    sound = grouped_items(table)
    several = sound[sound["group"].duplicated(keep=False)]
    conflicts = list(dict.fromkeys(conflicting_items(table)["group"]))
    others = [g for g in sorted(set(several["group"])) if g not in set(conflicts)]
    members = several.sort_values("item_id").groupby("group")["item_id"]
    chosen = (*conflicts, *others)[:_GROUPS_SHOWN]
    return [list(members.get_group(group))[:per_group] for group in chosen]


def describe_items(
    table: pd.DataFrame, item_ids: Iterable[str], modality: Modality
) -> dict[str, dict[str, Any]]:
    """Return split, label, fault, and text or values of items.

    Args:
        table: Item table; what it lacks is left out.
        item_ids: Items wanted.
        modality: What an item is.
    """
    if "item_id" not in table:
        return {}
    shown = [*_SHOWN_COLUMNS, *_value_columns(modality)]
    columns = [name for name in shown if name in table]
    first = table.drop_duplicates("item_id").set_index("item_id")[columns]
    known = [item for item in dict.fromkeys(item_ids) if item in first.index]
    # None is a value of JSON, NaN is none.
    found = first.loc[known].astype(object)
    described: dict[str, dict[str, Any]] = found.where(found.notna(), None).to_dict(
        orient="index"
    )
    return described


def _value_columns(modality: Modality) -> Sequence[str]:
    """Columns that are the item itself, where it is neither a picture nor a text."""
    if modality.content:
        return ()
    answer = (modality.answer,) if modality.answer in modality.columns else ()
    return (*modality.described_features[:_VALUES_SHOWN], *answer)


def read_pictures(
    items_uri: str, item_ids: Iterable[str], modality: Modality
) -> dict[str, bytes]:
    """Read the pictures of items, encoded as PNG or JPEG.

    Args:
        items_uri: Folder of the ItemTable artifact.
        item_ids: Items wanted; other pictures are not read, as all would be large.
        modality: What an item is.

    Returns:
        Item -> picture, `b""` if it cannot be decoded. Items without one are left out.
    """
    wanted, picture = sorted(set(item_ids)), modality.picture
    file = Path(items_uri) / TABLE_FILE
    columns = ["item_id", "thumbnail", "width", "height"]
    is_complete = set(columns) <= set(parquet.read_schema(file).names)
    if not picture or not wanted or not is_complete:
        return {}
    rows = parquet.read_table(
        file, columns=columns, filters=[("item_id", "in", wanted)]
    )
    return {
        row["item_id"]: _encoded(row["thumbnail"], row["width"], row["height"], picture)
        for row in rows.to_pylist()
        if row["thumbnail"]
    }


def name_files(pictures: Mapping[str, bytes], modality: Modality) -> dict[str, str]:
    """Return a file name for each picture, "" for one that cannot be decoded."""
    suffix = modality.picture.suffix if modality.picture else ""
    return {
        item: f"item-{number:04d}.{suffix}" if content else ""
        for number, (item, content) in enumerate(sorted(pictures.items()))
    }


def _encoded(thumbnail: bytes, width: int, height: int, picture: Picture) -> bytes:
    if picture.is_encoded:
        return thumbnail
    try:
        return pixels_png(thumbnail, width, height)
    except ValueError:
        # The bytes of a faulty item may be anything.
        return b""
