# SPDX-License-Identifier: Apache-2.0
"""Compile a TFX pipeline to a specification that open-source Kubeflow Pipelines runs.

TFX's compiler writes schema 2.1.0; what KFP needs and TFX leaves out or gets wrong is
patched here, each with its reason. Nothing needs data, network or a cluster.
"""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import yaml
from google.protobuf import json_format
from kfp.pipeline_spec import pipeline_spec_pb2 as kfp
from tfx.orchestration.data_types import RuntimeParameter
from tfx.orchestration.kubeflow.v2.kubeflow_v2_dag_runner import (
    KubeflowV2DagRunner,
    KubeflowV2DagRunnerConfig,
)
from tfx.orchestration.pipeline import Pipeline

from tfx_kfp import artifact_types
from tfx_kfp.errors import UnsupportedError

COMMAND: Final = ("python", "-m", "tfx_kfp.entrypoint")


def compile_pipeline(
    pipeline: Pipeline,
    path: Path | None = None,
    *,
    image: str,
    command: Sequence[str] = COMMAND,
    never_cached: Collection[str] = (),
) -> kfp.PipelineSpec:
    """Compile a pipeline; its own artifact types and parameters come along.

    Args:
        pipeline: The pipeline. A `RuntimeParameter` keeps its default.
        path: File to write, `.yaml`. Defaults to none: the specification is returned,
            for a caller who adds to it.
        image: Container image with the pipeline's code, TFX and this package.
        command: Command of every container. Defaults to the entrypoint of this package.
        never_cached: Ids of nodes that run again in every run. Defaults to none.

    Raises:
        UnsupportedError: If KFP cannot run a part of it, with the way around it.

    Example:
        >>> compile_pipeline(pipeline, Path("pipeline.yaml"), image="registry/image:1")
    """
    _refuse_other_suffix(path)
    _refuse_module_files(pipeline)
    runner = KubeflowV2DagRunner(
        KubeflowV2DagRunnerConfig(
            default_image=image,
            default_commands=list(command),
            use_pipeline_spec_2_1=True,
        )
    )
    job = runner.run(pipeline, write_out=False)
    # The wrapper around it (PipelineJob) is what open-source KFP refuses.
    specification = json_format.ParseDict(job["pipelineSpec"], kfp.PipelineSpec())
    _add_defaults(specification, pipeline)
    _patch_tasks(specification, never_cached)
    _patch_containers(specification, _types_of_nodes(pipeline))
    if path:
        document = json_format.MessageToDict(specification)
        path.write_text(yaml.safe_dump(document, sort_keys=True), encoding="utf-8")
    return specification


def _refuse_other_suffix(path: Path | None) -> None:
    # KFP's client and TFX take any other name for a format that KFP's server refuses.
    if path and path.suffix != ".yaml":
        raise UnsupportedError(
            f"the specification must be a .yaml file.\nReceived {path}."
        )


def _refuse_module_files(pipeline: Pipeline) -> None:
    for node in pipeline.components:
        for key in ("module_file", "module_path"):
            if node.exec_properties.get(key):
                raise UnsupportedError(
                    f"{node.id}: {key} is packed into a wheel below the pipeline root "
                    "at compile time, which an object store does not take.\nName the "
                    "function by its import path instead."
                )


def _types_of_nodes(pipeline: Pipeline) -> dict[str, list[str]]:
    return {node.id: artifact_types.own_types(node) for node in pipeline.components}


def _add_defaults(specification: kfp.PipelineSpec, pipeline: Pipeline) -> None:
    """TFX declares a parameter without its default."""
    declared = specification.root.input_definitions.parameters
    for node in pipeline.components:
        for value in node.exec_properties.values():
            if isinstance(value, RuntimeParameter) and value.default is not None:
                default = declared[value.name].default_value
                json_format.ParseDict(value.default, default)


def _patch_tasks(
    specification: kfp.PipelineSpec, never_cached: Collection[str]
) -> None:
    for name, task in specification.root.dag.tasks.items():
        _refuse_shared_inputs(name, task)
        if name in never_cached:
            task.ClearField("caching_options")
        for parameter in task.inputs.parameters.values():
            # TFX calls the producer of a value `<node>_task`; the task is `<node>`.
            if parameter.HasField("task_output_parameter"):
                source = parameter.task_output_parameter
                source.producer_task = source.producer_task.removesuffix("_task")


def _refuse_shared_inputs(name: str, task: kfp.PipelineTaskSpec) -> None:
    sources = [
        (
            a.task_output_artifact.producer_task,
            a.task_output_artifact.output_artifact_key,
        )
        for a in task.inputs.artifacts.values()
    ]
    if len(set(sources)) < len(sources):
        raise UnsupportedError(
            f"{name}: two inputs take the same artifact, but the metadata store of "
            "Kubeflow Pipelines keeps one event for an artifact and a step.\n"
            f"Received inputs {', '.join(sorted(task.inputs.artifacts))}."
        )


def _patch_containers(
    specification: kfp.PipelineSpec, types: Mapping[str, list[str]]
) -> None:
    deployment = json_format.MessageToDict(specification.deployment_spec)
    for name in specification.root.dag.tasks:
        label = specification.components[name].executor_label
        container = _container(name, deployment["executors"][label])
        if own := types.get(name):
            container["args"] += [artifact_types.ARGUMENT, ",".join(own)]
    specification.deployment_spec.Clear()
    specification.deployment_spec.update(deployment)


def _container(name: str, executor: dict[str, Any]) -> dict[str, Any]:
    """The container of a step; refuse what is none, and what needs more than one."""
    if set(executor) != {"container"} or "lifecycle" in executor["container"]:
        raise UnsupportedError(
            f"{name}: open-source Kubeflow Pipelines runs containers only; it has no "
            f"resolvers and calls no driver of an ExampleGen.\nReceived "
            f"{', '.join(executor)}."
        )
    return dict(executor["container"])
