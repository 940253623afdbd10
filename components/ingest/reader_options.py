# SPDX-License-Identifier: Apache-2.0
"""What a reader knows of its data set beside the raw files, from the source list.

Acquire writes it beside the raw files, as the corrections: the functions of a reader
see that folder alone.
"""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from components.contracts.damaged_outputs import output_remedy
from components.contracts.ratings_layout import RatingsLayout
from components.contracts.table_layout import TableLayout
from components.core.json_files import read_json_record, write_json
from components.ingest.source_list import SourceList

FILE: Final = "reader_options.json"


@dataclass(frozen=True)
class ReaderOptions:
    """Facts of a source list that readers of any data set need."""

    dataset: str
    """Name of the data set."""

    classes: tuple[str, ...] = ()
    """Class names in index order; empty where there are none."""

    image_shape: tuple[int, ...] = ()
    """Height, width, channels of every item; empty where they differ."""

    table: TableLayout | None = None
    """Columns of a table; None for other data."""

    ratings: RatingsLayout | None = None
    """Columns and values of ratings; None for other data."""

    group_by: str = ""
    """Column whose value related items share; "" for none."""


def write_reader_options(source_list: SourceList, raw_dir: Path) -> None:
    """Write the options of a data set beside its raw files."""
    options = ReaderOptions(
        dataset=source_list.dataset,
        classes=source_list.classes,
        image_shape=source_list.image_shape,
        table=source_list.table,
        ratings=source_list.ratings,
        group_by=source_list.group_by,
    )
    write_json(raw_dir / FILE, asdict(options))


def read_reader_options(raw_dir: Path) -> ReaderOptions:
    """Read what `write_reader_options` wrote.

    Raises:
        DamagedFile: If the file is missing or invalid.
    """
    return read_json_record(ReaderOptions, raw_dir / FILE, output_remedy(raw_dir))
