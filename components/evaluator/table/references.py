# SPDX-License-Identifier: Apache-2.0
"""What a model of a table is compared with: the rows of a split, and its rivals.

They are the same for candidate and baseline, and are computed once for both.
"""

from dataclasses import dataclass
from functools import lru_cache

from components.contracts.splits import TRAIN, VALIDATION
from components.contracts.table_layout import TableLayout
from components.core.errors import ProdlError
from components.evaluator.examples import ExampleSplit
from components.evaluator.table.read_rows import layout_of, read_rows
from components.evaluator.table.rivals import Rival, Splits, fit_rivals
from components.evaluator.table.rows import TableRows


@dataclass(frozen=True)
class References:
    """Rows of a split, and the outputs of rivals for them."""

    layout: TableLayout
    """The columns."""

    rows: TableRows
    """The split under test."""

    num_train: int
    """Rows of the training split."""

    rivals: tuple[Rival, ...]
    """Those that could be fitted."""

    left_out: dict[str, str]
    """Rival that could not be fitted -> reason."""


# One split at a time: its rows would stay in memory.
@lru_cache(maxsize=1)
def load_references(examples: ExampleSplit) -> References:
    """Read a split, and fit the rivals on the training split beside it."""
    layout = layout_of(examples.dataset)
    test, train = read_rows(examples), read_rows(examples.sibling(TRAIN))
    splits = Splits(train, _validation(examples), test)
    rivals, left_out = fit_rivals(splits, layout, len(examples.dataset.classes))
    return References(layout, test, len(train), tuple(rivals), left_out)


def _validation(examples: ExampleSplit) -> TableRows | None:
    try:
        return read_rows(examples.sibling(VALIDATION))
    except ProdlError:
        # Of a few rows none may be held out.
        return None
