# SPDX-License-Identifier: Apache-2.0
"""The same graph as a specification for Kubeflow Pipelines."""

from pathlib import Path

from tfx.orchestration.kubeflow.v2.kubeflow_v2_dag_runner import (
    KubeflowV2DagRunner,
    KubeflowV2DagRunnerConfig,
)

from components.errors import UsageError
from pipelines.baseline import Baseline
from pipelines.config import Config
from pipelines.graph import Place, build
from pipelines.versions import DataVersion

# What KFP uses where the caller names no root.
DEFAULT_ROOT = "minio://mlpipeline/v2/artifacts"


def compile_recipe(
    name: str,
    config: Config,
    data: DataVersion,
    path: Path,
    pipeline_root: str = DEFAULT_ROOT,
    image: str = "prodl",
) -> None:
    """Write the KFP specification (schema 2.1.0) of a recipe.

    Args:
        name: Name of the recipe.
        config: All parameters.
        data: The data version the cluster is to use.
        path: File to write; it must end in `.yaml`, because TFX wraps any other name
            into a format that open-source KFP refuses.
        pipeline_root: Bucket for artifacts. Defaults to that of a plain installation.
        image: Container image that holds this project. Defaults to `prodl`.

    Raises:
        UsageError: If the file name does not end in `.yaml`.
    """
    if path.suffix != ".yaml":
        raise UsageError(f"the specification must be a .yaml file.\nReceived {path}.")
    place = Place(
        pipeline_name=name,
        pipeline_root=pipeline_root,
        push_destination=f"{pipeline_root}/pushed/{name}",
    )
    runner = KubeflowV2DagRunner(
        config=KubeflowV2DagRunnerConfig(
            default_image=image, use_pipeline_spec_2_1=True
        ),
        output_filename=str(path),
    )
    runner.run(build(name, config, data, Baseline(), place))
