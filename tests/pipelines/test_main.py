# SPDX-License-Identifier: Apache-2.0
"""The command line: quick to answer, clear when it cannot."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.project import Project

HEAVY = ("tensorflow", "tfx", "keras", "great_expectations", "apache_beam", "pandas")


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys; from pipelines.__main__ import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        f"print('heavy:', [m for m in {HEAVY!r} if m in sys.modules])"
    )
    output = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout
    assert "heavy: []" in output
    for verb in ("run", "validate", "publish", "report", "trace", "predict", "fetch"):
        assert f"\n  {verb} " in output


@pytest.mark.parametrize(
    ("arguments", "exit_code", "message"),
    [
        (("run", "mnist-cn"), 2, "Did you mean 'mnist-cnn'"),
        (("validate", "mnits"), 2, "Did you mean 'mnist'"),
        (("publish", "mnist-cnn"), 2, "prodl run mnist-cnn"),
        (("report", "mnist-cnn"), 2, "prodl run mnist-cnn"),
        (("trace", "mnist-cnn"), 2, "dvc repro publish@mnist-cnn"),
        (("validate", "mnist"), 3, "prodl fetch mnist"),
        (("frobnicate",), 2, "No such command"),
    ],
)
def test_wrong_use_is_told_with_the_right_command(
    tmp_path: Path, arguments: tuple[str, ...], exit_code: int, message: str
) -> None:
    project = _empty_project(tmp_path)
    completed = project.prodl(*arguments)
    assert completed.returncode == exit_code
    assert message in completed.stderr
    assert "Traceback" not in completed.stderr


def _empty_project(folder: Path) -> Project:
    from pipelines.fingerprint import PROJECT_ROOT

    for name in ("params.yaml", "data", "components", "pipelines"):
        if name == "data":
            (folder / name).mkdir()
            for dataset in ("mnist", "alice", "cats_dogs", "cervix"):
                (folder / name / dataset).symlink_to(PROJECT_ROOT / name / dataset)
        else:
            (folder / name).symlink_to(PROJECT_ROOT / name)
    return Project(folder)
