# SPDX-License-Identifier: Apache-2.0
"""Compile the graph of a recipe to a specification for Kubeflow Pipelines.

TFX's compiler writes schema 2.1.0; the parts that the open-source backend needs and TFX
leaves out or gets wrong are patched here, each with its reason. Nothing needs data,
network or a GPU.
"""

from dataclasses import dataclass, field
from functools import partial
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

from components.core.errors import UsageError
from components.core.files import write_text
from components.core.redaction import without_password
from components.model_store.object_store import SCHEMES, is_store_uri
from components.model_store.published import PublishedModel
from pipelines.context import RunContext
from pipelines.fingerprint import project_fingerprint
from pipelines.graph.execution_target import DataOrigin, ExecutionTarget
from pipelines.graph.pipeline import build_recipe
from pipelines.kubeflow.placement import container_resources, platform_document
from pipelines.kubeflow.pools import BASE_POOL, Pools, load_pools
from pipelines.kubeflow.report_node import report_nodes
from pipelines.kubeflow.spec import DEFAULT_ROOT
from pipelines.nodes import FIND_BASELINE

ENTRYPOINT: Final = ("python", "-m", "pipelines.kubeflow.entrypoint")
# The newest published model may change while every input of the node is the same.
NEVER_CACHED: Final = (FIND_BASELINE,)


@dataclass(frozen=True)
class ClusterTarget:
    """The cluster that a specification is for."""

    pipeline_root: str = DEFAULT_ROOT
    """Address for artifacts. Defaults to that of a plain installation."""

    published: str = ""
    """Address of published models, also the push destination. Defaults to
    `published/<recipe>` in the root."""

    image: str = "prodl"
    """Container image that holds this project."""

    pool: str = BASE_POOL
    """Pool for the steps that use an accelerator."""

    origin: DataOrigin = field(default_factory=DataOrigin)
    """Where a step gets the raw files. Defaults to the image."""


def compile_recipe(
    context: RunContext, path: Path, target: ClusterTarget = ClusterTarget()
) -> None:
    """Write the KFP specification (schema 2.1.0) of a recipe and its platform document.

    Args:
        context: The recipe with the data version that the cluster is to use.
        path: File to write; it must end in `.yaml`, because KFP's client and TFX take
            any other name for a format that open-source KFP refuses.
        target: The cluster.

    Raises:
        UsageError: If the cluster cannot run it, with the reason.
    """
    pools = load_pools(context.root)
    _check(path, target, pools)
    graph, defaults = _graph(context, target)
    write_graph(graph, defaults, path, pools, target)


def write_graph(
    graph: Pipeline,
    defaults: dict[str, str],
    path: Path,
    pools: Pools,
    target: ClusterTarget,
) -> None:
    """Write any graph of containers as a specification with its platform document.

    Args:
        graph: The graph.
        defaults: Values of the pipeline's parameters.
        path: The file.
        pools: The table of pools.
        target: The cluster.
    """
    specification = _specify(graph, target)
    _patch(specification, defaults, pools, target)
    platform = platform_document(
        pools, list(specification.root.dag.tasks), target.pool, project_fingerprint()
    )
    documents = [json_format.MessageToDict(specification), platform]
    write_text(path, yaml.safe_dump_all(documents, sort_keys=True))


def _check(path: Path, target: ClusterTarget, pools: Pools) -> None:
    """Refuse options that no cluster could run, before anything is built."""
    if path.suffix != ".yaml":
        raise UsageError(f"the specification must be a .yaml file.\nReceived {path}.")
    pools.pool(target.pool)
    for description, uri in (
        ("pipeline root", target.pipeline_root),
        ("address of published models", target.published or target.pipeline_root),
    ):
        if not is_store_uri(uri):
            raise UsageError(
                f"{description}: the nodes of a cluster share no folder, so it must "
                f"be in an object store ({', '.join(f'{s}://' for s in SCHEMES)}).\n"
                f"Received {without_password(uri)!r}."
            )


