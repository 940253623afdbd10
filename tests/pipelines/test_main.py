# SPDX-License-Identifier: Apache-2.0
"""The command line: quick to answer, clear when it cannot."""

import subprocess
import sys
from pathlib import Path

import pytest

from pipelines.__main__ import main
from tests.support.project import Project

HEAVY = (
    *("tensorflow", "tfx", "keras", "great_expectations", "apache_beam", "pandas"),
    *("kfp", "ml_metadata", "scipy", "sklearn", "pyarrow"),
)
# What the help of `prodl` itself needs of the project.
LIGHT = ("components.core.errors", "pipelines.__main__")
VERBS = (
    *("clean", "compile", "complete", "denoise", "doctor", "emulate", "fetch"),
    *("predict", "publish", "report", "run", "sample", "submit", "trace", "validate"),
)


def _loaded_modules(*arguments: str) -> tuple[str, set[str]]:
    """Output of `prodl` in a process of its own, and the modules that it loaded."""
    code = (
        "import sys; from pipelines.__main__ import main\n"
        f"try: main({list(arguments)!r})\n"
        "except SystemExit: pass\n"
        "print('modules:', *sys.modules)"
    )
    output = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout
    text, _, modules = output.partition("modules: ")
    return text, set(modules.split())


def test_help_lists_every_verb_and_imports_none() -> None:
    output, modules = _loaded_modules("--help")
    listed = [line.split()[0] for line in output.partition("Commands:")[2].splitlines()]
    assert [verb for verb in listed if verb in VERBS] == list(VERBS)
    assert not modules & set(HEAVY)
    ours = {m for m in modules if m.startswith(("components.", "pipelines."))}
    assert ours <= {*LIGHT, "components.core"}


def test_help_of_a_verb_in_the_list_is_that_of_its_command() -> None:
    output, _ = _loaded_modules("--help")
    for verb, command in main.commands.items():
        assert f"  {verb:<8}  {command.get_short_help_str(61)}\n" in output


@pytest.mark.parametrize("verb", VERBS)
def test_help_of_a_verb_imports_nothing_heavy(verb: str) -> None:
    output, modules = _loaded_modules(verb, "--help")
    assert "Usage:" in output
    assert not modules & set(HEAVY)


def test_misspelt_recipe_is_refused_before_anything_heavy_is_imported() -> None:
    _, modules = _loaded_modules("run", "mnist-cn")
    assert "pipelines.config" in modules
    assert not modules & set(HEAVY)


@pytest.mark.parametrize(
    ("arguments", "exit_code", "message"),
    [
        (("run", "mnist-cn"), 2, "Did you mean 'mnist-cnn'"),
        (("validate", "mnits"), 2, "Did you mean 'mnist'"),
        (("publish", "mnist-cnn"), 2, "prodl run mnist-cnn"),
        (("report", "mnist-cnn"), 2, "prodl run mnist-cnn"),
        (("trace", "mnist-cnn"), 2, "dvc repro publish@mnist-cnn"),
        (("trace", "mnist-gan"), 2, "dvc repro book/dvc.yaml:publish@mnist-gan"),
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

    for name in ("params.yaml", "book", "data", "components", "pipelines"):
        if name == "data":
            (folder / name).mkdir()
            for dataset in ("mnist", "alice", "cats_dogs", "cervix"):
                (folder / name / dataset).symlink_to(PROJECT_ROOT / name / dataset)
        else:
            (folder / name).symlink_to(PROJECT_ROOT / name)
    return Project(folder)
