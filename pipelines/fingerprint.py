# SPDX-License-Identifier: Apache-2.0
"""Code fingerprints: hashes of source code that are part of TFX's cache keys.

TFX's cache key holds only the *name* of a function given by its import path. The
fingerprint covers the source of every project module that the function's module
imports, transitively, and the versions of the libraries that influence its results.
"""

import ast
import hashlib
from collections.abc import Iterator
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Final

PROJECT_ROOT = Path(__file__).resolve().parents[1]
PROJECT_PACKAGES = ("components", "pipelines", "tfx_kfp")
# Variable of a Pod: project fingerprint of the code that compiled its specification.
CODE_VARIABLE: Final = "PRODL_CODE"
# Files of the modules that a step names as the renderer of its data.
RENDERERS: Final = ("section.py", "page.py")
LIBRARIES = (
    "apache-beam",
    "great-expectations",
    "keras",
    "numpy",
    "pillow",
    "scikit-learn",
    "scipy",
    "tensorflow",
    "tensorflow-data-validation",
    "tensorflow-model-analysis",
    "tensorflow-transform",
    "tfx",
)


@cache
def source_fingerprint(*modules: str) -> str:
    """Hash the source of modules and of their imports, and the library versions.

    The imports are read from the syntax tree; nothing is executed.

    Args:
        modules: Dotted names of project modules, or of functions in them.
    """
    digest = hashlib.sha256()
    for module in sorted(_closure({module_of(name) for name in modules})):
        digest.update(module.encode())
        digest.update(_source_file(module).read_bytes())
    for library in LIBRARIES:
        digest.update(f"{library}=={version(library)}".encode())
    return digest.hexdigest()


@cache
def project_fingerprint() -> str:
    """Hash all source of the project and the library versions."""
    files = [f for p in PROJECT_PACKAGES for f in (PROJECT_ROOT / p).rglob("*.py")]
    digest = hashlib.sha256()
    for file in sorted(files):
        digest.update(file.relative_to(PROJECT_ROOT).as_posix().encode())
        digest.update(file.read_bytes())
    for library in LIBRARIES:
        digest.update(f"{library}=={version(library)}".encode())
    return digest.hexdigest()


def renderer_modules() -> tuple[str, ...]:
    """Names of the modules that make sections of a page; steps do not import them."""
    components = PROJECT_ROOT / "components"
    files = [f for name in RENDERERS for f in components.rglob(name)]
    paths = (file.relative_to(PROJECT_ROOT).with_suffix("") for file in files)
    return tuple(sorted(".".join(path.parts) for path in paths))


def module_of(dotted: str) -> str:
    """The module of a dotted name: itself, or its parent for a function."""
    return dotted if _source_file(dotted).exists() else dotted.rpartition(".")[0]


def imported_modules(module: str) -> set[str]:
    """The project modules that a module imports, at its top or inside functions."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(_source_file(module).read_bytes())):
        for name in _imported_names(node):
            if name.split(".")[0] in PROJECT_PACKAGES:
                found.add(module_of(name))
    return found


def _closure(modules: set[str]) -> set[str]:
    seen: set[str] = set()
    waiting = set(modules)
    while waiting:
        module = waiting.pop()
        seen.add(module)
        waiting |= imported_modules(module) - seen
    return seen


def _imported_names(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
        yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _source_file(module: str) -> Path:
    path = PROJECT_ROOT.joinpath(*module.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
