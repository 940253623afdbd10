# SPDX-License-Identifier: Apache-2.0
"""A specification from elsewhere is executed only after somebody agreed to it."""

from io import StringIO
from pathlib import Path

import pytest
import yaml

from components.core.errors import UsageError
from pipelines.emulator.emulate import emulate
from pipelines.kubeflow.compile import write_specification
from pipelines.kubeflow.compiled_files import was_compiled_here
from pipelines.kubeflow.options import CompileOptions

pytestmark = pytest.mark.cluster

RECIPE = "mnist-cnn"
# A name with which a terminal would show another one.
COMMAND = ["sh", "-c", "touch ran; : \x1b[2Kharmless"]


class Terminal(StringIO):
    """A terminal at which somebody has typed an answer."""

    def isatty(self) -> bool:
        """It is one."""
        return True


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty state folder."""
    monkeypatch.setenv("PRODL_HOME", str(tmp_path / "state"))
    monkeypatch.setattr("sys.stdin", StringIO())
    return tmp_path / "state"


@pytest.fixture
def foreign(tmp_path: Path) -> Path:
    """A specification of somebody else, whose first step leaves a trace."""
    return _write(tmp_path / "foreign.yaml", RECIPE)


def _write(file: Path, pipeline: str) -> Path:
    text = {"parameterType": "STRING"}
    values = {"dataset": "mnist", "raw_folder": "x", "variant": "official"}
    values |= {"content_sha256": "0", "dvc_md5": "0"}
    given = {n: {"runtimeValue": {"constant": v}} for n, v in values.items()}
    container = {"image": "x", "command": COMMAND}
    document = {
        "schemaVersion": "2.1.0",
        "pipelineInfo": {"name": pipeline},
        "deploymentSpec": {"executors": {"acquire": {"container": container}}},
        "components": {
            "Acquire": {
                "executorLabel": "acquire",
                "inputDefinitions": {"parameters": dict.fromkeys(values, text)},
            }
        },
        "root": {
            "dag": {
                "tasks": {
                    "Acquire": {
                        "taskInfo": {"name": "Acquire"},
                        "componentRef": {"name": "Acquire"},
                        "inputs": {"parameters": given},
                    }
                }
            }
        },
    }
    file.write_text(yaml.safe_dump(document))
    return file


def _ran(state: Path) -> bool:
    """Whether the command was executed, in the folder in place of the image."""
    return (state / "emulator" / "image" / "ran").exists()


def test_without_a_terminal_it_is_refused_with_its_commands(
    state: Path, foreign: Path
) -> None:
    with pytest.raises(UsageError, match="repeat with --yes") as error:
        emulate(str(foreign), CompileOptions(), {})
    assert error.value.exit_code == 2
    assert r"Acquire: sh -c 'touch ran; : \x1b[2Kharmless'" in str(error.value)
    assert not _ran(state)


@pytest.mark.parametrize(("answer", "runs"), [("y\n", True), ("\n", False)])
def test_at_a_terminal_the_answer_decides(
    state: Path,
    foreign: Path,
    answer: str,
    runs: bool,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("sys.stdin", Terminal(answer))
    if runs:
        emulate(str(foreign), CompileOptions(), {})
    else:
        with pytest.raises(UsageError, match="not executed"):
            emulate(str(foreign), CompileOptions(), {})
    assert "touch ran" in capsys.readouterr().out
    assert _ran(state) == runs


def test_consent_may_be_given_beforehand(state: Path, foreign: Path) -> None:
    emulate(str(foreign), CompileOptions(), {}, is_trusted=True)
    assert _ran(state)


@pytest.mark.parametrize("pipeline", ["mnist-cn", "../../escaped"])
def test_unknown_recipe_is_refused_before_anything_runs(
    state: Path, tmp_path: Path, pipeline: str
) -> None:
    file = _write(tmp_path / "unknown.yaml", pipeline)
    with pytest.raises(UsageError, match=r"unknown recipe|expected a name"):
        emulate(str(file), CompileOptions(), {}, is_trusted=True)
    assert not _ran(state)


def test_compiled_file_is_known_until_it_is_edited(state: Path, tmp_path: Path) -> None:
    file = tmp_path / "compiled.yaml"
    write_specification(RECIPE, file)
    assert was_compiled_here(state, file)
    file.write_text(file.read_text() + "# edited\n")
    assert not was_compiled_here(state, file)
