# SPDX-License-Identifier: Apache-2.0
"""What fills an image: its unpacked size, by part."""

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

PACKAGES = "opt/venv/lib/python3.11/site-packages/"
LISTED = 15
BYTECODE = "bytecode of all packages"


def sizes(root: Path) -> Counter[str]:
    """Return the bytes of each part of an image: of a package, or of a folder.

    Args:
        root: The unpacked image. A file with several names counts once.
    """
    found: Counter[str] = Counter()
    seen = set()
    for path, status in _files(root):
        if (status.st_dev, status.st_ino) not in seen:
            seen.add((status.st_dev, status.st_ino))
            found[_part(path.relative_to(root).as_posix())] += status.st_size
    return found


def table(found: Counter[str], listed: int = LISTED) -> str:
    """Format the largest parts in Markdown, and the sum.

    Args:
        found: Part -> bytes.
        listed: Number of parts with a row of their own. Defaults to 15.
    """
    rows = [(f"`{part}`", size) for part, size in found.most_common(listed)]
    rows = [(part.strip("`") if BYTECODE in part else part, s) for part, s in rows]
    total = found.total()
    rest = total - sum(size for _, size in rows)
    rows += [(f"{len(found) - len(rows)} others", rest), ("all", total)]
    lines = ["| part | MB |", "| --- | ---: |"]
    lines += [f"| {part} | {size / 1e6:,.0f} |" for part, size in rows]
    return "\n".join(lines)


def _files(root: Path) -> Iterator[tuple[Path, os.stat_result]]:
    for folder, _, names in os.walk(root):
        for name in names:
            path = Path(folder, name)
            yield path, path.lstat()


def _part(path: str) -> str:
    if path.startswith(PACKAGES):
        inner = PurePosixPath(path.removeprefix(PACKAGES))
        return BYTECODE if "__pycache__" in inner.parts else inner.parts[0]
    return "/" + "/".join(PurePosixPath(path).parts[:2])
