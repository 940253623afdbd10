# SPDX-License-Identifier: Apache-2.0
"""Files beside the code that a wheel holds too: in the checkout they have other places.

setup.py copies them into the wheel, so each has one source.
"""

from pathlib import Path
from typing import Final

from pipelines.fingerprint import PROJECT_ROOT

# In the wheel alone; setup.py has the same name.
FOLDER: Final = Path(__file__).with_name("built_in")


def built_in_file(name: str) -> Path:
    """Find a file that belongs to this version of prodl.

    Args:
        name: Its path in the checkout.
    """
    packaged = FOLDER / Path(name).name
    return packaged if packaged.exists() else PROJECT_ROOT / name


def is_checkout(root: Path) -> bool:
    """Whether a project's root is the checkout that the code runs from.

    Args:
        root: The project's root folder.
    """
    return root.resolve() == PROJECT_ROOT
