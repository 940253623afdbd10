# SPDX-License-Identifier: Apache-2.0
"""Look at the data of a user: take the files, find what they hold, read every item."""

from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Final

from components.contracts.features import LABEL, TARGET
from components.contracts.splits import SPLITS
from components.core.errors import DataRefused
from components.core.shortening import enumerate_names
from components.ingest.beam.split import SplitRule
from components.ingest.checksums import files_sha256
from components.ingest.fetch.offered import Offered, list_offered
from components.ingest.fetch.own_files import (
    PACKED_TEXTS,
    NewFiles,
    take_own_files,
)
from components.ingest.formats.packing import PACKED
from components.ingest.item import Item
from components.ingest.source_list import SourceList
from components.validation.items.checks.leakage import explained_share
from pipelines.new_data.draft import (
    Ask,
    Draft,
    draft_source_list,
    layout_columns,
    refuse_few,
)
from pipelines.new_data.inspection import ITEM_WORDS, Inspection
from pipelines.new_data.items import read_items, split_items
from pipelines.new_data.modality import FEWEST_ITEMS, find_modality
from pipelines.new_data.rating_columns import offers_ratings
from pipelines.new_data.shares import choose_shares
from pipelines.new_data.source_text import SALT
from pipelines.new_data.table_checks import COPY

# So that each class can be in each split.
FEWEST_OF_CLASS: Final = 5


@dataclass(frozen=True)
class Look:
    """The data, and the raw files that were made of them."""

    inspection: Inspection
    """What was found."""

    taken: NewFiles
    """The raw files, and what was left out."""


def look(
    name: str, source: Path, target: str, raw_dir: Path, ask: Ask | None = None
) -> Look:
    """Look at the data of a user.

    Args:
        name: Name of the data set.
        source: Folder or file of the user.
        target: Header of the column to be predicted; "" to ask, or to recognise it.
        raw_dir: An empty folder for the raw files.
        ask: Asks a question. Defaults to nobody who could be asked.

    Raises:
        DataRefused: The data cannot be used; the message has what to do.
        UsageError: The target is not named, or is no column.
    """
    offered = list_offered_files(source, raw_dir)
    modality = find_modality(offered)
    if modality in ("table", "text") and not target and offers_ratings(offered):
        modality = "ratings"
    taken = take_own_files(modality, source, raw_dir)
    try:
        draft = draft_source_list(name, modality, raw_dir, target, ask)
        items, draft = _read(draft, raw_dir)
    except DataRefused as error:
        # The raw files, and the folder of them, are not what the user named.
        message = str(error)
        for path in (*(taken.paths if len(taken.paths) == 1 else ()), raw_dir):
            message = message.replace(str(path), source.name)
        message = message.replace(PACKED, source.name).replace(
            PACKED_TEXTS, source.name
        )
        raise DataRefused(message) from None
    return Look(_inspect(draft, items, taken, offered), taken)


def list_offered_files(source: Path, raw_dir: Path) -> list[Offered]:
    """List the files of a folder, an archive, or the single file.

    Args:
        source: What the user named.
        raw_dir: Folder of the raw files; its neighbour is used to unpack.
    """
    scratch = raw_dir.with_name(f"{raw_dir.name}-listed")
    scratch.mkdir(parents=True, exist_ok=True)
    return list_offered(source, scratch)


def _read(draft: Draft, raw_dir: Path) -> tuple[list[Item], Draft]:
    """Read the items; columns that tell the target alone are left out."""
    items = read_items(draft.source_list, raw_dir)
    if draft.source_list.modality == "text":
        # Reading order: the labels of a text are its files or folders.
        labels = dict.fromkeys(item.label for item in items if not item.fault)
        source_list = replace(draft.source_list, classes=tuple(labels))
        return items, replace(draft, source_list=source_list)
    if draft.source_list.table is None:
        return items, draft
    copies = _find_copies(items, draft.source_list)
    if not copies:
        return items, draft
    columns = tuple(
        replace(facts, left_out=copies.get(facts.name, facts.left_out))
        for facts in draft.columns
    )
    layout = replace(draft.source_list.table, columns=layout_columns(columns))
    source_list = replace(draft.source_list, table=layout)
    return read_items(source_list, raw_dir), Draft(source_list, columns)


