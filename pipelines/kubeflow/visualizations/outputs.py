# SPDX-License-Identifier: Apache-2.0
"""Which steps have outputs that KFP's page draws, and their place in a specification.

They belong to the steps that found the figures, not to nodes of their own: a node costs
two Pods, and none behind a gate runs after a refusal, nor reliably one beside it. TFX's
components do not know them, so the graph, and with it every local run, stays as it is.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from kfp.pipeline_spec import pipeline_spec_pb2 as kfp

from pipelines.nodes import (
    EVALUATE,
    ITEM_VALIDATION,
    REPORT,
    SUMMARISE_DISTRIBUTIONS,
    VALIDATE_ITEMS,
    NodeOutput,
)

# Types of KFP by which its page chooses how to draw an artifact.
HTML: Final = "system.HTML"
METRICS: Final = "system.Metrics"
CLASSIFICATION_METRICS: Final = "system.ClassificationMetrics"
TYPES: Final = (HTML, METRICS, CLASSIFICATION_METRICS)

# Packages of the evaluations with a confusion matrix; that of tables has one if there
# are classes.
CLASSIFICATION: Final = "components.evaluator.classification."
TABLE: Final = "components.evaluator.table."


@dataclass(frozen=True)
class Visualization:
    """An output that KFP's page draws."""

    node: str
    """The step that has it."""

    name: str
    """Its key there; KFP's page shows it as the artifact's name."""

    type: str
    """One of `TYPES`."""


VISUALIZATIONS: Final = (
    Visualization(VALIDATE_ITEMS, "item_report", HTML),
    Visualization(VALIDATE_ITEMS, "item_checks", METRICS),
    Visualization(SUMMARISE_DISTRIBUTIONS, "data_report", HTML),
    Visualization(SUMMARISE_DISTRIBUTIONS, "distribution_checks", METRICS),
    Visualization(EVALUATE, "metrics", METRICS),
    Visualization(EVALUATE, "gate", METRICS),
    Visualization(EVALUATE, "classification", CLASSIFICATION_METRICS),
    Visualization(REPORT, "report", HTML),
)
# Node -> key -> output of an earlier node that only a visualization reads.
INPUTS: Final[dict[str, dict[str, NodeOutput]]] = {
    SUMMARISE_DISTRIBUTIONS: {"item_result": ITEM_VALIDATION},
}


def add_visualizations(specification: kfp.PipelineSpec) -> None:
    """Add the outputs that KFP's page draws, and what they need, to a specification.

    Args:
        specification: A compiled graph; nodes that it lacks are passed over.
    """
    for visualization in _wanted(specification):
        component = specification.components[visualization.node]
        output = component.output_definitions.artifacts[visualization.name]
        output.artifact_type.schema_title = visualization.type
    for node, inputs in INPUTS.items():
        if node in specification.root.dag.tasks:
            for name, source in inputs.items():
                _add_input(specification, node, name, source)


def _wanted(specification: kfp.PipelineSpec) -> Iterator[Visualization]:
    tasks = specification.root.dag.tasks
    for visualization in VISUALIZATIONS:
        if visualization.node not in tasks:
            continue
        is_matrix = visualization.type == CLASSIFICATION_METRICS
        if not is_matrix or _has_matrix(tasks[visualization.node]):
            yield visualization


def _has_matrix(evaluation: kfp.PipelineTaskSpec) -> bool:
    parameters = evaluation.inputs.parameters
    function = parameters["evaluate_fn"].runtime_value.constant.string_value
    if function.startswith(TABLE):
        facts = parameters["dataset"].runtime_value.constant.string_value
        return bool(json.loads(facts)["classes"])
    return bool(function.startswith(CLASSIFICATION))


def _add_input(
    specification: kfp.PipelineSpec, node: str, name: str, source: NodeOutput
) -> None:
    outputs = specification.components[source.node].output_definitions.artifacts
    inputs = specification.components[node].input_definitions.artifacts
    inputs[name].artifact_type.CopyFrom(outputs[source.key].artifact_type)
    task = specification.root.dag.tasks[node]
    producer = task.inputs.artifacts[name].task_output_artifact
    producer.producer_task, producer.output_artifact_key = source
    # KFP's driver resolves the inputs of tasks that the task waits for.
    if source.node not in task.dependent_tasks:
        task.dependent_tasks.append(source.node)
