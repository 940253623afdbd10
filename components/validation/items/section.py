# SPDX-License-Identifier: Apache-2.0
"""The report section on items: what data these are and how they were judged."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from components.contracts.splits import SPLITS
from components.report import html
from components.validation.items.excluded_items import (
    grouped,
    lookalikes,
    quarantine,
    quarantined,
)
from components.validation.items.pictures import (
    draw_samples,
    failing_items,
    read_pictures,
    sample_pictures,
)
from components.validation.items.texts import sample_texts, text_blocks
from components.validation.settings import ItemSettings
from components.validation.verdict import Verdict

# Facts of the raw data in the order and the words of the page; others are not shown.
FACT_LABELS: Final = {
    "dataset": "Data set",
    "variant": "Variant",
    "licence": "Licence",
    "citation": "To cite",
    "homepage": "Described at",
    "content_sha256": "SHA-256 of the content",
    "dvc_md5": "MD5 in DVC",
    "source_list_sha256": "SHA-256 of the source list",
}
_OTHER: Final = "other"


def section_html(
    items_uri: str,
    table: Any,
    settings: ItemSettings,
    verdict: Verdict,
    facts: Mapping[str, str],
) -> str:
    """The body of the section.

    Args:
        items_uri: Folder of the item table, where the pictures are.
        table: Item table without pictures.
        settings: What was checked.
        verdict: What became of it.
        facts: What is known about the raw data.
    """
    samples = draw_samples(table, settings.classes, settings.samples_per_class)
    failing = [check for check in verdict.failed if check.failing_items]
    listed = settings.listed_failures
    groups = lookalikes(table, listed)
    wanted = [i for ids in samples.values() for i in ids]
    wanted += [i for check in failing for i in check.failing_items]
    wanted += quarantined(table, listed) + [i for ids in groups for i in ids]
    pictures = read_pictures(items_uri, wanted)
    return str(
        html.join(
            html.checks_table(verdict.checks, "What the items were checked for"),
            *failing_items(failing, table, pictures),
            *_what_data(table, settings, facts),
            *text_blocks(table),
            *quarantine(table, pictures, listed),
            *_repeated(table, listed),
            *grouped(table, groups, pictures),
            *sample_pictures(samples, pictures),
            *sample_texts(samples, table, settings.label_name),
        )
    )


def count_items(table: Any, classes: Sequence[str]) -> Any:
    """Items per class (rows) and split (columns), faulty and unknown ones included."""
    if not {"split", "label"} <= set(table):
        import pandas

        return pandas.DataFrame(0, index=list(classes), columns=list(SPLITS))
    counts = table.groupby(["label", "split"]).size().unstack(fill_value=0)
    counts = counts.reindex(columns=list(SPLITS), fill_value=0)
    known = counts.reindex(list(classes), fill_value=0)
    others = counts.drop(index=list(classes), errors="ignore").sum()
    if others.sum():
        known.loc[_OTHER] = others
    return known.astype(int)


def repeated(table: Any) -> Any:
    """The items whose content another item has too, in this split or another."""
    if not {"content_sha256", "item_id"} <= set(table):
        return table.head(0)
    known = table[table["content_sha256"] != ""]
    return known[known["content_sha256"].duplicated(keep=False)]


def _repeated(table: Any, listed: int) -> Iterable[Any]:
    found = repeated(table)
    if not len(found):
        return
    names = found["item_id"] + " (" + found["split"] + ", " + found["label"] + ")"
    alike = names.groupby(found["content_sha256"]).agg(", ".join).sort_values()
    rows = [[text] for text in alike]
    yield html.subheading("Duplicates found", "items-duplicates")
    yield html.table(["Items with the same content"], rows, limit=listed)


def _what_data(
    table: Any, settings: ItemSettings, facts: Mapping[str, str]
) -> Iterable[Any]:
    faulty = int((table["fault"] != "").sum()) if "fault" in table else 0
    shown = {label: facts[key] for key, label in FACT_LABELS.items() if facts.get(key)}
    converted = int((table["conversion"] != "").sum()) if "conversion" in table else 0
    counted = {
        "Items": len(table),
        "Left out as faulty": faulty,
        **({"Converted": converted} if converted else {}),
        "Items whose content occurs more than once": len(repeated(table)),
    }
    counts = count_items(table, settings.classes)
    rows = [[name, *row, sum(row)] for name, row in _rows(counts)]
    rows.append(["all", *counts.sum(), int(counts.to_numpy().sum())])
    shares = (counts / counts.sum().clip(lower=1)).round(6)
    yield html.subheading("What data these are", "items-data")
    yield html.facts_list({**shown, **counted})
    yield html.bar_chart(
        [str(name) for name in counts.index],
        {split: [float(v) for v in shares[split]] for split in counts.columns},
        f"Items of each {settings.label_name} in each split",
        "share of the split",
    )
    numeric = range(1, len(SPLITS) + 2)
    yield html.table(
        [settings.label_name.capitalize(), *SPLITS, "all"],
        rows,
        tuple(numeric),
        "Items",
    )


def _rows(counts: Any) -> Iterable[tuple[str, list[int]]]:
    for name, row in counts.iterrows():
        yield str(name), [int(value) for value in row]
