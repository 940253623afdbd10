# SPDX-License-Identifier: Apache-2.0
"""A writer that dies at any of its system calls leaves the old outputs or the new."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from components.core.files import replace_atomically
from components.core.json_files import write_json
from pipelines.lock import outputs_lock

# What changes a folder: all that Python's own functions use.
CALLS = ("replace", "fsync", "mkdir", "rmdir", "unlink", "open")


def _write_outputs(root: Path, content: str) -> None:
    with outputs_lock(root, "prodl report x"):
        with replace_atomically(root / "reports" / "x") as folder:
            folder.mkdir()
            for name in ("index.html", "verdict.json"):
                (folder / name).write_text(content)
        write_json(root / "metrics" / "x.json", {"text": content})


def _read_outputs(root: Path) -> list[str]:
    files = [*root.glob("reports/x/*"), *root.glob("metrics/*.json")]
    return [file.read_text() for file in files]


def _die_at(number: int, work: Callable[[], None]) -> bool:
    """Do work in a process that dies before its n-th call; whether it came so far."""
    process = os.fork()
    if process == 0:
        _count_calls(number)
        work()
        os._exit(0)
    _, status = os.waitpid(process, 0)
    code = os.waitstatus_to_exitcode(status)
    assert code in (0, 9)
    return code == 9


def _count_calls(last: int) -> None:
    calls: list[str] = []

    def counted(name: str) -> Callable[..., Any]:
        call = getattr(os, name)

        def dying(*arguments: Any, **settings: Any) -> Any:
            calls.append(name)
            if len(calls) == last:
                os._exit(9)
            return call(*arguments, **settings)

        return dying

    for name in CALLS:
        setattr(os, name, counted(name))


def test_writer_that_dies_anywhere_leaves_old_or_new_outputs(tmp_path: Path) -> None:
    number, dies = 0, True
    while dies:
        number += 1
        root = tmp_path / str(number)
        _write_outputs(root, "old")
        dies = _die_at(number, lambda root=root: _write_outputs(root, "new"))
        with outputs_lock(root, "prodl report x"):
            pages = {p.read_text() for p in root.glob("reports/x/*")}
            assert pages in ({"old"}, {"new"})
            assert len(list(root.glob("reports/x/*"))) == 2
            assert (root / "metrics" / "x.json").exists()
        _write_outputs(root, "again")
        assert len(_read_outputs(root)) == 3
        assert all("again" in text for text in _read_outputs(root))
        assert not list(root.rglob(".*.part-*"))
        shutil.rmtree(root)
    assert number > 20


def test_file_of_a_writer_that_dies_is_the_old_or_the_new(tmp_path: Path) -> None:
    path, number, dies = tmp_path / "runs" / "x.json", 0, True
    while dies:
        number += 1
        write_json(path, "old")
        dies = _die_at(number, lambda: write_json(path, "new"))
        assert path.read_text() in ('"old"\n', '"new"\n')
    assert number > 3
