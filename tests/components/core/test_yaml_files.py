# SPDX-License-Identifier: Apache-2.0
"""A settings file may hold anything; what is no settings is an error that names it."""

import os
import time
from pathlib import Path

import pytest

from components.core.errors import UsageError
from components.core.yaml_files import MAX_BYTES, load_yaml, load_yaml_documents

BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 9)
)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (BOMB, "at most 100,000 values, aliases counted"),
        ("[" * 100_000, "nested more than 60 deep, line 1"),
        ("? " * 50_000, "nested more than 60 deep"),
        ("&a [*a]", "'a' contains itself, line 1"),
        ("a: 1\nb: 2\na: 3", "the key 'a' occurs twice, line 3"),
        ("a: &x {b: 1}\nc: {<<: *x, <<: *x}", "the key '<<' occurs twice"),
        ("a: " + "9" * 5000, "the number .* is too long"),
        ("a: 1" + ":1" * 10_000, "the number .* is too long"),
        ("a: 0x10000000000000000", "does not fit into 64 bits"),
        ("a: 2026-13-45", "month must be in 1..12"),
        ("a: !!timestamp x", "params.yaml is not valid YAML"),
        ("a: !!bool x", "is not valid YAML"),
        ("a: !!int ''", "is not valid YAML"),
        ("a: !!python/object:os.system x", "is not valid YAML"),
        ("a: \0", "is not valid YAML"),
        ("a: *b", "undefined alias"),
        ("? [a]\n: b", "unhashable key"),
        ("a: 1\n---\nb: 2", "expected a single document"),
    ],
)
def test_hostile_text_is_refused_at_once(
    tmp_path: Path, text: str, reason: str
) -> None:
    file = tmp_path / "params.yaml"
    file.write_text(text)
    before = time.process_time()
    with pytest.raises(UsageError, match=reason) as refusal:
        load_yaml(file)
    assert time.process_time() - before < 2
    assert len(str(refusal.value)) < 1500


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16", "utf-32-be"])
def test_other_encoding_is_named_as_such(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "params.yaml").write_bytes("a: größe".encode(encoding))
    with pytest.raises(UsageError, match=r"params.yaml.*(UTF-8|not valid YAML)"):
        load_yaml(tmp_path / "params.yaml")


def test_file_that_is_too_large_or_never_ends_is_not_read(tmp_path: Path) -> None:
    large, pipe = tmp_path / "large.yaml", tmp_path / "pipe.yaml"
    large.touch()
    os.truncate(large, MAX_BYTES + 1)
    os.mkfifo(pipe)
    with pytest.raises(UsageError, match=r"large.yaml is too large"):
        load_yaml(large)
    with pytest.raises(UsageError, match=r"pipe.yaml is a pipe"):
        load_yaml(pipe)
    with pytest.raises(UsageError, match="is a folder"):
        load_yaml(tmp_path)


def test_aliases_and_merged_keys_of_a_person_are_read(tmp_path: Path) -> None:
    file = tmp_path / "params.yaml"
    file.write_text("\ufeffa: &x {b: 1, c: 2}\nd: {<<: *x, b: 3}\ne: *x\n---\n- 4e-3\n")
    first, second = load_yaml_documents(file)
    assert first == {
        "a": {"b": 1, "c": 2},
        "d": {"b": 3, "c": 2},
        "e": {"b": 1, "c": 2},
    }
    assert second == [0.004]
