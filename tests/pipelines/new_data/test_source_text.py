# SPDX-License-Identifier: Apache-2.0
"""params.yaml gets a data set, and keeps every other line as it is."""

import pytest

from components.core.errors import UsageError
from components.core.yaml_files import parse_yaml
from pipelines.new_data.source_text import add_dataset, readable
from pipelines.new_data.yaml_text import Entry, flow, write_entries

BLOCK = "birds:\n  variant: own # here\n"


def add(text: str) -> str:
    return add_dataset(text, "birds", BLOCK, "params.yaml")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "datasets: # all\n    old: {a: 1}\n\n# next\nrecipes: {}\n",
            "datasets: # all\n    old: {a: 1}\n    birds:\n      variant: own # here\n"
            "\n# next\nrecipes: {}\n",
        ),
        ("datasets: {}\n", "datasets:\n  birds:\n    variant: own # here\n"),
        ("datasets:\n", "datasets:\n  birds:\n    variant: own # here\n"),
        ("# new\n", "# new\ndatasets:\n  birds:\n    variant: own # here\n"),
        (
            "a: 1\ndatasets:\n  old: {}\n  # last",
            "a: 1\ndatasets:\n  old: {}\n  # last\n  birds:\n    variant: own # here\n",
        ),
        (
            "datasets:\r\n  old: {}\r\nb: 2\r\n",
            "datasets:\r\n  old: {}\r\n  birds:\r\n    variant: own # here\r\nb: 2\r\n",
        ),
    ],
)
def test_data_set_is_added_at_the_end_of_its_block(before: str, after: str) -> None:
    assert add(before) == after


@pytest.mark.parametrize("text", ["datasets: {old: {}}\n", "recipes: {}\n"])
def test_block_in_another_form_is_left_to_the_user(text: str) -> None:
    with pytest.raises(UsageError, match="by hand:\nbirds:"):
        add(text)


def test_title_is_made_of_the_name() -> None:
    assert readable("my_birds") == "My birds"


@pytest.mark.parametrize(
    "value",
    [
        *("yes", "1", "1e3", "a: b", "#", "", "a\nb", "\U0001f600\n", "\x85a", "\x1b"),
        *(1e-7, 3.0, 0.5, True, ["no", 2.0, "-2E4"]),
    ],
)
def test_value_on_one_line_reads_as_itself(value: object) -> None:
    text = write_entries([Entry("key", value, beside=f"why\n{value}")])
    assert parse_yaml(text, "a file") == [{"key": value}]
    assert text.count("\n") == 1
    assert flow({"a": value}).count("\n") == 0
