# SPDX-License-Identifier: Apache-2.0
"""Which specifications this project compiled, by the sha256 of their bytes.

Executing a specification executes its commands. Those of a file that this project
compiled are its own; a file from elsewhere, or one that was edited, has another hash.
"""

from pathlib import Path
from typing import Final

from components.core.files import write_text
from components.core.hashing import file_sha256

# Folder of the state with one file per specification, named by its hash.
FOLDER: Final = "compiled"


def record_compiled(state: Path, path: Path, recipe: str) -> None:
    """Remember a specification that was just written.

    Args:
        state: The state folder.
        path: The specification.
        recipe: Name of its recipe.
    """
    write_text(state / FOLDER / file_sha256(path), f"{recipe}\n")


def was_compiled_here(state: Path, path: Path) -> bool:
    """Whether a file has the bytes of a specification that this project compiled.

    Args:
        state: The state folder.
        path: The file.
    """
    return (state / FOLDER / file_sha256(path)).is_file()
