# SPDX-License-Identifier: Apache-2.0
"""Mutants drawn from syntax trees: the classic operators, at places drawn by a seed."""

import ast
import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np

from tests.mutation.mutant import Mutant
from tests.mutation.relevance import relevant_tests

COMPARISONS: Final[dict[type[ast.cmpop], type[ast.cmpop]]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
ARITHMETIC: Final[dict[type[ast.operator], type[ast.operator]]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.FloorDiv,
    ast.Pow: ast.Mult,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
}


def draw_mutants(root: Path, files: list[str], count: int, seed: int) -> list[Mutant]:
    """Draw mutants, each place of all files with the same chance.

    Args:
        root: Root of the project.
        files: Files to change, relative to it.
        count: Number of mutants; fewer if there are not as many.
        seed: Seeds the draw; the same seed and code give the same mutants.
    """
    places = [(file, *change) for file in files for change in changes_of(root / file)]
    chosen = np.random.default_rng(seed).permutation(len(places))[:count]
    return [_mutant(root, places[index], seed, index) for index in chosen.tolist()]


def changes_of(path: Path) -> Iterator[tuple[int, int, str, str]]:
    """Yield every change of a file: start, end, new text, and what it is."""
    source = path.read_text(encoding="utf-8")
    lines = np.cumsum([0, *map(len, source.splitlines(keepends=True))]).tolist()
    if not source.isascii():
        # Positions in the tree count bytes.
        return
    for node in _code(ast.parse(source)):
        start = lines[node.lineno - 1] + node.col_offset
        end = lines[(node.end_lineno or 0) - 1] + (node.end_col_offset or 0)
        for new, what in _changes(node):
            yield start, end, new, f"line {node.lineno}: {what}"


def _code(node: ast.AST) -> Iterator[ast.expr | ast.stmt]:
    """Nodes that do something: no annotation, decorator, f-string or docstring."""
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "decorator_list"):
            continue
        for child in value if isinstance(value, list) else [value]:
            if not isinstance(child, ast.AST) or isinstance(child, ast.JoinedStr):
                continue
            if isinstance(child, ast.expr | ast.stmt):
                yield child
            yield from _code(child)


def _changes(node: ast.AST) -> Iterator[tuple[str, str]]:
    """New text and description of each change of one node."""
    match node:
        case ast.Compare(ops=[operator]) if type(operator) in COMPARISONS:
            changed = copy.deepcopy(node)
            changed.ops = [COMPARISONS[type(operator)]()]
            yield _parenthesised(changed), "comparison"
        case ast.BoolOp():
            changed = copy.deepcopy(node)
            changed.op = ast.Or() if isinstance(node.op, ast.And) else ast.And()
            yield _parenthesised(changed), "and / or"
        case ast.UnaryOp(op=ast.Not()):
            yield _parenthesised(node.operand), "without not"
        case ast.BinOp() if type(node.op) in ARITHMETIC:
            changed = copy.deepcopy(node)
            changed.op = ARITHMETIC[type(node.op)]()
            yield _parenthesised(changed), "arithmetic"
        case ast.Constant(value=bool()):
            yield str(not node.value), "True / False"
        case ast.Constant(value=int() | float()):
            yield f"({node.value} + 1)", "constant + 1"
            yield f"({node.value} - 1)", "constant - 1"
        case ast.Return(value=ast.expr()) if ast.unparse(node) != "return None":
            yield "return None", "returns None"
        case ast.Expr(value=ast.Call()) | ast.AugAssign() | ast.Raise():
            yield "pass", f"without {ast.unparse(node).splitlines()[0][:50]}"


def _parenthesised(node: ast.expr) -> str:
    return f"({ast.unparse(node)})"


def _mutant(
    root: Path, place: tuple[str, int, int, str, str], seed: int, index: int
) -> Mutant:
    file, start, end, new, what = place
    fast, slow = relevant_tests(root, file)
    return Mutant(
        name=f"{seed}-{index}",
        area=f"drawn, {file.split('/')[0]}",
        what=f"{file} {what}",
        file=file,
        old=(root / file).read_text(encoding="utf-8")[start:end],
        new=new,
        tests=fast,
        slow_tests=slow,
        offset=start,
    )
