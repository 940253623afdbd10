# SPDX-License-Identifier: Apache-2.0
"""Which steps of a specification have outputs that KFP's page draws."""

import json

import pytest
from kfp.pipeline_spec import pipeline_spec_pb2 as kfp

from pipelines.kubeflow.visualizations.outputs import (
    TYPES,
    VISUALIZATIONS,
    add_visualizations,
)
from pipelines.kubeflow.visualizations.step import MAKERS


def _specification(evaluation: str, *classes: str) -> kfp.PipelineSpec:
    """The steps that a visualization belongs to, without anything else."""
    specification = kfp.PipelineSpec()
    for node in ("ValidateItems", "SummariseDistributions", "Evaluate"):
        specification.root.dag.tasks[node].task_info.name = node
        outputs = specification.components[node].output_definitions.artifacts
        outputs["result"].artifact_type.instance_schema = f"title: {node}"
    parameters = specification.root.dag.tasks["Evaluate"].inputs.parameters
    function = f"components.evaluator.{evaluation}.evaluate.evaluate_model"
    parameters["evaluate_fn"].runtime_value.constant.string_value = function
    facts = json.dumps({"classes": classes})
    parameters["dataset"].runtime_value.constant.string_value = facts
    return specification


def _titles(specification: kfp.PipelineSpec, node: str) -> dict[str, str]:
    outputs = specification.components[node].output_definitions.artifacts
    return {name: spec.artifact_type.schema_title for name, spec in outputs.items()}


@pytest.mark.parametrize(
    ("evaluation", "classes", "has_matrix"),
    [
        ("classification", ("cat", "dog"), True),
        ("generation", ("cat", "dog"), False),
        ("table", ("cat", "dog"), True),
        ("table", (), False),
    ],
)
def test_only_a_classifier_has_a_confusion_matrix(
    evaluation: str, classes: tuple[str, ...], has_matrix: bool
) -> None:
    specification = _specification(evaluation, *classes)
    add_visualizations(specification)
    titles = _titles(specification, "Evaluate")
    assert titles["gate"] == titles["metrics"] == "system.Metrics"
    assert ("classification" in titles) == has_matrix
    assert titles["result"] == ""


def test_data_report_takes_the_result_of_both_stages() -> None:
    specification = _specification("generation")
    add_visualizations(specification)
    task = specification.root.dag.tasks["SummariseDistributions"]
    source = task.inputs.artifacts["item_result"].task_output_artifact
    assert (source.producer_task, source.output_artifact_key) == (
        "ValidateItems",
        "result",
    )
    # KFP's driver looks for inputs among these.
    assert list(task.dependent_tasks) == ["ValidateItems"]
    inputs = specification.components["SummariseDistributions"].input_definitions
    declared = inputs.artifacts["item_result"].artifact_type
    assert declared.instance_schema == "title: ValidateItems"


def test_graph_without_such_steps_stays_as_it_is() -> None:
    specification = kfp.PipelineSpec()
    specification.root.dag.tasks["Trainer"].task_info.name = "Trainer"
    before = specification.SerializeToString(deterministic=True)
    add_visualizations(specification)
    assert specification.SerializeToString(deterministic=True) == before


def test_each_visualization_has_a_maker_and_a_type_that_the_page_draws() -> None:
    assert {v.name for v in VISUALIZATIONS} == MAKERS.keys()
    assert {v.type for v in VISUALIZATIONS} <= set(TYPES)
