# SPDX-License-Identifier: Apache-2.0
"""A source list of raw files, as far as they tell it before the items are read."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, NoReturn

from components.contracts.modality import ModalityName
from components.contracts.ratings_layout import RatingsLayout
from components.contracts.table_layout import Column, TableLayout
from components.core.errors import DataRefused, UsageError
from components.core.records import unknown_name
from components.core.shortening import enumerate_names
from components.ingest.formats.archives import find_archive
from components.ingest.readers import idx
from components.ingest.readers.label_tables import find_label_tables
from components.ingest.readers.pictures import find_classes
from components.ingest.readers.reader import READERS_BY_MODALITY, find_reader
from components.ingest.readers.texts import find_unseparated_script
from components.ingest.source_list import SourceList
from components.ingest.variant import Variant
from pipelines.new_data.columns import (
    ColumnFacts,
    describe_column,
    describe_columns,
    find_target_kind,
)
from pipelines.new_data.inspection import ITEM_WORDS
from pipelines.new_data.modality import FEWEST_ITEMS
from pipelines.new_data.rating_columns import find_layout
from pipelines.new_data.raw_table import read_raw_table
from pipelines.new_data.source_text import VARIANT, readable

# A question and what may be answered -> the answer.
Ask = Callable[[str, Sequence[str]], str]

_UNKNOWN: Final = "unknown"


@dataclass(frozen=True)
class Draft:
    """A source list before the items are read."""

    source_list: SourceList
    """What is known of the data set."""

    columns: tuple[ColumnFacts, ...] = ()
    """Columns of a table, those that are left out included."""


def draft_source_list(
    name: str, modality: ModalityName, raw_dir: Path, target: str, ask: Ask | None
) -> Draft:
    """Make the source list that raw files of a modality suggest.

    Args:
        name: Name of the data set.
        modality: What its items are.
        raw_dir: Folder of the raw files.
        target: Header of the column to be predicted; "" to ask, or to recognise it.
        ask: Asks for the target; None if there is nobody to be asked.

    Raises:
        DataRefused: The files do not say what the items or their classes are.
        UsageError: The target is not named, or is no column.
    """
    if modality == "table":
        return _draft_table(name, raw_dir, target, ask)
    if modality == "ratings":
        return Draft(_source_list(name, modality, ratings=find_layout(raw_dir)))
    if target and modality != "photograph":
        raise UsageError(
            f"--target names a column of a table.\nReceived {target!r} with "
            f"{ITEM_WORDS[modality]}. Leave it out."
        )
    if modality == "image":
        pairs = idx.find_pairs(raw_dir)
        classes = tuple(str(n) for n in range(idx.count_classes(raw_dir)))
        shape = pairs[0].image_shape
        return Draft(_source_list(name, modality, classes, image_shape=shape))
    if modality == "text":
        if script := find_unseparated_script(raw_dir):
            raise DataRefused(
                f"the texts are {script}, which puts no blanks between words.\n"
                "Expected a language whose words are separated. Put blanks between "
                "the words first."
            )
        return Draft(_source_list(name, modality))
    archive = find_archive(raw_dir)
    classes = find_classes(archive, target)
    if not classes:
        raise DataRefused(
            "expected the class of each picture: a folder per class, or a CSV with the "
            "names of the files and their classes.\nReceived pictures without either."
        )
    group_by = _group_of_pictures(archive)
    return Draft(_source_list(name, modality, classes, group_by=group_by))


def _group_of_pictures(archive: Path) -> str:
    """Header of a column of the tables of labels that names what belongs together."""
    for table in find_label_tables(archive):
        for position, header in enumerate(table.headers):
            values = [value or None for value in table.column(position)]
            is_other = position != table.file_column and any(values)
            if is_other and describe_column(header, values).may_group:
                return header
    return ""


def _draft_table(name: str, raw_dir: Path, target: str, ask: Ask | None) -> Draft:
    raw = read_raw_table(sorted(path for path in raw_dir.iterdir()))
    if raw.num_rows < FEWEST_ITEMS:
        refuse_few("rows", raw.num_rows, raw.faults)
    headers = tuple(raw.values)
    if not target:
        target = _ask_target(headers, ask)
    if target not in headers:
        raise UsageError(unknown_name(target, headers, "--target: no such column"))
    target_kind = find_target_kind(target, raw.values[target], raw.decimal)
    columns = tuple(describe_columns(raw, target))
    groups = [facts for facts in columns if facts.may_group]
    # The coarsest: rows of a family include those of its members.
    group = min(groups, key=lambda facts: facts.num_distinct, default=None)
    classes: tuple[str, ...] = ()
    if target_kind == "class":
        found = {value for value in raw.values[target] if value is not None}
        classes = tuple(sorted(found, key=_natural))
    source_list = _source_list(
        name,
        "table",
        classes,
        table=TableLayout(
            target=target,
            columns=layout_columns(columns),
            target_kind=target_kind,
            delimiter=raw.delimiter,
            decimal=raw.decimal,
        ),
        group_by=group.header if group else "",
    )
    return Draft(source_list, columns)


def layout_columns(columns: Sequence[ColumnFacts]) -> dict[str, Column]:
    """Return the columns that are features, by name.

    Raises:
        DataRefused: There is none.
    """
    kept = {
        facts.name: Column(
            kind=facts.kind,
            header="" if facts.header == facts.name else facts.header,
            unit=facts.unit,
            format=facts.date_format,
        )
        for facts in columns
        if not facts.left_out
    }
    if not kept:
        listed = "; ".join(f"{facts.header}: {facts.left_out}" for facts in columns)
        raise DataRefused(
            "no column is left from which the target could be predicted.\n"
            f"Received {listed or 'the target alone'}."
        )
    return kept


def _ask_target(headers: Sequence[str], ask: Ask | None) -> str:
    if ask is None:
        raise UsageError(
            "which column is to be predicted?\nExpected --target COLUMN, one of "
            f"{enumerate_names(headers)}."
        )
    return ask("Which column is to be predicted?", headers)


def _source_list(
    name: str,
    modality: ModalityName,
    classes: tuple[str, ...] = (),
    image_shape: tuple[int, ...] = (),
    table: TableLayout | None = None,
    group_by: str = "",
    ratings: RatingsLayout | None = None,
) -> SourceList:
    source_list = SourceList(
        dataset=name,
        title=readable(name),
        licence=_UNKNOWN,
        redistributable=False,
        citation=_UNKNOWN,
        modality=modality,
        variants={VARIANT: Variant(origin="user")},
        classes=classes,
        image_shape=image_shape,
        table=table,
        group_by=group_by,
        ratings=ratings,
    )
    reader = READERS_BY_MODALITY[modality]
    # A data set of prodl, or a module beside the readers, may have this name.
    return (
        source_list
        if find_reader(source_list) == reader
        else replace(source_list, reader=reader)
    )


def refuse_few(word: str, count: int, faults: Mapping[str, int]) -> NoReturn:
    """Refuse data of too few sound items.

    Args:
        word: Word for the items, in the plural.
        count: Number of sound ones.
        faults: Fault -> number of items that have it.

    Raises:
        DataRefused: Always.
    """
    worst = "".join(f"; {n:,} x {fault}" for fault, n in Counter(faults).most_common(3))
    raise DataRefused(
        f"expected {FEWEST_ITEMS} {word} or more that can be read, to train, to choose "
        f"and to test.\nReceived {count:,}{worst}."
    )


def _natural(name: str) -> tuple[int, int, str]:
    """Sort key: whole numbers first, in the order of their values."""
    is_number = name.isascii() and name.isdecimal() and len(name) < 10
    return (0, int(name), name) if is_number else (1, 0, name)
