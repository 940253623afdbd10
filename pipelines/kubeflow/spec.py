# SPDX-License-Identifier: Apache-2.0
"""Read a compiled specification as strictly as KFP's backend: both documents."""

from collections.abc import Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any, Final, TypeAlias

from google.protobuf import json_format, struct_pb2
from kfp.kubernetes import kubernetes_executor_config_pb2 as kubernetes
from kfp.pipeline_spec import pipeline_spec_pb2 as kfp

from components.core.errors import UsageError
from components.core.shortening import quote, shorten
from components.core.yaml_files import load_yaml_documents

SCHEMA_VERSION: Final = "2.1.0"
# Containers' arguments hold whole schemas.
MAX_BYTES: Final = 8 << 20
# KFP's own default where the caller names no root.
DEFAULT_ROOT: Final = "minio://mlpipeline/v2/artifacts"
REMEDY: Final = "Make one with: prodl compile RECIPE -o FILE.yaml"
Container: TypeAlias = kfp.PipelineDeploymentConfig.PipelineContainerSpec


@dataclass(frozen=True)
class Specification:
    """A pipeline with the container and the Kubernetes settings of each task."""

    pipeline: kfp.PipelineSpec
    """KFP's intermediate representation."""

    containers: dict[str, Container]
    """Container of each task."""

    placements: dict[str, kubernetes.KubernetesExecutorConfig]
    """Kubernetes settings of each task."""

    @property
    def name(self) -> str:
        """Name of the pipeline."""
        return str(self.pipeline.pipeline_info.name)

    @property
    def dependencies(self) -> dict[str, list[str]]:
        """The tasks that each task waits for."""
        return _dependencies(self.pipeline)

    @property
    def order(self) -> list[str]:
        """Tasks in an order in which each finds its inputs."""
        return list(TopologicalSorter(self.dependencies).static_order())

    def task(self, name: str) -> kfp.PipelineTaskSpec:
        """A task by its name."""
        return self.pipeline.root.dag.tasks[name]

    def component(self, name: str) -> kfp.ComponentSpec:
        """The component of a task."""
        return self.pipeline.components[self.task(name).component_ref.name]


def read_specification(path: Path) -> Specification:
    """Read and check a compiled specification.

    Args:
        path: The YAML file: the pipeline, then the platform document.

    Raises:
        UsageError: If KFP's backend would refuse it, or cannot run a part of it.
    """
    documents = load_yaml_documents(path, MAX_BYTES)
    try:
        pipeline, deployment, placements = _parse_documents(documents)
    except Exception as error:
        # ParseDict raises any exception for a value of a wrong type.
        raise UsageError(
            f"{path} is not a specification that Kubeflow Pipelines reads.\n"
            f"{shorten(str(error), 1000)}\n"
            f"{REMEDY}"
        ) from None
    if pipeline.schema_version != SCHEMA_VERSION:
        raise UsageError(
            f"{path}: expected schemaVersion {SCHEMA_VERSION}.\n"
            f"Received {quote(pipeline.schema_version)}.\n{REMEDY}"
        )
    labels = {
        name: pipeline.components[task.component_ref.name].executor_label
        for name, task in pipeline.root.dag.tasks.items()
    }
    _refuse_what_cannot_run(pipeline, deployment, labels)
    _refuse_circles(pipeline)
    return Specification(
        pipeline=pipeline,
        containers={
            n: deployment.executors[label].container for n, label in labels.items()
        },
        placements={
            n: placements.get(label, kubernetes.KubernetesExecutorConfig())
            for n, label in labels.items()
        },
    )


def pipeline_parameters(
    specification: Specification, overrides: Mapping[str, str]
) -> dict[str, struct_pb2.Value]:
    """The values of the pipeline's parameters: the overrides, else the defaults.

    Raises:
        UsageError: If an override names no parameter.
    """
    declared = specification.pipeline.root.input_definitions.parameters
    if unknown := overrides.keys() - declared.keys():
        raise UsageError(
            f"the pipeline has no parameter {sorted(unknown)[0]!r}.\n"
            f"Valid: {', '.join(sorted(declared))}."
        )
    values = {name: parameter.default_value for name, parameter in declared.items()}
    for name, text in overrides.items():
        values[name] = struct_pb2.Value(string_value=text)
    return values


