# SPDX-License-Identifier: Apache-2.0
"""Judge the items of a data set and write what a reader needs to know about them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from components.contracts.item_table import read_item_table
from components.report.section import Section, write_section
from components.validation.items.great_expectations import check_items
from components.validation.items.section import count_items, repeated, section_html
from components.validation.items.table_checks import fill_texts
from components.validation.settings import ItemSettings
from components.validation.verdict import Verdict, write_verdict

STAGE = "items"


def validate_items(
    items_uri: str,
    settings: ItemSettings,
    output_dir: str | Path,
    facts: Mapping[str, str],
) -> Verdict:
    """Check the item table; write `verdict.json` and the report section `items`.

    Bad data are no error here: the verdict says so, and `gate.py` acts on it.

    Args:
        items_uri: Folder of the ItemTable artifact.
        settings: What must hold.
        output_dir: Folder to write into; made if needed.
        facts: What is known about the raw data: variant, licence, hashes.
    """
    table = fill_texts(read_item_table(items_uri))
    verdict = Verdict(STAGE, check_items(table, settings))
    write_verdict(verdict, output_dir)
    html = section_html(items_uri, table, settings, verdict, facts)
    write_section(_section(table, settings, verdict, facts, html), output_dir)
    return verdict


def _section(
    table: Any,
    settings: ItemSettings,
    verdict: Verdict,
    facts: Mapping[str, str],
    html: str,
) -> Section:
    counts = count_items(table, settings.classes)
    return Section(
        name=STAGE,
        title="Items",
        summary=f"{len(table):,} items. {verdict.summary}",
        verdict=verdict.for_section,
        html=html,
        facts={
            "dataset": dict(facts),
            "num_items": len(table),
            "num_repeated": len(repeated(table)),
            "counts": counts.to_dict(orient="index"),
            "checks": verdict.for_page,
        },
    )
