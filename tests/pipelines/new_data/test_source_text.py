# SPDX-License-Identifier: Apache-2.0
"""Titles and values of source.yaml."""

import pytest

from components.core.yaml_files import parse_yaml
from pipelines.new_data.source_text import readable
from pipelines.new_data.yaml_text import Entry, flow, write_entries


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
