# SPDX-License-Identifier: Apache-2.0
"""Which test files are relevant for a module: those that import or name it."""

import re
from functools import cache
from pathlib import Path
from typing import Final

# Test files of a first run; more would cost more than they find.
MOST_FAST: Final = 6
MOST_SLOW: Final = 6
# Whole pipelines, which take minutes.
LONG_FOLDERS: Final = ("tests/end_to_end/", "tests/infra/", "tests/docs/")
_PACKAGES: Final = ("components", "pipelines", "tfx_kfp")
_NAME: Final = re.compile(rf"\b(?:{'|'.join(_PACKAGES)}|tests\.support)(?:\.\w+)+")
_IMPORT: Final = re.compile(r"from ([\w.]+) import \(?([\w, \n]+)")


def relevant_tests(root: Path, file: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Find the test files for a module, the nearest first.

    Args:
        root: Root of the project.
        file: The module's file, relative to the root.

    Returns:
        The first files that name it or what imports it; and those that follow, with
        the neighbours of the first, for what is found by name alone.
    """
    graph = _named_modules(root)
    found: list[str] = []
    module = _dotted(file)
    level, seen = {module, _package_of_tests(module.rpartition(".")[0])}, set[str]()
    while level:
        seen |= level
        level = {name for name, named in graph.items() if named & level} - seen
        seen |= level
        files = [name for name in level if name.endswith(".py")]
        found += sorted(files, key=lambda name: _distance(name, file))
        level -= set(files)
    folder = found[0].rpartition("/")[0] if found else ""
    found += [n for n in graph if n.rpartition("/")[0] == folder and n not in found]
    return tuple(found[:MOST_FAST]), tuple(found[MOST_FAST:][:MOST_SLOW])


@cache
def _named_modules(root: Path) -> dict[str, frozenset[str]]:
    """Module, or path of a test file -> modules that it names."""
    graph = {}
    for top in (*_PACKAGES, "tests"):
        for path in sorted((root / top).rglob("*.py")):
            name = path.relative_to(root).as_posix()
            is_test = path.name.startswith("test_")
            if not name.startswith(LONG_FOLDERS) and (is_test or _is_module(name)):
                mirrored = _mirrored(name) if is_test else set[str]()
                graph[name if is_test else _dotted(name)] = _names(path) | mirrored
    return graph


def _is_module(name: str) -> bool:
    return not name.startswith("tests/") or name.startswith("tests/support/")


def _names(path: Path) -> frozenset[str]:
    text = path.read_text(encoding="utf-8")
    names = set(_NAME.findall(text))
    for package, listed in _IMPORT.findall(text):
        names |= {f"{package}.{name.strip()}" for name in listed.split(",")}
    # A function in a module names the module.
    return frozenset(names | {name.rpartition(".")[0] for name in names})


def _mirrored(test: str) -> set[str]:
    """Modules and packages that a test file is about by its path.

    `tests/pipelines/commands/test_publish_evidence.py` is about
    `pipelines.commands.publish`, which the command line loads by its name.
    """
    folder, _, name = test.removeprefix("tests/").rpartition("/")
    words = name.removesuffix(".py").split("_")[1:]
    names = ["_".join(words[:count]) for count in range(1, len(words) + 1)]
    dotted = {f"{folder.replace('/', '.')}.{name}" for name in names}
    return dotted | {_package_of_tests(name) for name in dotted}


def _package_of_tests(package: str) -> str:
    """Name of a package as a whole: other names of it are those of single modules."""
    return f"{package}.*"


def _dotted(file: str) -> str:
    return file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def _distance(test: str, file: str) -> tuple[int, int, str]:
    """The test file of the same path first, then those with most folders in common."""
    mirror = f"tests/{file.rpartition('/')[0]}/test_{file.rpartition('/')[2]}"
    shared = len(set(test.split("/")) & set(mirror.split("/")))
    return int(test != mirror), -shared, test
