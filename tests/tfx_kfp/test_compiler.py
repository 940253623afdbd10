# SPDX-License-Identifier: Apache-2.0
"""A pipeline that Kubeflow Pipelines cannot run is refused with the way around it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tfx_kfp.errors import UnsupportedError

pytestmark = pytest.mark.cluster


def _example_gen() -> list[Any]:
    from tfx.components import CsvExampleGen

    return [CsvExampleGen(input_base="/data")]


def _module_file() -> list[Any]:
    from tfx.components import StatisticsGen, Transform
    from tfx.components.schema_gen.component import SchemaGen

    (example_gen,) = _example_gen()
    examples = example_gen.outputs["examples"]
    statistics = StatisticsGen(examples=examples)
    schema = SchemaGen(statistics=statistics.outputs["statistics"]).outputs["schema"]
    return [Transform(examples=examples, schema=schema, module_file="transform.py")]


def _shared_input() -> list[Any]:
    from tfx.components import DistributionValidator, StatisticsGen
    from tfx.proto.distribution_validator_pb2 import DistributionValidatorConfig

    (example_gen,) = _example_gen()
    statistics_gen = StatisticsGen(examples=example_gen.outputs["examples"])
    statistics = statistics_gen.outputs["statistics"]
    config = DistributionValidatorConfig()
    validator = DistributionValidator(statistics, statistics, config)
    return [example_gen, statistics_gen, validator]


def _importer() -> list[Any]:
    from tfx.dsl.components.common.importer import Importer
    from tfx.types.standard_artifacts import Model

    return [Importer(source_uri="gs://bucket/model", artifact_type=Model)]


def _resolver() -> list[Any]:
    from tfx.dsl.components.common.resolver import Resolver
    from tfx.dsl.input_resolution.strategies.latest_artifact_strategy import (
        LatestArtifactStrategy,
    )
    from tfx.types import Channel
    from tfx.types.standard_artifacts import Model

    model = Channel(type=Model)
    return [Resolver(strategy_class=LatestArtifactStrategy, model=model)]


def _local_type() -> list[Any]:
    from tfx.dsl.components.common.importer import Importer
    from tfx.types.artifact import Artifact

    class Local(Artifact):
        TYPE_NAME = "toy.Local"

    return [Importer(source_uri="gs://bucket/model", artifact_type=Local)]


@pytest.mark.parametrize(
    ("nodes", "message"),
    [
        (_module_file, "^Transform: module_file is packed .*\nName the function"),
        (_shared_input, "^DistributionValidator: two inputs take the same artifact"),
        (_example_gen, "^CsvExampleGen: .* calls no driver of an ExampleGen"),
        (_importer, "^Importer: .* runs containers only"),
        (_resolver, "^Resolver: .* has no resolvers"),
        (_local_type, "^Importer: no container can import the artifact type .*Local"),
    ],
)
def test_what_kubeflow_cannot_run_is_refused(
    nodes: Callable[[], list[Any]], message: str, tmp_path: Path
) -> None:
    with pytest.raises(UnsupportedError, match=message):
        _compile(nodes(), tmp_path / "pipeline.yaml")
    assert not list(tmp_path.iterdir())


def test_file_that_kubeflow_takes_for_another_format_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedError, match=r"must be a \.yaml file"):
        _compile([], tmp_path / "pipeline.json")


def _compile(nodes: list[Any], path: Path) -> None:
    from tfx.orchestration.pipeline import Pipeline

    from tfx_kfp.compiler import compile_pipeline

    root = "minio://mlpipeline/v2/artifacts"
    pipeline = Pipeline("refused", pipeline_root=root, components=nodes)
    compile_pipeline(pipeline, path, image="image:1")
