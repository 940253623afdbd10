# SPDX-License-Identifier: Apache-2.0
"""Texts of a table become numbers and days, or are refused."""

import pytest

from components.contracts.table_values import (
    find_date_format,
    parse_date,
    parse_number,
    write_date,
)


@pytest.mark.parametrize(
    ("text", "number"),
    [("12", 12.0), ("-1.5e3", -1500.0), (".5", 0.5), ("+7.", 7.0), ("-0", 0.0)],
)
def test_number_is_read(text: str, number: float) -> None:
    assert parse_number(text) == number
    assert str(parse_number(text)) == str(number)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "abc",
        "1_000",
        "1,5",
        "inf",
        "nan",
        "0x10",
        "1e400",
        "1e39",
        "\u0661",
        "9" * 99,
    ],
)
def test_what_is_no_number_of_single_precision_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="Received"):
        parse_number(text)


def test_decimal_comma_leaves_no_room_for_a_point() -> None:
    assert parse_number("3,25", decimal=",") == 3.25
    with pytest.raises(ValueError, match=r"1\.234"):
        parse_number("1.234", decimal=",")


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("1970-01-02", 1.0),
        ("1970-01-02T12:00:00", 1.5),
        ("1970-01-02 12:00:00+12:00", 1.0),
        ("1970-01-01T18:00:00Z", 0.75),
        ("2.1.1970", 1.0),
        ("1970/01/03", 2.0),
        ("1969-12-31", -1.0),
    ],
)
def test_date_is_a_number_of_days(text: str, days: float) -> None:
    assert parse_date(text) == days


@pytest.mark.parametrize("text", ["01/02/2020", "2020-02-30", "20200131", "soon", "1"])
def test_doubtful_date_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"date|month"):
        parse_date(text)


def test_format_follows_from_the_whole_column() -> None:
    assert find_date_format(["2020-01-31", "2020-02-01"]) == ""
    assert find_date_format(["01/02/2020", "31/01/2020"]) == "%d/%m/%Y"
    assert find_date_format(["01/02/2020", "01/31/2020"]) == "%m/%d/%Y"
    assert parse_date("31/01/1970", "%d/%m/%Y") == 30.0
    assert find_date_format(["2020-01-31", "Biscoe"]) is None
    assert find_date_format([]) is None


@pytest.mark.parametrize("text", ["1969-12-31", "2020-02-29", "2020-01-31T12:30:59"])
def test_a_written_date_is_the_one_that_was_read(text: str) -> None:
    assert write_date(parse_date(text)) == text
