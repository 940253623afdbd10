# SPDX-License-Identifier: Apache-2.0
"""The model steps: Transform -> Trainer -> FindBaseline -> Evaluate -> Pusher."""

import json
from dataclasses import asdict
from typing import Any

from tfx.components.trainer.component import Trainer
from tfx.components.transform.component import Transform
from tfx.dsl.components.base.base_node import BaseNode
from tfx.proto.pusher_pb2 import PushDestination
from tfx.proto.trainer_pb2 import EvalArgs, TrainArgs

from components.contracts.dataset_facts import DatasetFacts
from components.contracts.evaluation_facts import read_evaluation_facts
from components.contracts.splits import SPLITS
from components.evaluator.component import Evaluate
from components.evaluator.examples import BATCH_SIZE
from components.ingest.source_list import SourceList
from components.model_store.published import PublishedModel
from components.pusher.component import FindBaseline, StorePusher
from pipelines.context import RunContext
from pipelines.data_version import DataVersion
from pipelines.fingerprint import source_fingerprint
from pipelines.graph.data_steps import DataNodes
from pipelines.graph.execution_target import ExecutionTarget, Nodes
from pipelines.model_key import (
    hash_files,
    pixel_settings,
    preprocessing_fingerprint,
    preprocessing_fn,
    training_fingerprint,
)
from pipelines.nodes import PUSHER

TRAIN, VALIDATION, TEST = SPLITS


def model_nodes(
    context: RunContext,
    data: DataNodes,
    baseline: PublishedModel,
    target: ExecutionTarget,
) -> Nodes:
    """Wire the model steps behind the data steps.

    Args:
        context: The recipe.
        data: The data steps.
        baseline: The published model that the candidate is compared with, as far as it
            is known when the graph is built.
        target: Where the graph runs.
    """
    facts = dataset_facts(context.source_list, context.data)
    transform = transform_node(context, data)
    trainer = Trainer(
        examples=data.ingest.outputs["examples"],
        transform_graph=transform.outputs["transform_graph"],
        run_fn=context.recipe.family_spec.run_fn,
        train_args=TrainArgs(splits=[TRAIN]),
        eval_args=EvalArgs(splits=[VALIDATION]),
        custom_config=_trainer_config(context, facts),
    )
    find_baseline = FindBaseline(
        published=target.published,
        model_key=context.model_key,
        known_sha256=baseline.sha256,
        code_fingerprint=source_fingerprint("components.pusher.component"),
    )
    # As late as possible: a model that is published during the training counts.
    find_baseline.add_upstream_node(trainer)
    evaluate = _evaluate(context, data, trainer, find_baseline, facts)
    pusher = StorePusher(
        model=trainer.outputs["model"],
        model_blessing=evaluate.outputs["blessing"],
        push_destination=PushDestination(
            filesystem=PushDestination.Filesystem(
                base_directory=target.push_destination
            )
        ),
    ).with_id(PUSHER)
    return transform, trainer, find_baseline, evaluate, pusher


def dataset_facts(source_list: SourceList, data: DataVersion) -> DatasetFacts:
    """The facts about a data set that trainer and evaluator need."""
    return DatasetFacts(
        name=data.dataset,
        variant=data.variant,
        classes=tuple(source_list.classes),
        image_shape=tuple(source_list.image_shape),
        ink_box=source_list.ink_box,
        modality=source_list.modality,
        content_sha256=data.content_sha256,
        dvc_md5=data.dvc_md5,
        table=source_list.table,
        ratings=source_list.ratings,
    )


def transform_node(context: RunContext, data: DataNodes) -> BaseNode:
    """Wire the step that prepares the examples: the last one that Beam runs.

    Args:
        context: The recipe.
        data: The data steps.
    """
    recipe = context.recipe
    table = context.source_list.table
    transform = Transform(
        examples=data.ingest.outputs["examples"],
        schema=data.schema.outputs["schema"],
        preprocessing_fn=preprocessing_fn(recipe),
        # Images pass as bytes and are decoded in the input function: a materialised
        # copy would cost time and disk and give nothing.
        materialize=False,
        disable_statistics=True,
        custom_config={
            "classes": list(context.source_list.classes),
            "tokens": context.dataset.tokens,
            **({"table": asdict(table)} if table else {}),
            **_own_preprocessing(context),
            **_pixel_preparation(context),
            "code_fingerprint": preprocessing_fingerprint(recipe),
        },
    )
    transform.add_upstream_node(data.gate)
    return transform


def _own_preprocessing(context: RunContext) -> dict[str, str]:
    """What Transform must know of a function of the user's own; nothing without."""
    recipe = context.recipe
    if not recipe.preprocess:
        return {}
    return {
        "preprocess": recipe.preprocess,
        "family": recipe.family_spec.preprocessing_fn,
        "modality": context.source_list.modality,
    }


def _pixel_preparation(context: RunContext) -> dict[str, Any]:
    """What Transform must know of filters and whitening; nothing without."""
    recipe = context.recipe
    if not recipe.prepares_pixels:
        return {}
    shape = list(context.source_list.image_shape)
    pixels = {**pixel_settings(recipe), "shape": shape}
    return {"pixels": pixels}


def _trainer_config(context: RunContext, facts: DatasetFacts) -> dict[str, Any]:
    recipe, needed_model = context.recipe, context.needed_model
    return {
        "recipe": context.recipe_name,
        "seed": recipe.seed,
        "params": asdict(recipe.params),
        "files": hash_files(context.root, recipe),
        "dataset": facts.record(),
        "model_key": context.model_key,
        "code_fingerprint": training_fingerprint(recipe),
        **({"needs": asdict(needed_model)} if needed_model else {}),
    }


def evaluation_dataset(context: RunContext, facts: DatasetFacts) -> str:
    """The facts about a data set that the evaluation of a recipe gets, as JSON."""
    record = facts.record()
    # No key where there are none: the cache keys of other data sets stay.
    if evaluation := read_evaluation_facts(context.root, facts.name):
        record["evaluation"] = evaluation
    return json.dumps(record, sort_keys=True)


def _evaluate(
    context: RunContext,
    data: DataNodes,
    trainer: BaseNode,
    find_baseline: BaseNode,
    facts: DatasetFacts,
) -> BaseNode:
    recipe = context.recipe
    evaluate_fn = recipe.family_spec.evaluate_fn
    needed_model = context.needed_model or PublishedModel()
    return Evaluate(
        examples=data.ingest.outputs["examples"],
        model=trainer.outputs["model"],
        evaluate_fn=evaluate_fn,
        gate=json.dumps(recipe.gate, sort_keys=True),
        metrics=json.dumps(recipe.metrics),
        dataset=evaluation_dataset(context, facts),
        split=TEST,
        baseline_uri=find_baseline.outputs["uri"].future()[0].value,
        baseline_sha256=find_baseline.outputs["sha256"].future()[0].value,
        code_fingerprint=source_fingerprint(
            "components.evaluator.component", evaluate_fn, *recipe.own_evaluation
        ),
        # Kubeflow's specification drops the defaults of a function component.
        batch_size=BATCH_SIZE,
        needs_uri=needed_model.uri,
        needs_sha256=needed_model.sha256,
    )
