# SPDX-License-Identifier: Apache-2.0
"""The cluster that a specification is for, checked without TFX."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from components.core.errors import ErrorList, UsageError
from components.core.redaction import without_password
from components.model_store.object_store import SCHEMES, is_store_uri
from pipelines.graph.execution_target import DataOrigin
from pipelines.kubeflow.kfp_versions import DEFAULT_VERSION, default_store
from pipelines.kubeflow.pools import BASE_POOL, Pools
from pipelines.kubeflow.spec import DEFAULT_ROOT
from pipelines.kubeflow.store_server import ENDPOINT_VARIABLES, check_endpoint


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

    store_endpoint: str = ""
    """Server of published models. Defaults to what a step can find out."""

    kfp_version: str = DEFAULT_VERSION
    """Version of Kubeflow Pipelines."""

    pool: str = BASE_POOL
    """Pool for the steps that use an accelerator."""

    origin: DataOrigin = field(default_factory=DataOrigin)
    """Where a step gets the raw files. Defaults to the image."""

    @property
    def store_scheme(self) -> str:
        """Scheme of the store with the published models: gs, s3 or minio."""
        return (self.published or self.pipeline_root).partition("://")[0]


DEFAULT_TARGET: Final = ClusterTarget()


def check_target(path: Path, target: ClusterTarget, pools: Pools) -> None:
    """Refuse options that no cluster could run, before anything is built.

    Args:
        path: File of the specification.
        target: The cluster.
        pools: The table of pools.

    Raises:
        UsageError: An option is wrong, for each that is.
    """
    errors = ErrorList()
    if path.suffix != ".yaml":
        message = f"the specification must be a .yaml file.\nReceived {path}."
        errors.add(UsageError(message))
    with errors.collect():
        pools.pool(target.pool)
    with errors.collect():
        default_store(target.kfp_version)
    for description, uri in (
        ("pipeline root", target.pipeline_root),
        ("address of published models", target.published or target.pipeline_root),
    ):
        if not is_store_uri(uri):
            message = (
                f"{description}: the nodes of a cluster share no folder, so it must "
                f"be in an object store ({', '.join(f'{s}://' for s in SCHEMES)}).\n"
                f"Received {without_password(uri)!r}."
            )
            errors.add(UsageError(message))
    with errors.collect():
        _check_store_endpoint(target)
    errors.raise_any()


def _check_store_endpoint(target: ClusterTarget) -> None:
    if not target.store_endpoint:
        return
    check_endpoint("--store-endpoint", target.store_endpoint)
    if target.store_scheme not in ENDPOINT_VARIABLES:
        raise UsageError(
            "--store-endpoint: published models are in Google's own store, which "
            f"has one server.\nReceived {target.store_endpoint} for "
            f"{target.published or target.pipeline_root}.\nLeave the option out."
        )