def resources_line(specification: Specification, task: str) -> str:
    """The requested cores, memory, accelerators and node of a task, in one line."""
    asked = specification.containers[task].resources
    text = f"cpu {asked.cpu_request:g}-{asked.cpu_limit:g}"
    text += f", {asked.memory_request:g}-{asked.memory_limit:g} GB"
    if asked.accelerator.count:
        text += f", {asked.accelerator.type} {asked.accelerator.count}"
    labels = specification.placements[task].node_selector.labels
    return f"{text}; node {', '.join(sorted(labels.values())) or 'any'}"


def _parse_documents(
    documents: list[Any],
) -> tuple[
    kfp.PipelineSpec,
    kfp.PipelineDeploymentConfig,
    dict[str, kubernetes.KubernetesExecutorConfig],
]:
    """Both documents: the pipeline, its containers, and their settings by label."""
    if not documents:
        raise ValueError("It is empty.")
    pipeline = _parse(documents[0], kfp.PipelineSpec())
    platform = documents[1] if len(documents) > 1 else {}
    _parse(platform, kfp.PlatformSpec())
    deployment = _parse(
        json_format.MessageToDict(pipeline.deployment_spec),
        kfp.PipelineDeploymentConfig(),
    )
    return pipeline, deployment, _placements(platform)


def _parse(document: Any, message: Any) -> Any:
    """Parse a document; like KFP's backend, refuse unknown fields."""
    return json_format.ParseDict(document, message, ignore_unknown_fields=False)


def _placements(platform: Any) -> dict[str, kubernetes.KubernetesExecutorConfig]:
    executors = platform
    for key in ("platforms", "kubernetes", "deploymentSpec", "executors"):
        # A null is what ParseDict takes for an absent value.
        executors = executors.get(key) or {}
        if not isinstance(executors, Mapping):
            raise ValueError(f"{key}: expected a mapping.")
    return {
        label: _parse(settings, kubernetes.KubernetesExecutorConfig())
        for label, settings in executors.items()
    }


def _refuse_what_cannot_run(
    pipeline: kfp.PipelineSpec,
    deployment: kfp.PipelineDeploymentConfig,
    labels: dict[str, str],
) -> None:
    for name, task in pipeline.root.dag.tasks.items():
        kind = deployment.executors[labels[name]].WhichOneof("spec")
        if kind != "container":
            raise UsageError(f"task {name!r}: a {kind or 'dag'} is not run here.")
        if task.trigger_policy.condition or task.WhichOneof("iterator"):
            raise UsageError(f"task {name!r}: conditions and loops are not run here.")


def _refuse_circles(pipeline: kfp.PipelineSpec) -> None:
    try:
        TopologicalSorter(_dependencies(pipeline)).prepare()
    except CycleError as error:
        raise UsageError(
            f"tasks wait for each other: {quote(error.args[1])}."
        ) from None


def _dependencies(pipeline: kfp.PipelineSpec) -> dict[str, list[str]]:
    """Predecessors of each task; sorted names, so that the order never varies."""
    tasks = pipeline.root.dag.tasks
    found = {name: set(tasks[name].dependent_tasks) for name in sorted(tasks)}
    for name, before in found.items():
        inputs = tasks[name].inputs
        for artifact in inputs.artifacts.values():
            before.add(artifact.task_output_artifact.producer_task)
        for parameter in inputs.parameters.values():
            if parameter.HasField("task_output_parameter"):
                before.add(parameter.task_output_parameter.producer_task)
    for name, before in found.items():
        if absent := before - found.keys():
            raise UsageError(f"task {name!r} waits for {sorted(absent)}, not a task.")
    return {name: sorted(before) for name, before in found.items()}
