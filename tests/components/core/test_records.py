# SPDX-License-Identifier: Apache-2.0
"""What a user wrote becomes a dataclass, or an error that says what to change."""

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

import pytest

from components.core.errors import UsageError, UsageErrors
from components.core.records import (
    ReadBy,
    from_json,
    read_record,
    to_json,
    unknown_name,
)
from components.core.yaml_files import load_yaml


@dataclass(frozen=True)
class Inner:
    share: float

    def __post_init__(self) -> None:
        if not 0 <= self.share <= 1:
            raise ValueError(f"share must lie between 0 and 1. Received {self.share}.")


@dataclass(frozen=True)
class Outer:
    RENAMED: ClassVar[dict[str, str]] = {"title": "name"}

    name: str
    inner: Inner
    sizes: tuple[int, ...] = ()
    kind: Literal["plain", "odd"] = "plain"
    limit: float | None = None
    pair: tuple[int, str] = (0, "")
    inside: Inner | None = None
    by_key: dict[str, Inner] = field(default_factory=dict)


def _read(**changes: Any) -> Outer:
    return read_record(
        Outer, {"name": "a", "inner": {"share": 0.5}} | changes, "f.yaml"
    )


def test_nested_mappings_become_dataclasses() -> None:
    outer = _read(sizes=[1, 2], by_key={"x": {"share": 1}})
    assert outer == Outer("a", Inner(0.5), (1, 2), by_key={"x": Inner(1.0)})


@pytest.mark.parametrize("text", ["4e-3", "0.004", "4", "-1E5"])
def test_numbers_are_floats_however_they_are_written(tmp_path: Path, text: str) -> None:
    file = tmp_path / "f.yaml"
    file.write_text(f"limit: {text}")
    limit = _read(**load_yaml(file)).limit
    assert isinstance(limit, float)
    assert limit == float(text)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"nmae": "b"}, r"unknown key 'nmae'\. Did you mean 'name'\?"),
        ({"title": "b"}, r"f\.yaml: 'title' is called 'name' now"),
        ({"inner": {}}, r"f\.yaml\.inner: missing 'share'"),
        ({"inner": {"share": 2}}, r"f\.yaml\.inner: share must lie between 0 and 1"),
        ({"inner": 3}, r"f\.yaml\.inner: expected a mapping.\nReceived 3"),
        ({"sizes": [1, "two"]}, r"f\.yaml\.sizes\[1\]: expected a value of type int"),
        ({"sizes": [True]}, r"expected a value of type int.\nReceived True"),
        ({"kind": "even"}, r"f\.yaml\.kind: expected one of 'plain', 'odd'"),
        ({"limit": "high"}, r"f\.yaml\.limit: expected a value of type float"),
        ({"limit": "7"}, r"expected a value of type float.\nReceived '7'"),
        ({"name": date(2026, 1, 2)}, r"f\.yaml\.name: expected a value of type str"),
        ({"sizes": 1}, r"f\.yaml\.sizes: expected a list.\nReceived 1"),
        ({"pair": [1]}, r"f\.yaml\.pair: expected 2 items.\nReceived \[1\]"),
        ({"pair": [1, "a", 2]}, r"f\.yaml\.pair: expected 2 items"),
        ({"by_key": []}, r"f\.yaml\.by_key: expected a mapping"),
        ({"by_key": {"a": {}}}, r"f\.yaml\.by_key\.a: missing 'share'"),
        ({"inside": {"sahre": 1}}, r"f\.yaml\.inside: unknown key 'sahre'"),
        # The outer mapping first, and in it what is unknown.
        ({"inner": {"a": 1}, "sizes": [0.5], "x": 1}, r"f\.yaml: unknown key 'x'"),
    ],
)
def test_error_says_where_what_and_how(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        _read(**changes)


def test_every_wrong_value_is_told_at_once() -> None:
    wrong = {"nmae": "b", "inner": {"share": 2}, "sizes": [1, "two"], "kind": "even"}
    with pytest.raises(UsageErrors) as refused:
        read_record(Outer, wrong, "f.yaml")
    # A misspelt key is not missing as well.
    assert [message.partition(":")[0] for message in refused.value.messages] == [
        "f.yaml",
        "f.yaml.inner",
        "f.yaml.sizes[1]",
        "f.yaml.kind",
    ]
    assert "4 settings are wrong.\n1. f.yaml: unknown key 'nmae'" in str(refused.value)


def test_missing_keys_of_a_mapping_are_one_message() -> None:
    with pytest.raises(UsageErrors) as refused:
        read_record(Outer, {"colour": 1}, "f.yaml")
    assert refused.value.messages[1] == "f.yaml: missing 'name', 'inner'."


def test_list_of_errors_has_an_end() -> None:
    wrong = {str(n): {"share": 2} for n in range(1000)}
    with pytest.raises(
        UsageErrors, match=r"1,000 settings(.|\n)*and \d+ more"
    ) as refused:
        _read(by_key=wrong)
    assert len(str(refused.value)) < 8500


def test_field_with_a_reader_is_read_by_it() -> None:
    def read(value: object, where: str) -> bool:
        if value not in ("on", "off"):
            raise UsageError(f"{where}.deeper: expected 'on' or 'off'.")
        return value == "on"

    @dataclass(frozen=True)
    class Switch:
        state: Annotated[bool, ReadBy(read)]

    assert read_record(Switch, {"state": "on"}, "f.yaml").state is True
    with pytest.raises(UsageError, match=r"^f\.yaml\.state\.deeper: expected 'on'"):
        read_record(Switch, {"state": "of"}, "f.yaml")


def test_missing_and_broken_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="absent.yaml does not exist"):
        load_yaml(tmp_path / "absent.yaml")
    broken = tmp_path / "broken.yaml"
    broken.write_text("a: [")
    with pytest.raises(UsageError, match="broken.yaml is not valid YAML"):
        load_yaml(broken)


def test_record_comes_back_from_json_as_it_was() -> None:
    outer = _read(sizes=[1, 2], by_key={"y": {"share": 1}, "x": {"share": 0}})
    assert from_json(Outer, to_json(outer), "parameter") == outer
    # The order of a mapping is that of the file it came from.
    assert list(from_json(Outer, to_json(outer), "parameter").by_key) == ["y", "x"]


def test_json_of_another_record_is_refused_with_its_place() -> None:
    with pytest.raises(UsageError, match=r"parameter: unknown key 'shares'"):
        from_json(Inner, '{"shares": 1}', "parameter")


def test_unknown_name_is_answered_by_the_nearest_or_by_all() -> None:
    near = unknown_name("epoch", ["epochs", "units"], "unknown key")
    assert near == "unknown key 'epoch'. Did you mean 'epochs'?"
    far = unknown_name("x", ["epochs", "units"], "unknown key")
    assert far == "unknown key 'x'.\nValid: epochs, units."
