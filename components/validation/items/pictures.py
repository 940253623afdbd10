# SPDX-License-Identifier: Apache-2.0
"""The pictures of some items for the report: samples, and those that failed."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from components.contracts.features import JPEG_SIGNATURE
from components.contracts.item_columns import TABLE_FILE
from components.contracts.item_table import thumbnail_png
from components.contracts.splits import SPLITS
from components.report import html
from components.validation.verdict import Check


def read_pictures(items_uri: str, item_ids: Iterable[str]) -> dict[str, bytes]:
    """PNG or JPEG bytes by item, `b""` where an item's bytes are no picture.

    Args:
        items_uri: Folder of the ItemTable artifact.
        item_ids: Items wanted. Only their pictures are read; all would be large.

    Returns:
        Nothing for items without a picture, so an empty dict for data that have none.
    """
    from pyarrow import parquet

    wanted = sorted(set(item_ids))
    file = Path(items_uri) / TABLE_FILE
    columns = ["item_id", "thumbnail", "width", "height"]
    if not wanted or not set(columns) <= set(parquet.read_schema(file).names):
        return {}
    rows = parquet.read_table(
        file, columns=columns, filters=[("item_id", "in", wanted)]
    )
    return {
        row["item_id"]: _encoded(row["thumbnail"], row["width"], row["height"])
        for row in rows.to_pylist()
        if row["thumbnail"]
    }


def draw_samples(
    table: Any, classes: Sequence[str], per_class: int
) -> dict[str, list[str]]:
    """Training items of each class to show, drawn by content hash: not chosen by us."""
    if not {"item_id", "label", "split", "content_sha256"} <= set(table):
        return {}
    training = table[table["split"] == SPLITS[0]].sort_values("content_sha256")
    if "fault" in training:
        training = training[training["fault"] == ""]
    return {
        name: list(ids["item_id"].head(per_class))
        for name, ids in training.groupby("label", sort=True)
        if name in classes
    }


def sample_pictures(
    samples: Mapping[str, Sequence[str]], pictures: Mapping[str, bytes]
) -> Iterable[Any]:
    """The samples, a row of pictures for each class; nothing for other data."""
    if not pictures:
        return
    yield html.subheading("Sample pictures", "items-samples")
    yield html.paragraph("Items of the training split by class, drawn by their hash.")
    for name, ids in samples.items():
        shown = [(pictures[item], item) for item in ids if item in pictures]
        yield html.image_grid(
            shown, size=shown_size(pictures), alt=f"sample of class {name}"
        )


def failing_items(
    checks: Sequence[Check], table: Any, pictures: Mapping[str, bytes]
) -> Iterable[Any]:
    """The items that checks name, as pictures where they are pictures."""
    if checks:
        yield html.subheading("Items that failed", "items-failed")
    for check in checks:
        yield _failing(check, table, pictures)


def _failing(check: Check, table: Any, pictures: Mapping[str, bytes]) -> Any:
    facts = table.drop_duplicates("item_id").set_index("item_id")
    captions = {item: _caption(item, facts) for item in check.failing_items}
    more = check.num_failing - len(captions)
    is_visible = any(pictures.get(item) for item in captions)
    body = (
        html.image_grid(
            [(pictures.get(item, b""), text) for item, text in captions.items()],
            size=max(72, shown_size(pictures)),
            alt=f"fails {check.name}",
        )
        if is_visible
        else html.table(*_listed(captions, facts))
    )
    rest = html.paragraph(f"{more:,} more are not shown.") if more > 0 else ""
    items = "item" if check.num_failing == 1 else "items"
    summary = f"{check.name}: {check.num_failing:,} {items}"
    return html.details(summary, html.join(body, rest), is_open=True)


def _listed(captions: Mapping[str, str], facts: Any) -> tuple[list[str], list[Any]]:
    """Headers and rows of items that are no pictures; texts are quoted."""
    if "text" not in facts:
        return ["Item"], [[caption] for caption in captions.values()]
    texts = {item: facts["text"].get(item, "") for item in captions}
    rows = [[caption, texts[item]] for item, caption in captions.items()]
    return ["Item", "Text"], rows


def _caption(item: str, facts: Any) -> str:
    row = facts.loc[item] if item in facts.index else {}
    words = [item]
    words += [f"{name} {row[name]}" for name in ("split", "label") if row.get(name)]
    if row.get("fault"):
        words.append(str(row["fault"]))
    return ", ".join(words)


def shown_size(pictures: Mapping[str, bytes]) -> int:
    """How large pictures are shown: photographs larger than digits, in CSS pixels."""
    is_photograph = any(p.startswith(JPEG_SIGNATURE) for p in pictures.values())
    return 96 if is_photograph else 56


def _encoded(thumbnail: bytes, width: int, height: int) -> bytes:
    if thumbnail.startswith(JPEG_SIGNATURE):
        return thumbnail
    try:
        return thumbnail_png(thumbnail, width, height)
    except (OSError, ValueError):
        # A faulty item may hold anything; its frame in the report stays empty.
        return b""
