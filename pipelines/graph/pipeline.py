# SPDX-License-Identifier: Apache-2.0
"""A recipe, or the data steps of a data set, as one TFX pipeline.

No Importer, Resolver, conditional or module_file: the Kubeflow compiler and the local
runner then accept the same nodes.
"""

from tfx.orchestration.metadata import sqlite_metadata_connection_config
from tfx.orchestration.pipeline import Pipeline

from components.model_store.published import PublishedModel
from pipelines.context import RunContext
from pipelines.graph.data_steps import data_nodes
from pipelines.graph.execution_target import ExecutionTarget, Nodes
from pipelines.graph.model_steps import model_nodes


def build_recipe(
    context: RunContext, baseline: PublishedModel, target: ExecutionTarget
) -> Pipeline:
    """Wire the whole graph of a recipe: what `prodl run` executes.

    Args:
        context: The recipe.
        baseline: The published model that the candidate is compared with, as far as it
            is known when the graph is built.
        target: Where the graph runs.
    """
    data = data_nodes(context, target)
    nodes = (*data.all, *model_nodes(context, data, baseline, target))
    return _pipeline(context, target, (*nodes, *target.last_nodes(nodes)))


def build_validation(context: RunContext, target: ExecutionTarget) -> Pipeline:
    """Wire the data steps alone: what `prodl validate` executes."""
    return _pipeline(context, target, data_nodes(context, target).all)


def _pipeline(context: RunContext, target: ExecutionTarget, nodes: Nodes) -> Pipeline:
    connection = None
    if target.metadata_path:
        connection = sqlite_metadata_connection_config(target.metadata_path)
    return Pipeline(
        pipeline_name=target.pipeline_name,
        pipeline_root=target.pipeline_root,
        components=list(nodes),
        enable_cache=True,
        metadata_connection_config=connection,
        beam_pipeline_args=list(context.config.beam.pipeline_args),
    )
