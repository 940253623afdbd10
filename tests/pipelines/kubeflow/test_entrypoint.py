# SPDX-License-Identifier: Apache-2.0
"""What the container's entrypoint does to TFX's executor, apart from running it."""

import json
from pathlib import Path

import pytest

from pipelines.fingerprint import code_identity, project_fingerprint
from pipelines.kubeflow.entrypoint import main
from tfx_kfp.uris import to_folder


@pytest.mark.parametrize("code", [None, "0" * 64])
def test_other_code_is_refused_before_anything_runs(
    code: str | None,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    if code:
        monkeypatch.setenv("PRODL_CODE", code)
    else:
        monkeypatch.delenv("PRODL_CODE", raising=False)
    assert main(_arguments({})) == 2
    assert "compiled from other code" in capsys.readouterr().err


def test_other_code_of_the_user_is_refused(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("PRODL_ROOT", str(tmp_path))
    (tmp_path / "mine").mkdir()
    model = tmp_path / "mine" / "model.py"
    model.write_text("SIZE = 1")
    monkeypatch.setenv("PRODL_CODE", code_identity("mine.model.build_model"))
    model.write_text("SIZE = 2")
    assert main(_arguments({})) == 2
    assert "compiled from other code" in capsys.readouterr().err


def test_error_of_a_step_gives_the_exit_code_of_prodl(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PRODL_CODE", project_fingerprint())
    artifact = {"artifacts": [{"uri": "oci://image", "type": {}}]}
    invocation = {
        "inputs": {"artifacts": {"model": artifact}},
        "outputs": {"outputFile": "/minio/mlpipeline/output_metadata.json"},
    }
    assert main(_arguments(invocation)) == 2
    assert "prodl: artifact oci://image" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["no json", "[]", "{}", '{"outputs": {}}', "3"])
def test_what_is_no_executor_input_is_refused(
    text: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PRODL_CODE", project_fingerprint())
    arguments = _arguments({})
    arguments[3] = text
    assert main(arguments) == 2
    assert "prodl: expected an ExecutorInput" in capsys.readouterr().err


@pytest.mark.cluster
def test_step_runs_although_the_driver_adds_a_log_artifact(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The outputs are those that KFP 2.16.1's driver provisions for this step."""
    monkeypatch.setenv("PRODL_CODE", project_fingerprint())
    monkeypatch.setenv("TFX_KFP_LAUNCHER_ROOT", str(tmp_path))
    task = "minio://mlpipeline/v2/artifacts/mnist-cnn/run/ProvideSchema/7"
    schema_type = {"instanceSchema": "title: tfx.Schema\ntype: object\n"}
    outputs = {
        "schema": _output("schema", schema_type, f"{task}/schema"),
        "executor-logs": _output(
            "executor-logs",
            {"schemaTitle": "system.Artifact"},
            f"{task}/executor-logs",
        ),
    }
    folder = Path(to_folder(task))
    folder.mkdir(parents=True)
    output_file = folder / "output_metadata.json"
    values = {
        "schema_text": "feature { name: 'image' type: BYTES }",
        "code_fingerprint": "0",
    }
    invocation: dict[str, object] = {
        "inputs": {"parameterValues": values},
        "outputs": {"artifacts": outputs, "outputFile": str(output_file)},
    }
    executor = "components.validation.component.ProvideSchema_Executor"
    assert main(_arguments(invocation, executor)) == 0
    told = json.loads(output_file.read_text())["artifacts"]
    assert list(told) == ["schema"]
    assert told["schema"]["artifacts"][0]["uri"] == f"{task}/schema"


def _output(name: str, artifact_type: dict[str, str], uri: str) -> dict[str, object]:
    return {"artifacts": [{"name": name, "type": artifact_type, "uri": uri}]}


def _arguments(
    invocation: dict[str, object], executor: str = "components.nothing.Executor"
) -> list[str]:
    return [
        *("--executor_class_path", executor),
        *("--json_serialized_invocation_args", json.dumps(invocation)),
        *("--json_serialized_inputs_spec_args", "{}"),
        "--runner=FnApiRunner",
    ]
