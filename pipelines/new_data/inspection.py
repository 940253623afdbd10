# SPDX-License-Identifier: Apache-2.0
"""What was found in the data of a user: the result of looking at them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from components.contracts.modality import Modality
from components.contracts.splits import SPLITS
from components.contracts.table_layout import TableLayout
from components.ingest.source_list import SourceList
from components.validation.items.checks.duplicates import key_in_one_split
from pipelines.new_data.columns import ColumnFacts
from pipelines.new_data.margins import largest_share
from pipelines.new_data.shares import Shares

# Types only: pandas takes half a second to import.
if TYPE_CHECKING:
    import pandas as pd

# Word for the items of each modality.
ITEM_WORDS: Final = {
    "image": "images",
    "photograph": "pictures",
    "text": "paragraphs",
    "table": "rows",
    "ratings": "ratings",
}


@dataclass(frozen=True)
class Inspection:
    """The items of a data set, read, grouped and split as Ingest does it."""

    source_list: SourceList
    """The source list that will be written."""

    shares: Shares
    """How the items are split."""

    items: "pd.DataFrame"
    """The item table without pictures, faulty items included."""

    files: Sequence[str]
    """Names of the raw files."""

    formats: Mapping[str, int]
    """Suffix of the files that were given -> their number."""

    num_bytes: int
    """Size of what was given."""

    content_sha256: str
    """Checksum over the raw files."""

    encodings: Mapping[str, int] = field(default_factory=dict)
    """Encoding of texts -> number of files."""

    columns: Sequence[ColumnFacts] = ()
    """Columns of a table, those that are left out included."""

    test_leaks: Mapping[str, str] | None = None
    """Item outside of an official test set -> test item that it belongs with."""

    @property
    def name(self) -> str:
        """Name of the data set."""
        return self.source_list.dataset

    @property
    def kind(self) -> Modality:
        """What an item is."""
        return self.source_list.item_kind

    @property
    def layout(self) -> TableLayout:
        """Columns of a table.

        Raises:
            ValueError: The data are no table.
        """
        if self.source_list.table is None:
            raise ValueError(f"{self.name} is no table.")
        return self.source_list.table

    @property
    def classes(self) -> Sequence[str]:
        """The classes; none where the target is a number."""
        return self.source_list.classes

    @property
    def word(self) -> str:
        """Word for the items, in the plural."""
        return ITEM_WORDS[self.source_list.modality]

    @cached_property
    def sound(self) -> "pd.DataFrame":
        """The items without a fault."""
        return self.items[self.items["fault"] == ""]

    @property
    def num_faulty(self) -> int:
        """Number of the others."""
        return len(self.items) - len(self.sound)

    @cached_property
    def counts(self) -> "pd.DataFrame":
        """Sound items by class (rows) and split (columns)."""
        found = self.sound.groupby(["label", "split"]).size().unstack(fill_value=0)
        return found.reindex(
            index=list(self.classes), columns=list(SPLITS), fill_value=0
        )

    @cached_property
    def split_sizes(self) -> dict[str, int]:
        """Split -> number of its sound items."""
        sizes = self.sound["split"].value_counts()
        return {split: int(sizes.get(split, 0)) for split in SPLITS}

    @property
    def split_sizes_total(self) -> int:
        """Number of sound items."""
        return sum(self.split_sizes.values())

    @cached_property
    def shared(self) -> tuple[str, ...]:
        """Sound items whose content, or group, is in several splits."""
        found = (
            key_in_one_split(self.items, key) for key in ("content_sha256", "group")
        )
        return tuple(dict.fromkeys(i for result in found for i in result.item_ids))

    def missing_limit(self, name: str) -> float:
        """Share of missing values of a column that no split exceeds, with a margin."""
        parts = (part for part in map(self.in_split, SPLITS) if len(part))
        return max(largest_share(int(p[name].isna().sum()), len(p)) for p in parts)

    def in_split(self, split: str) -> "pd.DataFrame":
        """Sound items of a split."""
        return self.sound[self.sound["split"] == split]


def describe_range(values: "pd.Series[Any]") -> str:
    """Describe numbers by the smallest and the largest: `32.1 to 59.6`."""
    low, high = (f"{float(end):.6g}" for end in (values.min(), values.max()))
    return low if low == high else f"{low} to {high}"
