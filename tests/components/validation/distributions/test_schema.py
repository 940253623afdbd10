# SPDX-License-Identifier: Apache-2.0
"""The curated schema: parsed, written for TFX, and described for readers."""

from pathlib import Path

import pytest

from components.contracts.modality import MODALITIES
from components.core.errors import UsageError
from components.validation.distributions.schema import (
    SCHEMA_FILE,
    parse_schema,
    read_schema,
    write_schema,
)
from components.validation.distributions.section import describe_schema


@pytest.fixture
def text(request: pytest.FixtureRequest) -> str:
    return (request.config.rootpath / "data/mnist/schema.pbtxt").read_text()


def test_schema_names_every_feature_of_the_examples(text: str) -> None:
    names = {feature.name for feature in parse_schema(text).feature}
    assert names == set(MODALITIES["image"].features)


def test_schema_is_written_with_its_comments_and_read_back(
    text: str, tmp_path: Path
) -> None:
    write_schema(text, tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == [SCHEMA_FILE]
    assert (tmp_path / SCHEMA_FILE).read_text() == text
    assert read_schema(tmp_path) == parse_schema(text)


def test_schema_is_described(text: str) -> None:
    rows = {row[0]: row[1:] for row in describe_schema(parse_schema(text))}
    digits = "0, 1, 2, 3, 4, 5, 6, 7, 8, 9"
    assert rows["label"] == ["bytes", "all", "1", digits]
    assert rows["std"] == ["float", "all", "1", "0 to 127.5"]
    assert rows["width"] == ["int", "all", "1", "28 to 28"]
    assert rows["image"] == ["bytes", "all", "1", "image"]
    assert rows["item_id"] == ["bytes", "optional", "1", "any"]


def test_open_ends_of_a_range_are_described() -> None:
    found = describe_schema(
        parse_schema(
            """
            feature { name: "time" type: INT int_domain { min: 788918400 } }
            feature { name: "share" type: FLOAT float_domain { max: 0.5 } }
            feature { name: "loss" type: FLOAT float_domain { } }
            """
        )
    )
    allowed = [row[-1] for row in found]
    assert allowed == ["at least 788,918,400", "at most 0.5", "any number"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('feature { nam: "x" }', r'1:11 : .*no field named "nam"'),
        ("# nothing", "names no feature"),
    ],
)
def test_broken_schema_is_refused_with_its_place(text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        parse_schema(text)
