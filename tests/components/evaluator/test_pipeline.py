# SPDX-License-Identifier: Apache-2.0
"""Evaluate and the stock Pusher as nodes of a pipeline, with MLMD between them."""

import json
import shutil
from pathlib import Path

import pytest
from tfx import v1 as tfx
from tfx.dsl.component.experimental.annotations import OutputArtifact, Parameter
from tfx.dsl.component.experimental.decorators import component
from tfx.types.standard_artifacts import Examples, Model

from components.evaluator.component import Evaluate
from tests.support.models.classifiers import DATASET
from tests.support.models.counting import COUNTING
from tests.support.models.evaluated_classifiers import EvaluatedClassifiers


@component
def Provide(  # noqa: N802, a component is named like a class
    examples: OutputArtifact[Examples],
    model: OutputArtifact[Model],
    examples_from: Parameter[str],
    model_from: Parameter[str],
) -> None:
    shutil.copytree(examples_from, examples.uri, dirs_exist_ok=True)
    shutil.copytree(model_from, Path(model.uri) / "Format-Serving")


def _run(
    classifiers: EvaluatedClassifiers, folder: Path, gate: str, pipeline_root: Path
) -> list[str]:
    """Run the three nodes; the versions that were pushed."""
    provide = Provide(
        examples_from=str(classifiers.examples), model_from=str(classifiers.good)
    )
    evaluate = Evaluate(
        examples=provide.outputs["examples"],
        model=provide.outputs["model"],
        evaluate_fn=COUNTING,
        gate=gate,
        dataset=json.dumps(DATASET),
        split="test",
        baseline_uri="",
        baseline_sha256="",
        code_fingerprint="",
    )
    destination = tfx.proto.PushDestination.Filesystem(
        base_directory=str(folder / "pushed")
    )
    pusher = tfx.components.Pusher(
        model=provide.outputs["model"],
        model_blessing=evaluate.outputs["blessing"],
        push_destination=tfx.proto.PushDestination(filesystem=destination),
    )
    connection = tfx.orchestration.metadata.sqlite_metadata_connection_config(
        str(pipeline_root / "mlmd.sqlite")
    )
    tfx.orchestration.LocalDagRunner().run(
        tfx.dsl.Pipeline(
            pipeline_name="evaluating",
            pipeline_root=str(pipeline_root),
            components=[provide, evaluate, pusher],
            enable_cache=True,
            metadata_connection_config=connection,
        )
    )
    return [path.name for path in (folder / "pushed").glob("*")]


@pytest.mark.slow
def test_pusher_obeys_the_blessing_it_finds_in_the_store(
    classifiers: EvaluatedClassifiers, tmp_path: Path
) -> None:
    state = tmp_path / "state"
    state.mkdir()
    strict, mild = ({"test_hits": {"min": limit}} for limit in (1.1, 0.5))
    assert _run(classifiers, tmp_path, json.dumps(strict), state) == []
    assert len(_run(classifiers, tmp_path, json.dumps(mild), state)) == 1
