# SPDX-License-Identifier: Apache-2.0
"""Code fingerprints: hashes of source code that are part of TFX's cache keys.

TFX's cache key holds only the *name* of a function given by its import path. The
fingerprint covers the source of every module of this distribution and of the user's
project that the function's module imports, transitively, and the versions of the
libraries that influence its results. Sources are found as Python would find them, and
read as syntax trees: nothing is executed.
"""

import ast
import hashlib
import sys
from collections.abc import Iterator
from functools import cache
from importlib.machinery import ModuleSpec, PathFinder
from importlib.metadata import packages_distributions, version
from pathlib import Path
from typing import Final

from components.core.errors import UsageError
from components.core.import_path import OWN_PACKAGES
from components.core.project import project_root

# The folder of our own packages: the checkout, or site-packages.
PROJECT_ROOT = Path(__file__).resolve().parents[1]
# Variable of a Pod: `code_identity` of the code that compiled its specification.
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
# A folder with this file is a virtual environment.
_ENVIRONMENT_MARK: Final = "pyvenv.cfg"
# Top-level modules that were found outside of a root: asked for each import of each
# module, and what is installed stays so.
_ELSEWHERE: Final[set[tuple[str, Path]]] = set()


def source_fingerprint(*names: str) -> str:
    """Hash the source of modules and of their imports, and the library versions.

    Args:
        names: Dotted names of modules, or of functions or classes in them: ours, the
            user's, or of an installed package, of which the version counts.

    Raises:
        UsageError: If there is no such module.
    """
    modules = {_named_module(name) for name in names}
    digest = hashlib.sha256()
    for module in sorted(_closure({m for m in modules if _is_followed(m)})):
        digest.update(module.encode())
        digest.update(_source_file(module).read_bytes())
    for library in LIBRARIES:
        digest.update(f"{library}=={version(library)}".encode())
    for module in sorted(m for m in modules if not _is_followed(m)):
        digest.update(f"{module} of {_distribution(module)}".encode())
    return digest.hexdigest()


def project_fingerprint() -> str:
    """Hash all source of this distribution and the library versions."""
    digest = hashlib.sha256()
    for file in sorted(_own_files()):
        digest.update(file.relative_to(PROJECT_ROOT).as_posix().encode())
        digest.update(file.read_bytes())
    for library in LIBRARIES:
        digest.update(f"{library}=={version(library)}".encode())
    return digest.hexdigest()


def code_identity(*names: str) -> str:
    """What a container's code must equal: fingerprints, and what they are taken of.

    Args:
        names: Import paths of the user's code that a recipe names; none for a recipe
            of ours alone.

    Returns:
        `project_fingerprint()` and, if there are names, the fingerprint of the user's
        code and the names, separated by blanks.

    Raises:
        UsageError: If a name is of no module.
    """
    code = project_fingerprint()
    return " ".join([code, source_fingerprint(*names), *names]) if names else code


def named_in(identity: str) -> list[str]:
    """The names that an identity of code was taken of."""
    return identity.split()[2:]


def renderer_modules() -> tuple[str, ...]:
    """Names of the modules that make sections of a page; steps do not import them."""
    components = PROJECT_ROOT / "components"
    files = [f for name in RENDERERS for f in components.rglob(name)]
    paths = (file.relative_to(PROJECT_ROOT).with_suffix("") for file in files)
    return tuple(sorted(".".join(path.parts) for path in paths))


def module_of(dotted: str) -> str:
    """The module of a dotted name: itself, or its parent for a function."""
    return dotted if _exists(dotted) else dotted.rpartition(".")[0]


def imported_modules(module: str) -> set[str]:
    """The modules of ours and of the user's that a module imports, at its top or later.

    Args:
        module: Its dotted name.
    """
    file = _source_file(module)
    package = module if file.name == "__init__.py" else module.rpartition(".")[0]
    found: set[str] = set()
    for name in _imported_names(file.read_bytes(), package):
        if _is_followed(name):
            found |= _with_packages(module_of(name))
    return {name for name in found if _exists(name)}


def is_user_code(name: str) -> bool:
    """Whether a dotted name is of a module in the project's root that is not installed.

    Args:
        name: Of a module, or of something in it.
    """
    top = name.partition(".")[0]
    return top not in OWN_PACKAGES and _user_folder(top) is not None


def names_user_code(name: str) -> bool:
    """Whether a dotted name is of a module of the user's that exists, or of a part.

    A text such as `data.csv` is none, although the project has a folder `data`.
    """
    return is_user_code(name) and _exists(module_of(name))


