# SPDX-License-Identifier: Apache-2.0
"""Delete from the image's environment the files that no step needs.

    python drop.py /opt/venv/lib/python3.11/site-packages

Runs while the image is built, so it imports the standard library alone. It prints what
it deleted; a pattern that finds nothing any more is an error, since the package then
keeps such files elsewhere.
"""

import shutil
import sys
from pathlib import Path

# Below site-packages: pattern -> what it is.
DROPPED = {
    "tensorflow/include": "headers, to compile operations in C++",
    "clang/native": "a C++ parser that TensorFlow asks for and never imports",
    "tfx/components/testdata": "models and tables of TFX's own tests",
    "**/tests": "test suites of the packages",
    "**/*.a": "static libraries",
}


class PatternFindsNothing(Exception):
    """A listed pattern matches no file; the message says which."""


def drop(folder: Path) -> dict[str, int]:
    """Delete the listed files; return the bytes of each pattern.

    Args:
        folder: The environment's `site-packages`.

    Raises:
        PatternFindsNothing: If there is nothing to delete for one of them.
    """
    deleted = {}
    for pattern in DROPPED:
        found = [path for path in folder.glob(pattern) if not path.is_symlink()]
        if not found:
            raise PatternFindsNothing(
                f"expected files that match {pattern} in {folder}, none found.\n"
                "Change DROPPED in infra/image/drop.py: see where they are now."
            )
        # A folder of tests may hold another one, which goes with it.
        deleted[pattern] = sum(map(_delete, sorted(found)))
    return deleted


def _delete(path: Path) -> int:
    if path.is_dir():
        size = sum(file.lstat().st_size for file in path.rglob("*"))
        shutil.rmtree(path)
        return size
    size = path.lstat().st_size if path.exists() else 0
    path.unlink(missing_ok=True)
    return size


def main(folder: Path) -> None:
    """Delete the files and print a line for each pattern."""
    for pattern, size in drop(folder).items():
        print(f"dropped {size / 1e6:7.1f} MB  {pattern}: {DROPPED[pattern]}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
