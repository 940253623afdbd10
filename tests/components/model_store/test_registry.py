# SPDX-License-Identifier: Apache-2.0
"""The registry lists every published version, the newest first."""

from dataclasses import replace
from pathlib import Path

from components.model_store.registry import (
    RegisteredVersion,
    find_registered,
    read_registry,
    register,
)

VERSION = RegisteredVersion(
    version=9,
    sha256="a" * 64,
    model_sha256="b" * 64,
    model_key="key",
    run="mnist-cnn.1",
    published="2026-01-01T00:00:00+00:00",
    evidence_sha256="c" * 64,
)


def test_versions_come_back_newest_first(tmp_path: Path) -> None:
    newer = replace(VERSION, version=10)
    for version in (newer, VERSION):
        register(tmp_path, version)
    assert read_registry(tmp_path) == (newer, VERSION)
    assert find_registered(tmp_path, 9) == VERSION
    assert find_registered(tmp_path, 8) is None


def test_version_that_is_registered_again_replaces_its_entry(tmp_path: Path) -> None:
    register(tmp_path, VERSION)
    again = replace(VERSION, run="mnist-cnn.2")
    register(tmp_path, again)
    assert read_registry(tmp_path) == (again,)
