# SPDX-License-Identifier: Apache-2.0
"""Arguments that the resources of the Google provider accept.

`terraform validate` needs the provider's plugin, which only Terraform's own registry
has. The provider's bindings for Python are generated from the same schema; they are
parsed here, and never imported.
"""

import ast
import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

# Meta-arguments, which Terraform accepts in every resource.
META = ("for_each", "count", "depends_on", "provider", "lifecycle", "provisioner")
# Parameters of the bindings that are not arguments of the resource.
NOT_ARGUMENTS = ("connection", "provisioners", "for_each", "id")
NESTED = re.compile(r"'(\w+)'")


@dataclass(frozen=True)
class Block:
    """The arguments of a resource or of a block in it."""

    required: frozenset[str]
    """Arguments that must be given."""
    optional: frozenset[str]
    """Arguments that may be given."""
    blocks: dict[str, str] = field(default_factory=dict)
    """Argument -> class of the nested block."""

    @property
    def known(self) -> frozenset[str]:
        """All arguments."""
        return self.required | self.optional


class Bindings:
    """The generated classes of one provider.

    Args:
        folder: The package that holds a package per resource.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def resource(self, kind: str, is_data: bool = False) -> tuple[Block, str]:
        """Read the arguments of a resource.

        Args:
            kind: Its type, `google_container_cluster`.
            is_data: Whether it is a data source. Defaults to False.

        Returns:
            Its arguments, and the package that its blocks are in.

        Raises:
            ValueError: The provider has no such resource.
        """
        package = kind.removeprefix("google_")
        if is_data:
            package = f"data_google_{package}"
        elif package == "project" or not (self._folder / package).is_dir():
            package = kind if (self._folder / kind).is_dir() else package
        classes = _classes(self._folder / package / "__init__.py")
        names = [n for n in classes if n.lower() == f"{package.replace('_', '')}config"]
        if not names:
            raise ValueError(f"The provider has no {kind}.\nLooked for {package}.")
        return classes[names[0]], package

    def block(self, package: str, name: str) -> Block:
        """Read the arguments of a block, named as in `Block.blocks`."""
        return _classes(self._folder / package / "__init__.py")[name]


@cache
def _classes(path: Path) -> dict[str, Block]:
    if not path.exists():
        return {}
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = {node.name for node in tree.body if isinstance(node, ast.ClassDef)}
    return {
        node.name: _block(function.args, names)
        for node in tree.body
        if isinstance(node, ast.ClassDef)
        for function in node.body
        if isinstance(function, ast.FunctionDef) and function.name == "__init__"
    }


def _block(arguments: ast.arguments, classes: set[str]) -> Block:
    required: set[str] = set()
    optional: set[str] = set()
    blocks: dict[str, str] = {}
    defaults = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    for argument, default in defaults:
        if argument.arg in NOT_ARGUMENTS or argument.arg in META:
            continue
        (required if default is None else optional).add(argument.arg)
        text = ast.unparse(argument.annotation) if argument.annotation else ""
        nested = [name for name in NESTED.findall(text) if name in classes]
        if nested:
            blocks[argument.arg] = nested[0]
    return Block(frozenset(required), frozenset(optional), blocks)
