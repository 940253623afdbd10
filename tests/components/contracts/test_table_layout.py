# SPDX-License-Identifier: Apache-2.0
"""Columns of a table."""

import json
from dataclasses import asdict, replace

import pytest

from components.contracts.table_layout import Column, TableLayout
from components.core.records import read_record

LAYOUT = TableLayout(
    "species", {name: Column("number") for name in ("wing", "bill", "mass")}
)


def test_order_of_columns_survives_json_with_sorted_keys() -> None:
    """Lines of CSV have the columns in this order."""
    text = json.dumps(asdict(LAYOUT), sort_keys=True)

    assert list(read_record(TableLayout, json.loads(text), "").columns) == [
        "wing",
        "bill",
        "mass",
    ]


def test_columns_that_come_or_go_change_the_order_of_no_other() -> None:
    columns = {name: Column("number") for name in ("age", "mass", "wing")}

    changed = replace(LAYOUT, columns=columns)

    assert changed.order == tuple(changed.columns) == ("wing", "mass", "age")


@pytest.mark.parametrize("name", ["self", "_wing", "gr\u00f6\u00dfe", "x" * 101, "a b"])
def test_name_that_no_input_of_a_signature_can_have_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="Name the column of the file by `header`"):
        replace(LAYOUT, columns={name: Column("number")})


@pytest.mark.parametrize(
    ("kind", "buckets"), [("number", 1), ("number", -2), ("category", 4)]
)
def test_buckets_are_two_or_more_of_numbers(kind: str, buckets: int) -> None:
    with pytest.raises(ValueError, match="buckets: expected"):
        Column(kind, buckets=buckets)  # type: ignore[arg-type]
