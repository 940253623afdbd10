# SPDX-License-Identifier: Apache-2.0
"""The figures of the source tree count what they say."""

import importlib
from pathlib import Path
from types import ModuleType

import pytest

SOURCE = '''"""A module."""

import json
{imports}


def outer() -> int:
    """Has an inner import."""
    # A comment.
    import csv

    def inner():
        return csv
    return 1
'''


@pytest.fixture
def style(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    # Benchmarks are scripts: their own folder is on the path.
    folder = Path(__file__).parents[2] / "benchmarks"
    monkeypatch.syspath_prepend(folder)
    return importlib.import_module("style")


def write(root: Path, name: str, imports: str) -> None:
    (root / "code").mkdir(exist_ok=True)
    text = SOURCE.format(imports=imports)
    (root / "code" / f"{name}.py").write_text(text, encoding="utf-8")


def test_figures_of_a_folder(style: ModuleType, tmp_path: Path) -> None:
    write(tmp_path, "a", "import code.b")
    sources = list(style.read_sources(tmp_path, "code"))
    found = dict(zip(style.HEADER, style.row("code", sources), strict=True))
    assert found["files"] == "1"
    assert found["longest"] == "8"
    assert found["docstrings"] == "50%"
    assert found["return types"] == "50%"
    assert found["inner imports"] == "1"
    assert found["comment lines"] == f"{1 / 14:.1%}"


def test_circles_are_found_through_other_modules(
    style: ModuleType, tmp_path: Path
) -> None:
    write(tmp_path, "a", "from code import b")
    write(tmp_path, "b", "from code.c import outer")
    write(tmp_path, "c", "import code.a")
    write(tmp_path, "d", "import code.a")
    graph = style.import_graph(list(style.read_sources(tmp_path, "code")))
    assert style.find_circles(graph) == [{"code.a", "code.b", "code.c"}]
