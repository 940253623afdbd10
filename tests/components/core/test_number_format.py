# SPDX-License-Identifier: Apache-2.0
"""Years are shown as years, and other numbers with a thousands mark."""

import pytest

from components.core.number_format import are_years, format_number, format_year


@pytest.mark.parametrize(
    ("values", "name", "expected"),
    [
        ([1925.0, 2020.0, float("nan"), None], "built", True),
        ([1925, 3120], "rent", False),
        ([1925.5, 2020.0], "rent", False),
        ([890, 1925], "rent", False),
        ([890, 1925], "year_built", True),
        ([890, 1925], "Baujahr", True),
        ([890, 1925], "yearning_score", False),
        ([], "year", False),
    ],
)
def test_whole_numbers_of_four_digits_or_named_after_years_are_years(
    values: list[float], name: str, expected: bool
) -> None:
    assert are_years(values, name) is expected


def test_year_has_no_thousands_mark() -> None:
    assert format_year(1925.0) == "1925"
    assert format_number(1925.0) == "1,925"
