# SPDX-License-Identifier: Apache-2.0
"""Functions and classes that settings name by import path: `mine.model.build_model`.

A user's own code lies in packages in the project's root. The root comes last on the
path, so that it hides no installed package.
"""

import ast
import importlib
import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from components.core.errors import UsageError
from components.core.project import project_root

# Top-level packages of the distribution: a project's own must have other names.
OWN_PACKAGES: Final = ("components", "pipelines", "tfx_kfp")
# What code of a user's may raise: exit() in it must not end a run, and well at that.
FAILURES: Final = (Exception, SystemExit)


def import_object(path: str, where: str, kind: str = "a function") -> Any:
    """Import what a setting names.

    Args:
        path: Module and name in it, with dots.
        where: File and key of the setting, for messages.
        kind: What is expected, for messages. Defaults to a function.

    Raises:
        UsageError: There is no such module or name, or the module cannot be imported.
    """
    wanted = _Wanted(path, where, kind)
    try:
        with _no_bytecode():
            module = importlib.import_module(wanted.module)
    except ModuleNotFoundError as error:
        if error.name and f"{wanted.module}.".startswith(f"{error.name}."):
            raise wanted.error(f"no module {error.name}.") from None
        raise UsageError(f"{where}: {path} cannot be imported: {error}.") from error
    except FAILURES as error:
        reason = f"{type(error).__name__}: {error}"
        raise UsageError(f"{where}: {path} cannot be imported: {reason}.") from error
    if not hasattr(module, wanted.name):
        raise wanted.error(f"{wanted.module} has no {wanted.name}.")
    return getattr(module, wanted.name)


@contextmanager
def _no_bytecode() -> Iterator[None]:
    """Write no __pycache__ into the user's folder, which DVC would call a change."""
    before = sys.dont_write_bytecode
    sys.dont_write_bytecode = True
    try:
        yield
    finally:
        sys.dont_write_bytecode = before


def check_import_path(path: str, where: str, kind: str = "a function") -> None:
    """Check that there is what a setting names, without running its module.

    Args:
        path: Module and name in it, with dots.
        where: File and key of the setting, for messages.
        kind: What is expected, for messages. Defaults to a function.

    Raises:
        UsageError: There is no such module or name, or the module is no valid Python.
    """
    wanted = _Wanted(path, where, kind)
    try:
        # This imports the packages above it.
        with _no_bytecode():
            spec = importlib.util.find_spec(wanted.module)
    except ModuleNotFoundError as error:
        raise wanted.error(f"no module {error.name}.") from None
    except FAILURES as error:
        reason = f"{type(error).__name__}: {error}"
        raise UsageError(f"{where}: {path} cannot be imported: {reason}.") from error
    if spec is None:
        raise wanted.error(f"no module {wanted.module}.")
    if not spec.origin or not spec.origin.endswith(".py"):
        # A package without a file, or a module in another language.
        return
    try:
        tree = ast.parse(Path(spec.origin).read_bytes())
    except (SyntaxError, ValueError) as error:
        reason = f"{type(error).__name__}: {error}"
        raise UsageError(f"{where}: {path} cannot be imported: {reason}.") from None
    if wanted.name not in (names := _names(tree)) and not names & {"*", "__getattr__"}:
        raise wanted.error(f"{wanted.module} has no {wanted.name}.")


class _Wanted:
    """What a setting names, and the words for a setting that names nothing."""

    def __init__(self, path: str, where: str, kind: str) -> None:
        self.module, _, self.name = path.rpartition(".")
        self._path = path
        self._where = f"{where}: expected the import path of {kind}, such as "
        self._root = project_root()
        if not self.module:
            raise UsageError(f"{self._where}mine.model.name.\nReceived {path!r}.")
        add_to_path(self._root)

    def error(self, reason: str) -> UsageError:
        """The error, with the reason and a remedy."""
        hint = _remedy(self.module, self._root)
        received = f"Received {self._path!r}: {reason}{hint}"
        return UsageError(f"{self._where}mine.model.name.\n{received}")


def _names(tree: ast.Module) -> set[str]:
    """Names that a module has; `*` among them if it imports all of another."""
    names: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                names.add(node.name)
            case ast.Name(ctx=ast.Store()):
                names.add(node.id)
            case ast.alias():
                names.add(node.asname or node.name)
    return names


def add_to_path(root: Path) -> None:
    """Put the project's root at the end of the path, if it is not on it."""
    if str(root) not in sys.path:
        sys.path.append(str(root))


def _remedy(module_name: str, root: Path) -> str:
    top = module_name.partition(".")[0]
    if top in OWN_PACKAGES and (root / top).is_dir():
        return (
            f"\n{top!r} is a package of prodl and hides the folder {root / top}: move "
            "your code into a folder of another name."
        )
    return f"\nYour own modules are looked for in {root}."
