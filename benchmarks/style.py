# SPDX-License-Identifier: Apache-2.0
"""Print the mechanical figures of the source tree: sizes, docstrings, types, imports.

    python benchmarks/style.py [ROOT] [--folders components pipelines ...]

Every `.py` file below the folders is parsed; nothing is executed. Lines per file and
per function are median and 90th percentile; a nested function also counts as a function
of its own. The shares of docstrings and return types are of all functions and methods.
A comment line holds nothing but a comment. An inner import stands inside a function. An
import circle is a set of modules that import each other directly or through others,
inner imports and `TYPE_CHECKING` blocks included.
"""

import argparse
import ast
import statistics
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from tables import markdown

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = ("components", "pipelines", "tfx_kfp", "infra", "benchmarks", "tests")
HEADER = (
    *("folder", "files", "lines/file", "lines/function", "longest", "docstrings"),
    *("return types", "comment lines", "inner imports"),
)
# Folders with more modules than this are listed.
LARGE = 12

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Source:
    """One parsed source file."""

    module: str
    """Dotted name."""
    lines: list[str]
    tree: ast.Module

    @property
    def functions(self) -> list[Function]:
        """All functions, methods and nested functions."""
        return [n for n in ast.walk(self.tree) if isinstance(n, Function)]

    @property
    def num_comments(self) -> int:
        """Number of lines that hold nothing but a comment."""
        return sum(line.lstrip().startswith("#") for line in self.lines)

    @property
    def num_inner_imports(self) -> int:
        """Number of import statements inside functions."""
        found = {
            node
            for function in self.functions
            for node in ast.walk(function)
            if isinstance(node, ast.Import | ast.ImportFrom)
        }
        return len(found)


def main() -> None:
    """Print a row per folder, the large folders and the import circles."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("root", nargs="?", type=Path, default=ROOT)
    parser.add_argument("--folders", nargs="+", default=FOLDERS)
    arguments = parser.parse_args()
    sources = {
        name: list(read_sources(arguments.root, name)) for name in arguments.folders
    }
    print(markdown(HEADER, [row(name, found) for name, found in sources.items()]))
    everything = list(chain.from_iterable(sources.values()))
    folders = Counter(s.module.rpartition(".")[0] for s in everything)
    print(f"\nFolders with more than {LARGE} modules:")
    for folder, count in folders.most_common():
        if count > LARGE:
            print(f"  {folder} {count}")
    circles = find_circles(import_graph(everything))
    print(f"\nImport circles: {len(circles)}")
    for circle in circles:
        print(f"  {', '.join(sorted(circle))}")


def read_sources(root: Path, folder: str) -> Iterator[Source]:
    """Parse all modules of a folder, packages' own files (`__init__.py`) left out."""
    for path in sorted((root / folder).rglob("*.py")):
        if path.name != "__init__.py":
            text = path.read_text(encoding="utf-8")
            module = ".".join(path.relative_to(root).with_suffix("").parts)
            yield Source(module, text.splitlines(), ast.parse(text))


def row(name: str, sources: Sequence[Source]) -> list[str]:
    """Figures of one folder, in the order of `HEADER`."""
    functions = list(chain.from_iterable(source.functions for source in sources))
    lengths = [(f.end_lineno or f.lineno) - f.lineno + 1 for f in functions]
    num_lines = [len(source.lines) for source in sources]
    documented = sum(ast.get_docstring(f) is not None for f in functions)
    typed = sum(f.returns is not None for f in functions)
    comments = sum(source.num_comments for source in sources)
    return [
        name,
        str(len(sources)),
        _median_and_p90(num_lines),
        _median_and_p90(lengths),
        str(max(lengths, default=0)),
        _share(documented, len(functions)),
        _share(typed, len(functions)),
        f"{comments / max(sum(num_lines), 1):.1%}",
        str(sum(source.num_inner_imports for source in sources)),
    ]


def import_graph(sources: Sequence[Source]) -> dict[str, set[str]]:
    """Module -> modules among `sources` that it imports."""
    known = {source.module for source in sources}
    return {
        source.module: {
            found
            for name in _imported_names(source.tree)
            for found in (name, name.rpartition(".")[0])
            if found in known and found != source.module
        }
        for source in sources
    }


def find_circles(graph: Mapping[str, set[str]]) -> list[set[str]]:
    """Strongly connected components of more than one module."""
    reach = {module: _reachable(graph, module) for module in graph}
    circles: list[set[str]] = []
    for module, found in reach.items():
        if not any(module in circle for circle in circles):
            circle = {other for other in found if module in reach[other]}
            circles += [circle | {module}] if len(circle | {module}) > 1 else []
    return circles


def _reachable(graph: Mapping[str, set[str]], start: str) -> set[str]:
    found: set[str] = set()
    waiting = set(graph[start])
    while waiting:
        module = waiting.pop()
        found.add(module)
        waiting |= graph[module] - found
    return found


def _imported_names(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _median_and_p90(values: Sequence[int]) -> str:
    if len(values) < 2:
        return ", ".join(map(str, values))
    p90 = statistics.quantiles(values, n=10, method="inclusive")[-1]
    return f"{statistics.median(values):.0f}, {p90:.0f}"


def _share(part: int, whole: int) -> str:
    return f"{part / max(whole, 1):.0%}"


if __name__ == "__main__":
    main()
