# SPDX-License-Identifier: Apache-2.0
"""The command line: quick to answer, clear when it cannot."""

import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from components.core.import_path import OWN_PACKAGES
from pipelines.__main__ import main
from pipelines.fingerprint import PROJECT_ROOT
from tests.support.heavy_libraries import HEAVY
from tests.support.project import Project

# What the help of `prodl` itself needs of the project.
LIGHT = ("components.core.errors", "pipelines.__main__")
VERBS = (
    *("approve", "clean", "code", "compile", "doctor", "emulate", "fetch", "init"),
    *("list", "new"),
    *("predict", "publish", "report", "run", "sample", "submit", "trace", "validate"),
    "verify",
)


Answer = tuple[str, set[str]]


def _ask(*commands: Sequence[str]) -> list[Answer]:
    """Call `prodl` several times in one fresh process.

    Returns:
        Per command its output, and the modules that are loaded after it.
    """
    code = (
        "import sys; from pipelines.__main__ import main\n"
        f"for arguments in {[list(command) for command in commands]!r}:\n"
        "    try: main(arguments)\n"
        "    except SystemExit: pass\n"
        "    print('modules:', *sys.modules)"
    )
    output = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout
    answers = re.findall(r"(.*?)^modules: (.*?)\n", output, re.DOTALL | re.MULTILINE)
    return [(text, set(modules.split())) for text, modules in answers]


@pytest.fixture(scope="module")
def own_help() -> Answer:
    (answer,) = _ask(["--help"])
    return answer


@pytest.fixture(scope="module")
def helps() -> dict[str, Answer]:
    """The help of each verb; one that loads something heavy marks those after it."""
    return dict(zip(VERBS, _ask(*([verb, "--help"] for verb in VERBS)), strict=True))


def test_help_lists_every_verb_and_imports_none(own_help: Answer) -> None:
    output, modules = own_help
    lines = output.partition("Commands:\n")[2].splitlines()
    assert [line.split()[0] for line in lines] == list(VERBS)
    assert not modules & set(HEAVY)
    ours = {m for m in modules if m.startswith(("components.", "pipelines."))}
    assert ours <= {*LIGHT, "components.core"}


def test_help_of_a_verb_in_the_list_is_that_of_its_command(own_help: Answer) -> None:
    output, _ = own_help
    for verb, command in main.commands.items():
        # Of 78 columns the names and the margins take 14.
        assert f"  {verb:<8}  {command.get_short_help_str(64)}\n" in output


@pytest.mark.parametrize("verb", VERBS)
def test_help_of_a_verb_imports_nothing_heavy(
    helps: dict[str, Answer], verb: str
) -> None:
    output, modules = helps[verb]
    assert f" {verb} [OPTIONS]" in output.splitlines()[0]
    assert not modules & set(HEAVY)


def test_misspelt_recipe_is_refused_before_anything_heavy_is_imported() -> None:
    ((_, modules),) = _ask(["run", "mnist-cn"])
    assert "pipelines.config" in modules
    assert not modules & set(HEAVY)


NEW_VERB = '''
import click


@click.command()
@click.argument("name")
def command(name: str) -> None:
    """Greet NAME."""
    click.echo(f"hello {name}")
'''


# The commands run in a process with TensorFlow, although they need nothing of it.
@pytest.mark.slow
def test_new_verb_is_one_new_file(tmp_path: Path) -> None:
    project = _empty_project(tmp_path)
    (tmp_path / "pipelines").unlink()
    shutil.copytree(PROJECT_ROOT / "pipelines", tmp_path / "pipelines")
    (tmp_path / "pipelines" / "commands" / "greet.py").write_text(NEW_VERB)
    assert "\n  greet     Greet NAME.\n" in project.prodl("--help").stdout
    assert project.prodl("greet", "Ada").stdout == "hello Ada\n"


@pytest.mark.slow
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
    for name in ("params.yaml", "book", "data", *OWN_PACKAGES):
        if name == "data":
            (folder / name).mkdir()
            for dataset in ("mnist", "alice", "cats_dogs", "cervix"):
                (folder / name / dataset).symlink_to(PROJECT_ROOT / name / dataset)
        else:
            (folder / name).symlink_to(PROJECT_ROOT / name)
    return Project(folder)