def _closure(modules: set[str]) -> set[str]:
    seen: set[str] = set()
    waiting = {m for module in modules for m in _with_packages(module)}
    while waiting:
        module = waiting.pop()
        seen.add(module)
        waiting |= imported_modules(module) - seen
    return seen


def _named_module(name: str) -> str:
    """The module of a name that a setting holds."""
    module = module_of(name)
    if not _exists(module) and (_is_followed(name) or not _distribution(module)):
        raise UsageError(
            f"the settings name {name}, but there is no module {module}.\n"
            f"Your own modules are looked for in {project_root()}: write it, or "
            "correct the name."
        )
    return module


def _with_packages(module: str) -> set[str]:
    """A module and, of the user's, the packages around it: they are executed too.

    Ours hold no code.
    """
    if not is_user_code(module):
        return {module}
    parts = module.split(".")
    names = {".".join(parts[:end]) for end in range(1, len(parts) + 1)}
    return {name for name in names if _exists(name)}


def _is_followed(name: str) -> bool:
    return name.partition(".")[0] in OWN_PACKAGES or is_user_code(name)


def _imported_names(source: bytes, package: str) -> Iterator[str]:
    for level, module, names in _imports(source):
        # As Python does: a dot is the package itself, each further one its parent.
        base = package.rsplit(".", level - 1)[0] if level else ""
        prefix = ".".join(part for part in (base, module) if part)
        yield from (f"{prefix}.{name}" if prefix else name for name in names)


@cache
def _imports(source: bytes) -> tuple[tuple[int, str, tuple[str, ...]], ...]:
    """The import statements of a module: dots, module and names of each.

    By its bytes, so that what is remembered can never be of an earlier version.
    """
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found.append((0, "", tuple(alias.name for alias in node.names)))
        elif isinstance(node, ast.ImportFrom):
            names = tuple(alias.name for alias in node.names)
            found.append((node.level, node.module or "", names))
    return tuple(found)


def _exists(module: str) -> bool:
    return _is_followed(module) and _source_file(module).is_file()


def _source_file(module: str) -> Path:
    """The file of a module of ours or of the user's, which need not exist."""
    top, _, _ = module.partition(".")
    folder = PROJECT_ROOT if top in OWN_PACKAGES else _user_folder(top)
    path = (folder or project_root()).joinpath(*module.split("."))
    file = path.with_suffix(".py")
    # As Python does: a package, then a module, then a folder without __init__.py.
    is_package = path.is_dir() and (
        (path / "__init__.py").exists() or not file.exists()
    )
    return path / "__init__.py" if is_package else file


def _own_files() -> Iterator[Path]:
    for package in OWN_PACKAGES:
        yield from (PROJECT_ROOT / package).rglob("*.py")


def _user_folder(top: str) -> Path | None:
    """The folder that holds a user's top-level module or package; None if none does.

    The project's root is the last place on the path: what is installed wins.
    """
    root = project_root()
    if not top or top in sys.stdlib_module_names or (top, root) in _ELSEWHERE:
        return None
    spec = _find_spec(top)
    folder = _folder_of(spec or PathFinder.find_spec(top, [str(root)]))
    if folder and _is_code_below(root, folder):
        return folder
    if spec:
        _ELSEWHERE.add((top, root))
    return None


def _folder_of(spec: ModuleSpec | None) -> Path | None:
    """The folder that a top-level module or package lies in."""
    if spec is None:
        return None
    # A package without __init__.py has no origin.
    places = list(spec.submodule_search_locations or ())
    file = places[0] if places else spec.origin if spec.has_location else None
    return Path(file).absolute().parent if file else None


def _is_code_below(root: Path, folder: Path) -> bool:
    """Whether a folder is below a root, and in no virtual environment there."""
    if not folder.is_relative_to(root) or "site-packages" in folder.parts:
        return False
    inside = [path for path in (folder, *folder.parents) if path.is_relative_to(root)]
    return not any((path / _ENVIRONMENT_MARK).exists() for path in inside)


def _find_spec(top: str) -> ModuleSpec | None:
    """How Python would find a top-level module that is not imported yet.

    `importlib.util.find_spec` would answer for the module that is imported already,
    which may be of another project.
    """
    for finder in sys.meta_path:
        find = getattr(finder, "find_spec", None)
        if find and (spec := find(top, None)):
            found: ModuleSpec = spec
            return found
    return None


def _distribution(module: str) -> str:
    """Name and version of what a module was installed with; "" if it was not."""
    top = module.partition(".")[0]
    names = packages_distributions().get(top, [])
    return ", ".join(f"{name}=={version(name)}" for name in sorted(set(names)))
