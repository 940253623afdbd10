# SPDX-License-Identifier: Apache-2.0
"""The user's own code that a recipe names, and the checks of its data."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from components.core.yaml_files import load_yaml
from pipelines.config import RecipeConfig
from pipelines.fingerprint import names_user_code

_IMPORT_PATH: Final = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)+", re.ASCII)


def find_own_code(root: Path, recipe: RecipeConfig) -> tuple[str, ...]:
    """Find the import paths of the user's code: network, preprocessing, metrics, ...

    Whatever key names it: every text that is the path of something in a module below
    the project's root.

    Args:
        root: The project's root folder.
        recipe: The recipe.
    """
    expectations = root / "data" / recipe.dataset / "expectations.yaml"
    settings = [
        asdict(recipe),
        load_yaml(expectations) if expectations.exists() else {},
    ]
    names = {text for text in _texts(settings) if _IMPORT_PATH.fullmatch(text)}
    return tuple(sorted(name for name in names if names_user_code(name)))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _texts(key)
            yield from _texts(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _texts(inner)
