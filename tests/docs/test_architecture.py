# SPDX-License-Identifier: Apache-2.0
"""ARCHITECTURE.md lists every folder of the code."""

import re

import pytest

from components.core.project import project_root

ROOT = project_root()
TEXT = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")


def listed(package: str) -> set[str]:
    """Entries of the first table below the heading of a package."""
    _, _, section = TEXT.partition(f"### `{package}/`")
    table, _, _ = section.partition("| --- | --- |")[2].partition("\n\n")
    cells = re.findall(r"^\| (.+?) \|", table, re.MULTILINE)
    return {name for cell in cells for name in re.findall(r"`([^`]+)`", cell)}


def folders(package: str) -> set[str]:
    """Packages below a package, as relative paths."""
    root = ROOT / package
    found = (path.parent for path in root.rglob("__init__.py"))
    return {str(path.relative_to(root)) for path in found if path != root}


@pytest.mark.parametrize("package", ["components", "pipelines"])
def test_every_folder_is_listed(package: str) -> None:
    assert folders(package) - listed(package) == set()