def _graph(
    context: RunContext, target: ClusterTarget
) -> tuple[Pipeline, dict[str, str]]:
    """The graph, and the default values of its parameters on a cluster."""
    defaults: dict[str, str] = {}

    def parameter(key: str, value: str) -> RuntimeParameter:
        defaults[key] = value
        return RuntimeParameter(name=key, ptype=str, default=value)

    published = target.published or f"{target.pipeline_root.rstrip('/')}/published"
    name = context.recipe_name
    execution_target = ExecutionTarget(
        pipeline_name=name,
        pipeline_root=target.pipeline_root,
        push_destination=f"{published}/{name}",
        published=f"{published}/{name}",
        origin=target.origin,
        parameter=parameter,
        last_nodes=partial(report_nodes, name),
    )
    return build_recipe(context, PublishedModel(), execution_target), defaults


def _specify(graph: Pipeline, target: ClusterTarget) -> kfp.PipelineSpec:
    """TFX's own compilation."""
    _refuse_module_files(graph)
    runner = KubeflowV2DagRunner(
        KubeflowV2DagRunnerConfig(
            default_image=target.image,
            default_commands=list(ENTRYPOINT),
            use_pipeline_spec_2_1=True,
        )
    )
    job = runner.run(graph, write_out=False)
    # The wrapper around it (PipelineJob) is what open-source KFP refuses.
    return json_format.ParseDict(job["pipelineSpec"], kfp.PipelineSpec())


def _refuse_module_files(graph: Pipeline) -> None:
    for node in graph.components:
        for key in ("module_file", "module_path"):
            if node.exec_properties.get(key):
                raise UsageError(
                    f"{node.id}: {key} is packed into a wheel below the pipeline root "
                    "at compile time, which an object store does not take.\nName the "
                    "function by its import path instead."
                )


def _patch(
    specification: kfp.PipelineSpec,
    defaults: dict[str, str],
    pools: Pools,
    target: ClusterTarget,
) -> None:
    for key, value in defaults.items():
        # TFX declares a parameter without its default.
        declared = specification.root.input_definitions.parameters[key]
        declared.default_value.string_value = value
    deployment = json_format.MessageToDict(specification.deployment_spec)
    for name, task in specification.root.dag.tasks.items():
        _refuse_shared_inputs(name, task)
        if name in NEVER_CACHED:
            task.ClearField("caching_options")
        for parameter in task.inputs.parameters.values():
            # TFX calls the producer of a value `<node>_task`; the task is `<node>`.
            if parameter.HasField("task_output_parameter"):
                source = parameter.task_output_parameter
                source.producer_task = source.producer_task.removesuffix("_task")
        label = specification.components[name].executor_label
        _patch_executor(name, deployment["executors"][label], pools, target.pool)
    specification.deployment_spec.Clear()
    specification.deployment_spec.update(deployment)


def _refuse_shared_inputs(name: str, task: kfp.PipelineTaskSpec) -> None:
    sources = [
        (
            a.task_output_artifact.producer_task,
            a.task_output_artifact.output_artifact_key,
        )
        for a in task.inputs.artifacts.values()
    ]
    if len(set(sources)) < len(sources):
        raise UsageError(
            f"{name}: two inputs take the same artifact, but the metadata store of "
            "Kubeflow Pipelines keeps one event for an artifact and a step.\n"
            f"Received inputs {', '.join(sorted(task.inputs.artifacts))}."
        )


def _patch_executor(
    name: str, executor: dict[str, Any], pools: Pools, pool: str
) -> None:
    if set(executor) != {"container"} or "lifecycle" in executor["container"]:
        raise UsageError(
            f"{name}: open-source Kubeflow Pipelines runs containers only; it has no "
            f"resolvers and calls no driver of an ExampleGen.\nReceived "
            f"{', '.join(executor)}."
        )
    container = executor["container"]
    container["resources"] = container_resources(pools, name, pool)
    cluster = pools.cluster
    if cluster.claim and name in cluster.claim_steps:
        mount = {"name": "PRODL_HOME", "value": cluster.claim_mount}
        container.setdefault("env", []).append(mount)
