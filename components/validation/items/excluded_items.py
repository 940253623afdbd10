# SPDX-License-Identifier: Apache-2.0
"""What the report says of items left out, and of items that belong together."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from components.report import html
from components.validation.items.pictures import shown_size
from components.validation.items.table_checks import (
    conflicting,
    count_faults,
    fault_reason,
)

_GROUPS_SHOWN: Final = 8
_NEEDED: Final = frozenset({"item_id", "label", "split", "group", "fault"})


def quarantined(table: Any, per_reason: int) -> list[str]:
    """The first faulty items of each reason.

    Args:
        table: Item table.
        per_reason: Items of one reason at most.
    """
    return [item for ids in _by_reason(table, per_reason).values() for item in ids]


def quarantine(
    table: Any, pictures: Mapping[str, bytes], per_reason: int
) -> Iterable[Any]:
    """How many items each reason took out, and the first of them with a picture."""
    items = _by_reason(table, per_reason)
    if not items:
        return
    counts = count_faults(table)
    rows = [[reason, n, round(n / len(table), 5)] for reason, n in counts.items()]
    rows.append(
        ["all", sum(counts.values()), round(sum(counts.values()) / len(table), 5)]
    )
    yield html.subheading("Left out, by reason", "items-quarantine")
    yield html.paragraph(
        "These items have a row in the item table and stay out of the examples. A "
        "picture shows what could be decoded."
    )
    yield html.table(["Reason", "Items", "Share"], rows, numeric=(1, 2))
    faults = table.drop_duplicates("item_id").set_index("item_id")["fault"]
    for reason, ids in items.items():
        yield html.details(
            f"{reason}: {counts[reason]:,}",
            _shown(ids, pictures, {item: faults[item] for item in ids}),
            is_open=True,
        )


def lookalikes(table: Any, limit: int) -> list[list[str]]:
    """Items of the first groups of several, those with conflicting labels first.

    Args:
        table: Item table.
        limit: Items of one group at most.
    """
    if not set(table) >= _NEEDED:
        return []
    sound = table[(table["fault"] == "") & (table["group"] != "")]
    several = sound[sound["group"].duplicated(keep=False)]
    conflicts = list(dict.fromkeys(conflicting(table)["group"]))
    others = [g for g in sorted(set(several["group"])) if g not in set(conflicts)]
    members = several.sort_values("item_id").groupby("group")["item_id"]
    chosen = (*conflicts, *others)[:_GROUPS_SHOWN]
    return [list(members.get_group(group))[:limit] for group in chosen]


def grouped(
    table: Any, groups: Sequence[Sequence[str]], pictures: Mapping[str, bytes]
) -> Iterable[Any]:
    """The groups of several: how many, of which size, and the first of them."""
    if not groups:
        return
    sound = table[(table["fault"] == "") & (table["group"] != "")]
    sizes = sound["group"].value_counts()
    sizes = sizes[sizes > 1]
    conflicts = conflicting(table)["group"].nunique()
    yield html.subheading("Groups that stay together", "items-groups")
    yield html.facts_list(
        {
            "Groups of two or more": len(sizes),
            "Items in them": int(sizes.sum()),
            "Largest group": int(sizes.max()),
            "Groups with more than one label": int(conflicts),
        }
    )
    facts = table.drop_duplicates("item_id").set_index("item_id")
    for ids in groups:
        captions = {i: f"{facts.loc[i, 'label']}, {facts.loc[i, 'split']}" for i in ids}
        yield _shown(ids, pictures, captions)


def _by_reason(table: Any, per_reason: int) -> dict[str, list[str]]:
    if not set(table) >= {"item_id", "fault"}:
        return {}
    faulty = table[table["fault"] != ""].sort_values("item_id")
    reasons = faulty["fault"].map(fault_reason)
    return {
        reason: list(faulty.loc[reasons == reason, "item_id"].head(per_reason))
        for reason in count_faults(table)
    }


def _shown(
    ids: Sequence[str], pictures: Mapping[str, bytes], notes: Mapping[str, str]
) -> Any:
    captions = {item: f"{item}: {notes[item]}" for item in ids}
    if any(pictures.get(item) for item in ids):
        shown = [(pictures.get(item, b""), text) for item, text in captions.items()]
        return html.image_grid(shown, size=shown_size(pictures))
    return html.table(["Item", "Fault"], [[item, notes[item]] for item in ids])
