# SPDX-License-Identifier: Apache-2.0
"""The columns of a table: what each one holds, and which one is to be predicted."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from components.contracts.features import ITEM_ID, LABEL, LABEL_WEIGHT, TARGET
from components.core.shortening import quote

# TensorFlow's names of inputs are ASCII, and begin with a letter.
_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,99}")

ColumnKind = Literal["number", "category", "date"]

# Columns that every item table has, features that every example has, and the argument
# of TensorFlow's functions that no input of a signature can be called like.
RESERVED_NAMES: Final = frozenset(
    {
        *(ITEM_ID, LABEL, LABEL_WEIGHT, TARGET),
        *("split", "official_split", "group", "content_sha256", "fault", "self"),
    }
)
# What stands for a missing value, in files that do not say.
MISSING_TEXTS: Final = ("", "NA", "N/A", "NaN", "nan", "null", "NULL", "None", "?")


@dataclass(frozen=True)
class Column:
    """One column that a model may use."""

    kind: ColumnKind
    """`number`; `category`: a text of a vocabulary; `date`: a day or a time, which
    becomes a number of days since 1970-01-01."""

    header: str = ""
    """Its name in the file. Defaults to the name of the feature."""

    unit: str = ""
    """Unit of the numbers, for pages. Defaults to none."""

    format: str = ""
    """How a date is written, as Python's `strptime` takes it: `%d/%m/%Y`. Defaults to
    ISO 8601, and other ways that leave no doubt."""

    buckets: int = 0
    """Number of quantiles of the training split by which a model sees a number or a
    date, each with an embedding of its own; 0 for the number itself."""

    def __post_init__(self) -> None:
        if self.buckets < 0 or self.buckets == 1:
            raise ValueError(
                f"buckets: expected 0, or 2 or more.\nReceived {self.buckets}."
            )
        if self.buckets and self.kind == "category":
            raise ValueError(
                "buckets: expected of numbers and dates.\nReceived them of a category."
            )


@dataclass(frozen=True)
class TableLayout:
    """Value of the key `table` in the source list of a table."""

    target: str
    """Header of the column to be predicted."""

    # Left out of the hash, for a mapping has none; equality has them.
    columns: Mapping[str, Column] = field(hash=False)
    """Name of the feature -> column; the target is not among them. A name is of ASCII
    letters, digits and underscores: it names inputs of networks and signatures."""

    target_kind: Literal["class", "number"] = "class"
    """Whether the target is a class, one of `classes` of the source list, or a
    number."""

    missing: tuple[str, ...] = field(default=MISSING_TEXTS)
    """Texts that stand for a missing value."""

    delimiter: str = ""
    """Character between two values of a CSV file. Defaults to a tabulator in a file
    that ends with `.tsv`, and to a comma in others."""

    decimal: Literal[".", ","] = "."
    """Decimal mark of the numbers in a CSV file. Defaults to a point."""

    order: tuple[str, ...] = ()
    """Names of the features in the order in which a line of a request has them.
    Defaults to the order of `columns`, which JSON between two steps does not keep."""

    def __post_init__(self) -> None:
        self._put_in_order()
        if not self.columns:
            raise ValueError("columns: expected one or more.\nReceived none.")
        for name in self.columns:
            if not _NAME.fullmatch(name) or name in RESERVED_NAMES:
                raise ValueError(
                    "columns: expected names that begin with a letter of A to Z and go "
                    "on with letters, digits and underscores, at most 100, none of "
                    f"{', '.join(sorted(RESERVED_NAMES))}.\nReceived {quote(name)}. "
                    "Name the column of the file by `header`."
                )
        headers = [self.header(name) for name in self.columns]
        if self.target in headers:
            raise ValueError(
                f"columns: the target {self.target!r} must not be among them."
            )
        if len(set(headers)) < len(headers):
            raise ValueError(f"columns: each header once.\nReceived {headers}.")

    def _put_in_order(self) -> None:
        names = [name for name in self.order if name in self.columns]
        names += [name for name in self.columns if name not in names]
        object.__setattr__(self, "order", tuple(names))
        object.__setattr__(self, "columns", {n: self.columns[n] for n in names})

    @property
    def is_regression(self) -> bool:
        """Whether the target is a number."""
        return self.target_kind == "number"

    @property
    def numbers(self) -> tuple[str, ...]:
        """Names of the features that are numbers, dates among them."""
        return tuple(n for n, c in self.columns.items() if c.kind != "category")

    @property
    def categories(self) -> tuple[str, ...]:
        """Names of the features that are texts of a vocabulary."""
        return tuple(n for n, c in self.columns.items() if c.kind == "category")

    def header(self, name: str) -> str:
        """Header in the file of the column that a feature is made of."""
        return self.columns[name].header or name