def _find_copies(items: Sequence[Item], source_list: SourceList) -> Mapping[str, str]:
    """Column -> why it is left out: it tells the target alone."""
    # Here, because an import of pandas takes half a second.
    import pandas as pd

    table = source_list.table
    sound = [item for item in items if not item.fault]
    if table is None or not sound:
        return {}
    answer = TARGET if table.is_regression else LABEL
    found = {}
    for name, column in table.columns.items():
        values = [item.value(name) for item in sound]
        rows = pd.DataFrame({name: values, answer: [i.value(answer) for i in sound]})
        if column.kind != "category":
            rows[name] = rows[name].astype(float)
        share = explained_share(rows, name, answer)
        if share > COPY:
            found[name] = f"a copy of the target: it alone tells {share:.3g} of it"
    return found


def _inspect(
    draft: Draft, items: Sequence[Item], taken: NewFiles, offered: Sequence[Offered]
) -> Inspection:
    source_list = draft.source_list
    sound = [item for item in items if not item.fault]
    _require_enough(source_list, items)
    split_by = source_list.item_kind.split_by
    is_text = split_by == "position"
    has_test = any(item.official_split == "test" for item in sound)
    shares = choose_shares(len(sound), has_test, split_by)
    rule = SplitRule(SALT, shares.validation_share, shares.test_share, shares.split)
    table, leaks = split_items(items, source_list, rule)
    sizes = table.loc[table["fault"] == "", "split"].value_counts()
    if empty := [split for split in SPLITS if not sizes.get(split)]:
        raise DataRefused(
            f"expected {ITEM_WORDS[source_list.modality]} in each split.\n"
            f"Received none for {' and '.join(empty)}: there are too few, too many are "
            "equal, or files say that all of them are for testing."
        )
    folder = taken.paths[0].parent
    names = [path.name for path in taken.paths]
    return Inspection(
        source_list=source_list,
        shares=shares,
        items=table,
        files=names,
        formats=Counter(PurePosixPath(file.name).suffix.lower() for file in offered),
        num_bytes=sum(file.size for file in offered),
        content_sha256=files_sha256(folder, names),
        encodings=Counter(map(_encoding, offered)) if is_text else {},
        columns=draft.columns,
        test_leaks=leaks,
    )


def _encoding(file: Offered) -> str:
    """Encoding of a text by its first bytes, as the reader of texts takes it."""
    start = b"" if file.fault else file.start()
    return "UTF-16" if start.startswith((BOM_UTF16_LE, BOM_UTF16_BE)) else "UTF-8"


def _require_enough(source_list: SourceList, items: Sequence[Item]) -> None:
    """Refuse data that cannot be split into three."""
    word = ITEM_WORDS[source_list.modality]
    sound = [item for item in items if not item.fault]
    if len(sound) < FEWEST_ITEMS:
        faults = Counter(item.fault for item in items if item.fault)
        refuse_few(word, len(sound), faults)
    if not source_list.classes or source_list.modality == "text":
        return
    counts = Counter(item.label for item in sound)
    if len(source_list.classes) < 2:
        raise DataRefused(
            f"expected two classes or more.\nReceived one, {source_list.classes[0]!r}. "
            "Give the folder above the folders of the classes."
            if source_list.modality == "photograph"
            else f"expected two classes or more.\nReceived {list(source_list.classes)}."
        )
    rare = {c: counts[c] for c in source_list.classes if counts[c] < FEWEST_OF_CLASS}
    if rare:
        listed = enumerate_names(f"{name}: {count}" for name, count in rare.items())
        raise DataRefused(
            f"expected {FEWEST_OF_CLASS} {word} or more of each class, so that each "
            f"split has some.\nReceived {listed}. Add some, join classes, or take "
            "these out."
        )
