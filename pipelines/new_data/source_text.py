# SPDX-License-Identifier: Apache-2.0
"""`source.yaml` of a user's data, and their block of `datasets` in params.yaml."""

import re
from collections.abc import Iterator
from typing import Any, Final

from components.contracts.ratings_layout import RatingsLayout
from components.contracts.table_values import write_date
from pipelines.new_data.columns import ColumnFacts
from pipelines.new_data.inspection import Inspection, describe_range
from pipelines.new_data.yaml_text import Entry, flow, write_entries

VARIANT: Final = "own"
SALT: Final = "prodl"
_HEAD: Final = """\
# Source list of {title}. prodl's data/README.md explains the keys.
"""


def write_source(found: Inspection) -> str:
    """Write the source list of a data set.

    Args:
        found: The data.
    """
    source = found.source_list
    entries = [
        Entry("dataset", source.dataset),
        Entry("title", source.title),
        Entry("licence", source.licence, beside="fill in: it is part of each model"),
        Entry("redistributable", False, beside="whether a DVC remote may be public"),
        Entry("citation", source.citation, beside="fill in: where the data come from"),
        Entry("modality", source.modality),
    ]
    if source.classes:
        entries.append(Entry("classes", source.classes))
    if source.image_shape:
        entries.append(Entry("image_shape", source.image_shape))
    if source.reader:
        reason = "prodl has a data set of this name with a reader of its own"
        entries.append(Entry("reader", source.reader, beside=reason))
    if source.table:
        entries.append(Entry("table", tuple(_table_entries(found))))
    if source.ratings:
        entries.append(Entry("ratings", tuple(_rating_entries(source.ratings))))
    if source.group_by:
        entries.append(
            Entry(
                "group_by",
                source.group_by,
                beside=f"{found.word} with the same value stay in one split",
            )
        )
    # The checksums of the user's files are in files.json beside them.
    entries.append(Entry("variants", {VARIANT: {"origin": "user"}}))
    return _HEAD.format(title=source.title) + write_entries(entries)


def _rating_entries(layout: RatingsLayout) -> Iterator[Entry]:
    yield Entry("user", layout.user, beside="column with the user")
    yield Entry("item", layout.item, beside="column with what was rated")
    yield Entry("rating", layout.rating, beside="column with the rating")
    for key in ("time", "title", "delimiter"):
        if getattr(layout, key):
            yield Entry(key, getattr(layout, key))
    yield Entry("called", layout.called, beside="what pages call a rated item")
    values = [int(v) if v.is_integer() else v for v in layout.values]
    yield Entry("values", values, beside="the ratings that there are")


def _table_entries(found: Inspection) -> Iterator[Entry]:
    table = found.layout
    yield Entry("target", table.target, beside="the column to be predicted")
    yield Entry("target_kind", table.target_kind)
    for key in ("delimiter", "decimal"):
        if getattr(table, key) != type(table).__dataclass_fields__[key].default:
            yield Entry(key, getattr(table, key))
    yield Entry("columns", tuple(_column_entries(found)))


def _column_entries(found: Inspection) -> Iterator[Entry]:
    for facts in found.columns:
        settings = _column(facts)
        if facts.left_out:
            line = f"{facts.name}: {flow(settings)} - left out: {facts.left_out}"
            yield Entry("", above=line)
        else:
            yield Entry(facts.name, settings, beside=describe_values(found, facts))


def _column(facts: ColumnFacts) -> dict[str, Any]:
    settings: dict[str, Any] = {"kind": facts.kind}
    if facts.header != facts.name:
        settings["header"] = facts.header
    if facts.unit:
        settings["unit"] = facts.unit
    if facts.date_format:
        settings["format"] = facts.date_format
    return settings


def describe_values(found: Inspection, facts: ColumnFacts) -> str:
    """Describe the values of a column in a few words: `32.1 to 59.6, 2 missing`."""
    values = found.sound[facts.name]
    present = values.dropna()
    missing = len(values) - len(present)
    if facts.kind == "category":
        words = f"{present.nunique():,} categories"
    elif facts.kind == "date":
        words = f"{write_date(present.min())} to {write_date(present.max())}"
    else:
        words = describe_range(present)
    return f"{words}, {missing:,} missing" if missing else words


def write_params_block(found: Inspection) -> str:
    """Write the block of the data set, without indentation."""
    shares, word = found.shares, found.word
    of_what = f"of {found.split_sizes_total:,} {word}"
    if found.kind.split_by == "position":
        of_what = "of the words: the end of the texts"
    if found.kind.split_by == "time":
        of_what = "of the ratings of each user: the last ones"
    entries = [Entry("variant", VARIANT, beside=f"data/raw/{found.name}/{VARIANT}")]
    if found.kind.split_by == "group":
        reason = "each class, or each tenth of the numbers, in equal shares"
        if shares.split == "hash":
            reason = "by the hash of each: more of them move none"
        entries.append(Entry("split", shares.split, beside=reason))
    entries.append(
        Entry("validation_share", shares.validation_share, beside="for model selection")
    )
    if shares.test_share:
        entries.append(Entry("test_share", shares.test_share, beside=of_what))
    reason = f"another salt holds out other {word}"
    if found.kind.split_by == "position":
        reason = "a text is cut by place; nothing is drawn"
    if found.kind.split_by == "time":
        reason = "ratings are split by time; nothing is drawn"
    entries.append(Entry("split_salt", SALT, beside=reason))
    return write_entries([Entry(found.name, tuple(entries))])


def plain_name(text: str) -> str:
    """Return a text as letters, digits and underscores: `my-birds 2`, `my_birds_2`."""
    return re.sub(r"[^A-Za-z0-9]+", "_", text).strip("_")[:60]


def readable(name: str) -> str:
    """Title of a data set of its name: `my_birds`, `My birds`."""
    words = re.sub(r"[_-]+", " ", name).strip()
    return words[:1].upper() + words[1:]
