# SPDX-License-Identifier: Apache-2.0
"""Show what fails in tfx 1.21 on open-source Kubeflow Pipelines 2 (issue 7768).

    python reproduce.py

compiles a pipeline of two nodes and calls TFX's container entrypoint with what KFP's
driver hands to a step. No cluster is needed. Prints a line for each check; ends with 1
if one fails.
"""

import importlib
import json
import sys
import tempfile
from collections.abc import Callable
from contextlib import chdir
from pathlib import Path
from typing import Any

from tfx.dsl.component.experimental.annotations import (
    InputArtifact,
    OutputArtifact,
    OutputDict,
    Parameter,
)
from tfx.dsl.component.experimental.decorators import component
from tfx.orchestration.data_types import RuntimeParameter
from tfx.orchestration.kubeflow.v2 import kubeflow_v2_dag_runner
from tfx.orchestration.kubeflow.v2.container import kubeflow_v2_run_executor
from tfx.orchestration.pipeline import Pipeline
from tfx.types.standard_artifacts import Model

RUN = "minio://mlpipeline/v2/artifacts/reproduce/run"


@component
def Make(  # noqa: N802
    text: Parameter[str], model: OutputArtifact[Model]
) -> OutputDict(size=int):
    """Write a file."""
    Path(model.uri).mkdir(parents=True)
    Path(model.uri, "file").write_text(text)
    return {"size": len(text)}


@component
def Use(model: InputArtifact[Model], size: Parameter[int]) -> None:  # noqa: N802
    """Read the file."""
    read = len(Path(model.uri, "file").read_text())
    if read != size:
        raise ValueError(f"expected {size} letters, received {read}")


def main() -> int:
    """Run the checks."""
    specification = _compile()
    checks: dict[str, Callable[[], None]] = {
        "a parameter keeps its default": lambda: _check_default(specification),
        "a value comes from a task": lambda: _check_producer(specification),
        "a step has an output executor-logs": lambda: _check_logs(specification),
        "an input has lost its type": lambda: _check_type(specification),
        "artifacts are in a store": lambda: _check_store(specification),
    }
    failed = 0
    for name, check in checks.items():
        try:
            check()
            print(f"ok     {name}")
        except Exception as error:
            failed += 1
            print(f"FAILED {name}: {type(error).__name__}: {str(error)[:200]}")
    return int(failed > 0)


def _compile() -> dict[str, Any]:
    # By its own name, for the executors are imported by it.
    module = importlib.import_module("reproduce")
    text = RuntimeParameter("text", ptype=str, default="some text")
    make = module.Make(text=text)
    size = make.outputs["size"].future()[0].value
    use = module.Use(model=make.outputs["model"], size=size)
    config = kubeflow_v2_dag_runner.KubeflowV2DagRunnerConfig(
        default_image="image", use_pipeline_spec_2_1=True
    )
    pipeline = Pipeline("reproduce", pipeline_root=RUN, components=[make, use])
    runner = kubeflow_v2_dag_runner.KubeflowV2DagRunner(config)
    return dict(runner.run(pipeline, write_out=False)["pipelineSpec"])


def _check_default(specification: dict[str, Any]) -> None:
    declared = specification["root"]["inputDefinitions"]["parameters"]["text"]
    if declared.get("defaultValue") != "some text":
        raise ValueError(f"declared is {declared}")


def _check_producer(specification: dict[str, Any]) -> None:
    tasks = specification["root"]["dag"]["tasks"]
    size = tasks["Use"]["inputs"]["parameters"]["size"]["taskOutputParameter"]
    producer = size["producerTask"]
    if producer not in tasks:
        raise ValueError(f"producer is {producer}, tasks are {', '.join(tasks)}")


def _check_logs(specification: dict[str, Any]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        logs = _artifact(f"{folder}/executor-logs", {"schemaTitle": "system.Artifact"})
        _make(specification, folder, {"executor-logs": logs})


def _check_type(specification: dict[str, Any]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        _make(specification, folder)
        _use(specification, folder, {"instanceSchema": ""})


def _check_store(specification: dict[str, Any]) -> None:
    # TFX takes the address for a path below the current folder in part.
    with tempfile.TemporaryDirectory() as root, chdir(root):
        _use_folder(root)
        folder = Path(root, RUN.replace("://", "/"))
        folder.mkdir(parents=True)
        _make(specification, RUN, output_folder=str(folder))
        told = json.loads((folder / "output_metadata.json").read_text())
        (model,) = told["artifacts"]["model"]["artifacts"]
        if model["uri"] != f"{RUN}/model":
            raise ValueError(f"the step answered {model['uri']}")
        _use(specification, RUN, _type(specification), output_folder=str(folder))


def _use_folder(root: str) -> None:
    """Let the launcher's folders be below another root than that of a container."""
    try:
        launcher = importlib.import_module(
            "tfx.orchestration.kubeflow.v2.container.kfp_launcher"
        )
    except ImportError:
        return
    launcher._ROOT = root


def _make(
    specification: dict[str, Any],
    folder: str,
    more_outputs: dict[str, Any] | None = None,
    output_folder: str = "",
) -> None:
    value = {"instanceSchema": "title: tfx.Integer\ntype: object\n"}
    outputs = {
        "model": _artifact(f"{folder}/model", _type(specification)),
        "size": _artifact(f"{folder}/size", value),
        **(more_outputs or {}),
    }
    inputs = {"parameterValues": {"text": "some text"}}
    _run(specification, "Make", inputs, outputs, output_folder or folder)


def _use(
    specification: dict[str, Any],
    folder: str,
    model_type: dict[str, str],
    output_folder: str = "",
) -> None:
    inputs = {
        "parameterValues": {"size": len("some text")},
        "artifacts": {"model": _artifact(f"{folder}/model", model_type)},
    }
    Path(output_folder or folder, "output_metadata.json").unlink()
    _run(specification, "Use", inputs, {}, output_folder or folder)


def _run(
    specification: dict[str, Any],
    task: str,
    inputs: dict[str, Any],
    outputs: dict[str, Any],
    folder: str,
) -> None:
    """Call the entrypoint as the launcher does."""
    invocation = {
        "inputs": inputs,
        "outputs": {
            "artifacts": outputs,
            "outputFile": f"{folder}/output_metadata.json",
        },
    }
    executors = specification["deploymentSpec"]["executors"]
    whole = json.dumps(invocation)
    arguments = executors[f"{task}_executor"]["container"]["args"]
    flags = [argument.replace("{{$}}", whole) for argument in arguments]
    parsed = kubeflow_v2_run_executor._parse_flags([task, *flags])
    kubeflow_v2_run_executor.main(parsed)


def _artifact(uri: str, artifact_type: dict[str, str]) -> dict[str, Any]:
    return {"artifacts": [{"name": "1", "uri": uri, "type": artifact_type}]}


def _type(specification: dict[str, Any]) -> dict[str, str]:
    outputs = specification["components"]["Make"]["outputDefinitions"]["artifacts"]
    return dict(outputs["model"]["artifactType"])


if __name__ == "__main__":
    sys.exit(main())
