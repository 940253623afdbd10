# SPDX-License-Identifier: Apache-2.0
"""A substitute for `terraform validate`, for modules whose provider is not installed.

Finds unknown and missing arguments of resources, and undeclared variables and outputs,
by name in the syntax tree. Types and values are not checked.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import hcl2

from infra.checks.bindings import META, Bindings, Block

COMMENTS = ("__comments__", "__inline_comments__", "__is_block__")
VARIABLE = re.compile(r"\bvar\.(\w+)")
OUTPUT = re.compile(r"\bmodule\.(\w+)\.(\w+)")
LOCAL = re.compile(r"\blocal\.(\w+)")
RESOURCE = re.compile(r"\b((?:data\.)?google_\w+)\.(\w+)\.")


@dataclass(frozen=True)
class Module:
    """One folder of Terraform files."""

    folder: Path
    """Path of the module."""
    content: dict[str, Any]
    """Kind of block -> name -> content, of all its files."""

    def names(self, kind: str) -> set[str]:
        """Names of the blocks of a kind: `variable`, `output`, `module`."""
        return set(self.content.get(kind, {}))

    def resources(self) -> Iterator[tuple[str, str, dict[str, Any], bool]]:
        """Yield type, name, content and `is_data_source` of every resource."""
        for kind in ("resource", "data"):
            for name, body in self.content.get(kind, {}).items():
                type_name, _, own_name = name.partition(".")
                yield type_name, own_name, body, kind == "data"


def read_module(folder: Path) -> Module:
    """Read all Terraform files of a folder.

    Args:
        folder: The module.
    """
    content: dict[str, Any] = {}
    for path in sorted(folder.glob("*.tf")):
        parsed = hcl2.loads(path.read_text(encoding="utf-8"))
        for kind, blocks in parsed.items():
            if kind in COMMENTS:
                continue
            for block in blocks:
                for name, body in _named(kind, _plain(block)):
                    content.setdefault(kind, {})[name] = body
    return Module(folder, content)


def find_faults(module: Module, bindings: Bindings) -> list[str]:
    """Compare the resources of a module with the arguments of the provider.

    Args:
        module: The module.
        bindings: The provider.

    Returns:
        A line per fault; empty where there is none.
    """
    faults = []
    for type_name, name, body, is_data in module.resources():
        where = f"{module.folder.name}: {type_name}.{name}"
        try:
            block, package = bindings.resource(type_name, is_data)
        except ValueError as error:
            faults.append(f"{where}: {error}")
            continue
        faults += _block_faults(body, block, package, bindings, where)
    return faults


def find_loose_ends(module: Module) -> list[str]:
    """Find references to undeclared names, and module calls that lack an argument.

    Args:
        module: The module; the modules it calls are read beside it.
    """
    text = str(module.content)
    resources = {
        f"{'data.' if is_data else ''}{type_name}.{name}"
        for type_name, name, _, is_data in module.resources()
    }
    used = {f"{kind}.{name}" for kind, name in RESOURCE.findall(text)}
    faults = [f"resource {name} is used" for name in sorted(used - resources)]
    for pattern, kind in ((VARIABLE, "variable"), (LOCAL, "locals")):
        undeclared = set(pattern.findall(text)) - module.names(kind)
        faults += [f"{kind} {name} is used" for name in sorted(undeclared)]
    unused = module.names("variable") - set(VARIABLE.findall(text))
    faults += [f"variable {name} is never used" for name in sorted(unused)]
    for name, call in module.content.get("module", {}).items():
        called = read_module(module.folder / call["source"])
        faults += _call_faults(name, call, called)
        outputs = {output for m, output in OUTPUT.findall(text) if m == name}
        for output in sorted(outputs - called.names("output")):
            faults.append(f"module.{name}.{output} is used")
    return [f"{module.folder.name}: {fault}" for fault in faults]


def _call_faults(name: str, call: dict[str, Any], called: Module) -> list[str]:
    given = set(call) - {"source", *META}
    known = called.names("variable")
    required = {
        variable
        for variable, body in called.content.get("variable", {}).items()
        if "default" not in body
    }
    faults = [f"module.{name} is given {extra}" for extra in sorted(given - known)]
    lacking = sorted(required - given)
    return faults + [f"module.{name} is not given {missing}" for missing in lacking]


def _block_faults(
    body: dict[str, Any], block: Block, package: str, bindings: Bindings, where: str
) -> list[str]:
    given = {key: value for key, value in body.items() if key not in META}
    for name, content in _dynamic_blocks(given.pop("dynamic", [])):
        given[name] = content
    faults = [f"{where}: unknown {key}" for key in sorted(set(given) - block.known)]
    faults += [f"{where}: missing {k}" for k in sorted(block.required - set(given))]
    for key in sorted(set(given) & set(block.blocks)):
        inner = bindings.block(package, block.blocks[key])
        contents = given[key] if isinstance(given[key], list) else [given[key]]
        for content in contents:
            if isinstance(content, dict):
                place = f"{where}.{key}"
                faults += _block_faults(content, inner, package, bindings, place)
    return faults


def _dynamic_blocks(blocks: list[Any]) -> Iterator[tuple[str, Any]]:
    for block in blocks:
        for name, body in block.items():
            yield name, body["content"]


def _named(kind: str, block: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Split a block into names and contents, for one or two labels."""
    for name, body in block.items():
        if kind in ("resource", "data"):
            for own_name, content in body.items():
                yield f"{name}.{own_name}", content
        else:
            yield name, body


def _plain(value: Any) -> Any:
    """Remove quotes and the parser's own annotations."""
    if isinstance(value, dict):
        return {
            _plain(key): _plain(inner)
            for key, inner in value.items()
            if key not in COMMENTS
        }
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return value.strip('"') if isinstance(value, str) else value
