# SPDX-License-Identifier: Apache-2.0
"""The section `items` of a report: checks, failing items, counts, samples."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import numpy as np

from components.contracts.modality import MODALITIES
from components.contracts.splits import SPLITS
from components.contracts.step_data import StepData
from components.report import html
from components.report.section import Section
from components.validation.items.column_charts import show_columns
from components.validation.items.item_grid import ItemGrid
from components.validation.items.rating_charts import show_ratings
from components.validation.section import make_section
from components.validation.verdict import DataCheck, read_verdict

# Facts about the raw data, in the order and the words of the page; others are left out.
_FACT_LABELS: Final = {
    "dataset": "Data set",
    "variant": "Variant",
    "licence": "Licence",
    "citation": "To cite",
    "homepage": "Described at",
    "content_sha256": "SHA-256 of the content",
    "dvc_md5": "MD5 in DVC",
    "source_list_sha256": "SHA-256 of the source list",
}
_FACTS: Final = ("dataset", "num_items", "num_repeated", "counts")


def render(data: StepData) -> Section:
    """Make the section from the data that `validate_items` wrote."""
    verdict = read_verdict(data.folder)
    facts, grid = data.facts, ItemGrid(data)
    failing = [check for check in verdict.failed if check.failing_items]
    body = html.join(
        html.checks_table(verdict.checks, "What the items were checked for"),
        *_failing_items(failing, grid),
        *_what_data(facts),
        *show_ratings(facts),
        *show_columns(facts),
        *_text_blocks(facts),
        *_excluded_items(facts, grid),
        *_repeated_items(facts),
        *_groups(facts, grid),
        *_sample_pictures(facts, grid),
        *_sample_texts(facts),
        *_sample_rows(facts, grid),
    )
    return make_section(
        "Items",
        verdict,
        body,
        {name: facts[name] for name in _FACTS},
        lead=f"{facts['num_items']:,} items.",
    )


def _failing_items(checks: list[DataCheck], grid: ItemGrid) -> Iterator[Any]:
    if checks:
        yield html.subheading("Items that failed", "items-failed")
    for check in checks:
        more = check.num_failing - len(check.failing_items)
        rest = html.paragraph(f"{more:,} more are not shown.") if more > 0 else ""
        items = "item" if check.num_failing == 1 else "items"
        summary = f"{check.name}: {check.num_failing:,} {items}"
        body = html.join(grid.failing(check.failing_items, check.name), rest)
        yield html.details(summary, body, is_open=True)


def _what_data(facts: Mapping[str, Any]) -> Iterator[Any]:
    known, label_name = facts["dataset"], facts["label_name"]
    shown = {label: known[key] for key, label in _FACT_LABELS.items() if known.get(key)}
    converted = facts["num_converted"]
    counted = {
        "Items": facts["num_items"],
        "Left out as faulty": facts["num_faulty"],
        **({"Converted": converted} if converted else {}),
        "Items whose content occurs more than once": facts["num_repeated"],
    }
    names = list(facts["counts"])
    counts = np.array([[row[split] for split in SPLITS] for row in _rows(facts)])
    shares = (counts / counts.sum(axis=0).clip(min=1)).round(6)
    yield html.subheading("What data these are", "items-data")
    yield html.facts_list({**shown, **counted})
    rows = [
        [name, *row.tolist(), int(row.sum())]
        for name, row in zip(names, counts, strict=True)
    ]
    # Without classes all rows are one.
    if len(names) > 1:
        yield html.bar_chart(
            names,
            {split: shares[:, column].tolist() for column, split in enumerate(SPLITS)},
            f"Items of each {label_name} in each split",
            "share of the split",
        )
        rows.append(["all", *counts.sum(axis=0).tolist(), int(counts.sum())])
    yield html.table(
        [label_name.capitalize(), *SPLITS, "all"],
        rows,
        tuple(range(1, len(SPLITS) + 2)),
        "Items",
    )


def _rows(facts: Mapping[str, Any]) -> list[dict[str, int]]:
    return list(facts["counts"].values())


def _text_blocks(facts: Mapping[str, Any]) -> Iterator[Any]:
    if not facts["blocks"]:
        return
    headers = ["Split", "Paragraphs", "Tokens", "Characters", "From", "To"]
    rows = [[split, *block] for split, block in facts["blocks"].items()]
    yield html.subheading("Where the text is cut", "items-blocks")
    yield html.table(headers, rows, (1, 2, 3))


def _excluded_items(facts: Mapping[str, Any], grid: ItemGrid) -> Iterator[Any]:
    counts, num_items = facts["faults"], facts["num_items"]
    if not counts:
        return
    total = {**counts, "all": sum(counts.values())}
    rows = [[reason, n, round(n / num_items, 5)] for reason, n in total.items()]
    yield html.subheading("Left out, by reason", "items-excluded")
    text = "These items have a row in the item table and stay out of the examples."
    if facts["pictures"]:
        text += " A picture shows what could be decoded."
    yield html.paragraph(text)
    yield html.table(["Reason", "Items", "Share"], rows, numeric=(1, 2))
    for reason, ids in facts["excluded"].items():
        notes = {item: grid.items[item]["fault"] for item in ids}
        shown = grid.annotated(notes)
        yield html.details(f"{reason}: {counts[reason]:,}", shown, is_open=True)


def _repeated_items(facts: Mapping[str, Any]) -> Iterator[Any]:
    sets = facts["repeated"]
    if not sets:
        return
    rows = [[", ".join(map(_placed, same))] for same in sets]
    listed = html.table(["Items with the same content"], rows)
    more = facts["num_repeated_contents"] - len(sets)
    if more > 0:
        listed += html.paragraph(f"{html.format_number(more)} more rows are not shown.")
    yield html.subheading("Duplicates found", "items-duplicates")
    yield listed


def _placed(item: tuple[str, str, str]) -> str:
    """An item with its split and, where items have classes, its class."""
    name, split, label = item
    return f"{name} ({split}, {label})" if label else f"{name} ({split})"


def _groups(facts: Mapping[str, Any], grid: ItemGrid) -> Iterator[Any]:
    groups = facts["groups"]
    if not groups:
        return
    yield html.subheading("Groups that stay together", "items-groups")
    yield html.facts_list(
        {
            "Groups of two or more": groups["num_groups"],
            "Items in them": groups["num_items"],
            "Largest group": groups["largest"],
            "Groups with more than one label": groups["num_conflicting"],
        }
    )
    for ids in facts["group_members"]:
        shown = {item: grid.items[item] for item in ids}
        yield grid.annotated(
            {i: f"{r['label']}, {r['split']}" for i, r in shown.items()}
        )


def _sample_pictures(facts: Mapping[str, Any], grid: ItemGrid) -> Iterator[Any]:
    if not facts["pictures"]:
        return
    yield html.subheading("Sample pictures", "items-samples")
    yield html.paragraph("Items of the training split by class, drawn by their hash.")
    for name, ids in facts["samples"].items():
        yield grid.plain(ids, f"sample of class {name}")


def _sample_texts(facts: Mapping[str, Any]) -> Iterator[Any]:
    items, samples = facts["items"], facts["samples"]
    text = MODALITIES[facts["modality"]].text
    if not text:
        return
    rows = [
        [n, item, items[item].get(text, "")]
        for n, ids in samples.items()
        for item in ids
    ]
    yield html.subheading("Sample texts", "items-samples")
    yield html.paragraph("Items of the training split, drawn by their hash.")
    yield html.table([facts["label_name"].capitalize(), "Item", "Text"], rows)


def _sample_rows(facts: Mapping[str, Any], grid: ItemGrid) -> Iterator[Any]:
    ids = [item for sample in facts["samples"].values() for item in sample]
    if ids and grid.has_values:
        yield html.subheading("Sample rows", "items-samples")
        yield html.paragraph("Items of the training split, drawn by their hash.")
        yield grid.values_of(ids)
