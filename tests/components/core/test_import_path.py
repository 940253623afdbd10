# SPDX-License-Identifier: Apache-2.0
"""Own functions are found in the project's root, and hide nothing that is installed."""

import sys
from pathlib import Path

import pytest

from components.core.errors import UsageError
from components.core.import_path import check_import_path, import_object


@pytest.fixture(autouse=True)
def _root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PRODL_ROOT", str(tmp_path))
    monkeypatch.setattr(sys, "path", list(sys.path))
    return tmp_path


def _write(root: Path, name: str, text: str) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_function_of_the_project_is_found(tmp_path: Path) -> None:
    _write(tmp_path, "own_found/model.py", "def build():\n    return 3\n")
    assert import_object("own_found.model.build", "params.yaml")() == 3
    assert sys.path[-1] == str(tmp_path)


def test_import_leaves_the_users_folder_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    _write(tmp_path, "own_clean/model.py", "def build():\n    return 3\n")
    import_object("own_clean.model.build", "params.yaml")
    assert [path.name for path in (tmp_path / "own_clean").iterdir()] == ["model.py"]
    assert not sys.dont_write_bytecode


def test_missing_module_is_named_with_the_place(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"^params.yaml, x: .*\n.*no module own_none"):
        import_object("own_none.model.build", "params.yaml, x")


def test_missing_name_is_named(tmp_path: Path) -> None:
    _write(tmp_path, "own_empty.py", "")
    with pytest.raises(UsageError, match="own_empty has no build"):
        import_object("own_empty.build", "params.yaml")


def test_error_inside_of_the_module_is_shown(tmp_path: Path) -> None:
    _write(tmp_path, "own_broken.py", "import nothing_of_this_name\n")
    with pytest.raises(UsageError, match="cannot be imported: No module named"):
        import_object("own_broken.build", "params.yaml")


def test_script_that_ends_itself_ends_no_run(tmp_path: Path) -> None:
    _write(tmp_path, "own_script.py", "import sys\nsys.exit(0)\n")
    with pytest.raises(UsageError, match="cannot be imported: SystemExit: 0"):
        import_object("own_script.build", "params.yaml")


def test_folder_with_the_name_of_our_package_gets_one_sentence(tmp_path: Path) -> None:
    _write(tmp_path, "components/model.py", "def build():\n    return 3\n")
    with pytest.raises(UsageError, match="hides the folder .*another name"):
        import_object("components.model.build", "params.yaml")


def test_name_is_found_without_running_the_module(tmp_path: Path) -> None:
    lines = ["from os import path as where", "if True:", "    late = 3"]
    _write(tmp_path, "own_lazy/a.py", "\n".join(["raise SystemExit", *lines]))
    _write(tmp_path, "own_lazy/b.py", "from json import *\n")
    for path in ("own_lazy.a.late", "own_lazy.a.where", "own_lazy.b.dumps"):
        check_import_path(path, "params.yaml")
    with pytest.raises(UsageError, match=r"own_lazy\.a has no path"):
        check_import_path("own_lazy.a.path", "params.yaml")


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("build", "expected the import path of a function"),
        ("own_nowhere.model.build", "no module own_nowhere"),
        ("own_typo.absent.build", "no module own_typo.absent"),
        ("own_typo.model.build", "cannot be imported: SyntaxError"),
        ("components.absent.build", "no module components.absent"),
    ],
)
def test_path_that_leads_nowhere_is_refused_unimported(
    tmp_path: Path, path: str, reason: str
) -> None:
    _write(tmp_path, "own_typo/model.py", "def build(:\n")
    with pytest.raises(UsageError, match=reason):
        check_import_path(path, "params.yaml")
