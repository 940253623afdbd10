# SPDX-License-Identifier: Apache-2.0
"""Functions and classes that settings name by import path: `mine.model.build_model`.

A user's own code lies in packages in the project's root. The root comes last on the
path, so that it hides no installed package.
"""

import importlib
import sys
from pathlib import Path
from typing import Any, Final

from components.core.errors import UsageError
from components.core.project import project_root

# Top-level packages of the distribution: a project's own must have other names.
OWN_PACKAGES: Final = ("components", "pipelines", "tfx_kfp")

# Python's option -P for all that a process starts: modules are not looked for in the
# current folder, which may hold packages of the same names as ours.
SAFE_PATH_VARIABLE: Final = "PYTHONSAFEPATH"


def import_object(path: str, where: str, kind: str = "a function") -> Any:
    """Import what a setting names.

    Args:
        path: Module and name in it, with dots.
        where: File and key of the setting, for messages.
        kind: What is expected, for messages. Defaults to a function.

    Raises:
        UsageError: There is no such module or name, or the module cannot be imported.
    """
    module_name, _, name = path.rpartition(".")
    expected = f"{where}: expected the import path of {kind}, such as mine.model.name."
    if not module_name:
        raise UsageError(f"{expected}\nReceived {path!r}.")
    root = project_root()
    add_to_path(root)
    try:
        module = importlib.import_module(module_name)
        return getattr(module, name)
    except ModuleNotFoundError as error:
        if error.name and f"{module_name}.".startswith(f"{error.name}."):
            hint = _remedy(module_name, root)
            message = f"{expected}\nReceived {path!r}: no module {error.name}.{hint}"
            raise UsageError(message) from None
        raise UsageError(f"{where}: {path} cannot be imported: {error}.") from error
    except AttributeError:
        hint = _remedy(module_name, root)
        message = f"{expected}\nReceived {path!r}: {module_name} has no {name}.{hint}"
        raise UsageError(message) from None
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
        raise UsageError(f"{where}: {path} cannot be imported: {reason}.") from error


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
