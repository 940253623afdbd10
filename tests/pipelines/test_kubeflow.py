# SPDX-License-Identifier: Apache-2.0
"""The graph compiles to what open-source Kubeflow Pipelines accepts."""

from pathlib import Path

import pytest
import yaml

from components.errors import UsageError
from components.project import project_root
from pipelines.config import load_config
from pipelines.versions import DataVersion

pytestmark = pytest.mark.cluster

DATA = DataVersion(
    dataset="mnist",
    variant="official",
    folder="data/raw/mnist/official",
    content_sha256="0" * 64,
    dvc_md5="0" * 32 + ".dir",
    dvc_agrees=None,
)


@pytest.fixture(scope="module")
def specification(tmp_path_factory: pytest.TempPathFactory) -> dict:
    """The compiled specification of mnist-cnn."""
    from pipelines.kubeflow import compile_recipe

    path = tmp_path_factory.mktemp("kfp") / "mnist-cnn.yaml"
    compile_recipe("mnist-cnn", load_config(project_root()), DATA, path)
    return dict(yaml.safe_load(path.read_text()))


def test_specification_parses_strictly(specification: dict) -> None:
    from google.protobuf.json_format import ParseDict
    from kfp.pipeline_spec.pipeline_spec_pb2 import PipelineSpec

    parsed = ParseDict(specification, PipelineSpec(), ignore_unknown_fields=False)
    assert parsed.schema_version == "2.1.0"


def test_every_node_is_a_container(specification: dict) -> None:
    executors = specification["deploymentSpec"]["executors"]
    assert {"Trainer_executor", "Evaluate_executor", "Acquire_executor"} <= set(
        executors
    )
    # KFP's open-source backend implements neither resolvers nor importers of ours.
    assert all(set(executor) == {"container"} for executor in executors.values())


def test_data_version_is_a_parameter_of_the_head(specification: dict) -> None:
    head = specification["root"]["dag"]["tasks"]["Acquire"]["inputs"]["parameters"]
    value = head["content_sha256"]["runtimeValue"]["constant"]
    assert value == DATA.content_sha256


def test_other_file_names_are_refused(tmp_path: Path) -> None:
    from pipelines.kubeflow import compile_recipe

    config = load_config(project_root())
    with pytest.raises(UsageError, match=r"must be a \.yaml file"):
        compile_recipe("mnist-cnn", config, DATA, tmp_path / "spec.json")
