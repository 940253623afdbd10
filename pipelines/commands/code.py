# SPDX-License-Identifier: Apache-2.0
"""`prodl code`: the installed code as a file that DVC compares."""

from dataclasses import asdict
from pathlib import Path
from typing import Final

import click

from components.core.errors import DamagedFile
from components.core.json_files import read_json_record, write_json
from components.core.project import project_root
from pipelines.code_version import CodeVersion, installed_code, version_changes

CODE_FILE: Final = "reports/code.json"
_REMEDY: Final = "It is written again."


@click.command()
def command() -> None:
    """Write the versions of prodl and its libraries for DVC."""
    click.echo(write_code(project_root()))


def write_code(root: Path) -> str:
    """Write `reports/code.json`; equal code gives equal bytes.

    Args:
        root: The project's root folder.

    Returns:
        What changed, in one line.
    """
    path, code = root / CODE_FILE, installed_code()
    before = _read(path)
    write_json(path, asdict(code))
    if before is None or before == code:
        return f"prodl {code.prodl}{', as before' if before else ''}"
    changes = version_changes(before, code)
    return "; ".join(changes) or f"prodl {code.prodl}, its code changed"


def _read(path: Path) -> CodeVersion | None:
    try:
        return read_json_record(CodeVersion, path, _REMEDY)
    except DamagedFile:
        return None
