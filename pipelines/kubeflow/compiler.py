# SPDX-License-Identifier: Apache-2.0
"""Compile the graph of a recipe to a specification for Kubeflow Pipelines.

`tfx_kfp` compiles the graph; resources and the platform document are added here.
Nothing needs data, network or a GPU.
"""

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final

import yaml
from google.protobuf import json_format
from kfp.pipeline_spec import pipeline_spec_pb2 as kfp
from tfx.orchestration.data_types import RuntimeParameter
from tfx.orchestration.pipeline import Pipeline

from components.core.errors import UsageError
from components.core.files import write_text
from components.model_store.published import PublishedModel
from pipelines.context import RunContext
from pipelines.fingerprint import code_identity
from pipelines.graph.execution_target import ExecutionTarget
from pipelines.graph.pipeline import build_recipe
from pipelines.kubeflow.cluster_target import (
    DEFAULT_TARGET,
    ClusterTarget,
    check_target,
)
from pipelines.kubeflow.kfp_versions import (
    default_store,
    knows_security_contexts,
)
from pipelines.kubeflow.placement import container_resources, platform_document
from pipelines.kubeflow.pools import Pools, load_pools
from pipelines.kubeflow.report_node import report_nodes
from pipelines.kubeflow.store_server import (
    DEFAULT_VARIABLE,
    ENDPOINT_VARIABLES,
)
from pipelines.kubeflow.visualizations.outputs import add_visualizations
from pipelines.nodes import EVALUATE, FIND_BASELINE, PUSHER
from pipelines.own_code import find_own_code
from tfx_kfp.compiler import compile_pipeline
from tfx_kfp.errors import UnsupportedError

# -P: a folder `pipelines` in the working directory is the user's, not ours.
ENTRYPOINT: Final = ("python", "-P", "-m", "pipelines.kubeflow.entrypoint")
# The newest published model may change while every input of the node is the same.
NEVER_CACHED: Final = (FIND_BASELINE,)
# They open the store of published models themselves.
STORE_STEPS: Final = (FIND_BASELINE, EVALUATE, PUSHER)


def compile_recipe(
    context: RunContext, path: Path, target: ClusterTarget = DEFAULT_TARGET
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
    check_target(path, target, pools)
    graph = _graph(context, target)
    code = code_identity(*find_own_code(context.root, context.recipe))
    write_graph(graph, path, pools, target, _description(context), code)


def write_graph(
    graph: Pipeline,
    path: Path,
    pools: Pools,
    target: ClusterTarget,
    description: str = "",
    code: str = "",
) -> None:
    """Write any graph of containers as a specification with its platform document.

    Args:
        graph: The graph.
        path: The file.
        pools: The table of pools.
        target: The cluster.
        description: What the pipeline is for, in a sentence or two. Defaults to none.
        code: `code_identity` of the code that the image must hold. Defaults to that of
            prodl alone.

    Raises:
        UsageError: If the cluster cannot run a part of it, with the reason.
    """
    try:
        specification = compile_pipeline(
            graph, image=target.image, command=ENTRYPOINT, never_cached=NEVER_CACHED
        )
    except UnsupportedError as error:
        raise UsageError(str(error)) from None
    specification.pipeline_info.description = description
    add_visualizations(specification)
    _complete_containers(specification, pools, target)
    if not knows_security_contexts(target.kfp_version):
        pools = replace(pools, cluster=replace(pools.cluster, user=0))
    steps = list(specification.root.dag.tasks)
    platform = platform_document(pools, steps, target.pool, code or code_identity())
    documents = [json_format.MessageToDict(specification), platform]
    write_text(path, yaml.safe_dump_all(documents, sort_keys=True))


def _description(context: RunContext) -> str:
    """What a recipe is for, as KFP's page shows it beside the pipeline."""
    recipe, data = context.recipe, context.data
    kind = recipe.family_spec.purpose.kind
    text = f"{kind}: {recipe.description}" if recipe.description else kind
    return f"{text}. Data set {data.dataset}, variant {data.variant}."


def _graph(context: RunContext, target: ClusterTarget) -> Pipeline:
    """The graph of a recipe on a cluster."""

    def parameter(key: str, value: str) -> RuntimeParameter:
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
    return build_recipe(context, PublishedModel(), execution_target)


def _complete_containers(
    specification: kfp.PipelineSpec, pools: Pools, target: ClusterTarget
) -> None:
    """Give each container its resources, and the variables that depend on the pools."""
    deployment = json_format.MessageToDict(specification.deployment_spec)
    for name in specification.root.dag.tasks:
        label = specification.components[name].executor_label
        container = deployment["executors"][label]["container"]
        container["resources"] = container_resources(pools, name, target.pool)
        if variables := _variables(name, pools, target):
            container.setdefault("env", []).extend(variables)
    specification.deployment_spec.Clear()
    specification.deployment_spec.update(deployment)


def _variables(name: str, pools: Pools, target: ClusterTarget) -> list[dict[str, str]]:
    """The variables of a step, as the `env` of its container."""
    variables: dict[str, str] = {}
    cluster = pools.cluster
    if cluster.claim and name in cluster.claim_steps:
        variables["PRODL_HOME"] = cluster.claim_mount
    if name in STORE_STEPS:
        if target.store_endpoint:
            variable = ENDPOINT_VARIABLES[target.store_scheme]
            variables[variable] = target.store_endpoint
        elif target.store_scheme == "minio":
            variables[DEFAULT_VARIABLE] = default_store(target.kfp_version)
    return [{"name": name, "value": value} for name, value in variables.items()]
