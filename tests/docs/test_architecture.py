# SPDX-License-Identifier: Apache-2.0
"""ARCHITECTURE.md lists what there is, and imports follow its rule of dependencies."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from components.core.import_path import OWN_PACKAGES
from components.core.project import project_root

ROOT = project_root()
TEXT = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
PATH = re.compile(
    r"`((?:benchmarks|components|data|docs|infra|pipelines|tests|tfx_kfp)/[\w./<>-]*)`"
)
# Made by commands, so not in a fresh checkout.
MADE = "data/raw/"
# Folder of components -> its rank; imports go to lower ranks only.
RANKS = {
    **dict.fromkeys(("core",), 0),
    **dict.fromkeys(("contracts",), 1),
    **dict.fromkeys(("images", "model_store", "recommendation", "sampling"), 2),
    **dict.fromkeys(("report", "serving"), 3),
    **dict.fromkeys(("ingest", "validation", "transform"), 4),
    **dict.fromkeys(("trainer", "evaluator", "pusher"), 4),
}


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


@pytest.mark.parametrize("package", OWN_PACKAGES)
def test_every_folder_is_listed(package: str) -> None:
    assert folders(package) - listed(package) == set()


@pytest.mark.parametrize("package", OWN_PACKAGES)
def test_every_entry_of_the_list_exists(package: str) -> None:
    assert [n for n in listed(package) if not (ROOT / package / n).exists()] == []


def test_paths_exist() -> None:
    paths = [path for path in PATH.findall(TEXT) if not path.startswith(MADE)]
    assert paths
    patterns = {path: re.sub(r"<\w+>", "*", path.rstrip("/")) for path in paths}
    assert [path for path in paths if not any(ROOT.glob(patterns[path]))] == []


def imports_of(path: Path) -> list[str]:
    """Every module that a source file imports, anywhere in it."""
    found = []
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.append(node.module)
    return found


@cache
def component_imports() -> list[tuple[Path, str]]:
    """Every source file of components with each module that it imports."""
    paths = (ROOT / "components").rglob("*.py")
    return [(path, module) for path in paths for module in imports_of(path)]


def folder_imports(depth: int) -> set[tuple[str, str]]:
    """Pairs of different folders of components of which the first imports the second.

    Args:
        depth: 1 for the folders of components, 2 for those below.
    """
    found = set()
    for path, module in component_imports():
        own = ".".join(path.relative_to(ROOT / "components").parent.parts[:depth])
        package, *parts = module.split(".")
        if package == "components" and ".".join(parts[:depth]) != own:
            found.add((own, ".".join(parts[:depth])))
    return found


def test_imports_go_from_steps_to_contracts_and_core() -> None:
    pairs = {pair for pair in folder_imports(depth=1) if all(pair)}
    assert {name for pair in pairs for name in pair} <= set(RANKS)
    upwards = {(a, b) for a, b in pairs if RANKS[a] <= RANKS[b]}
    assert upwards == set()


def test_no_two_folders_import_each_other() -> None:
    folders_below = folders("components")
    pairs = {
        (a, b)
        for a, b in folder_imports(depth=2)
        if a.replace(".", "/") in folders_below and b.replace(".", "/") in folders_below
    }
    assert {(a, b) for a, b in pairs if a < b and (b, a) in pairs} == set()


def test_components_do_not_import_pipelines() -> None:
    tops = {module.partition(".")[0] for _, module in component_imports()}
    assert tops & set(OWN_PACKAGES) == {"components"}


def test_package_for_others_imports_nothing_of_this_project() -> None:
    paths = list((ROOT / "tfx_kfp").rglob("*.py"))
    tops = {name.partition(".")[0] for path in paths for name in imports_of(path)}
    ours = {path.parent.name for path in ROOT.glob("*/__init__.py")} | {"tests"}
    assert tops & (ours | set(OWN_PACKAGES)) == {"tfx_kfp"}


COMMANDS = ("tests.fuzz", "tests.mutation")


def test_no_test_imports_another_test() -> None:
    """What tests share is in tests/support, or in a conftest.py as a fixture.

    The commands for maintainers import their own modules.
    """
    wrong = []
    for path in (ROOT / "tests").rglob("*.py"):
        package = f"tests.{path.relative_to(ROOT).parts[1]}"
        known = ("tests.support", package if package in COMMANDS else "tests.support")
        wrong += [
            f"{path.relative_to(ROOT)}: {module}"
            for module in imports_of(path)
            if module.startswith("tests.") and not module.startswith(known)
        ]
    assert wrong == []
