# SPDX-License-Identifier: Apache-2.0
"""A run of a compiled file: driver and launcher, step after step."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from google.protobuf import json_format

from components.core.errors import ProdlError
from pipelines.kubeflow.spec import Specification, pipeline_parameters
from tests.support.kfp.cluster import Cluster
from tests.support.kfp.driver import (
    container_options,
    drive_graph,
    drive_step,
    root_options,
)
from tests.support.kfp.launcher import launch_step

Change = Callable[[str, list[str], dict[str, Any]], list[str]]


@dataclass(frozen=True)
class Step:
    """What driver and launcher made of a step."""

    pod_spec_patch: dict[str, Any] = field(default_factory=dict)
    """The patch of its Pod; empty if it was cached."""

    executor_input: dict[str, Any] | None = None
    """What the step got; None if it was cached."""

    executor_output: dict[str, Any] | None = None
    """What it answered; None if it was cached, or answered nothing."""

    @property
    def is_cached(self) -> bool:
        """Whether an earlier execution was taken."""
        return not self.pod_spec_patch

    def uri(self, output: str) -> str:
        """Address of an output artifact."""
        assert self.executor_input, "a cached step has no outputs of its own"
        listed = self.executor_input["outputs"]["artifacts"][output]["artifacts"]
        return str(listed[0]["uri"])


@dataclass
class Run:
    """A run up to its end, or to the first step that failed."""

    id: str
    """Identifier of the run."""

    steps: dict[str, Step] = field(default_factory=dict)
    """Finished steps in their order."""

    error: ProdlError | None = None
    """Why a step failed; None if none did."""


def run_specification(
    cluster: Cluster,
    specification: Specification,
    overrides: Mapping[str, str] | None = None,
    change: Change | None = None,
) -> Run:
    """Run a compiled file with KFP's driver and launcher.

    Args:
        cluster: The services.
        specification: The compiled file.
        overrides: Values of the pipeline's parameters. Defaults to its own.
        change: Makes another command of a step's name, its command and its
            ExecutorInput. Defaults to none: the steps run.

    Raises:
        ProdlError: If a driver failed.
    """
    run = Run(str(uuid4()))
    values = {
        name: json_format.MessageToDict(value)
        for name, value in pipeline_parameters(specification, overrides or {}).items()
    }
    root = specification.pipeline.default_pipeline_root
    parent = drive_graph(cluster, root_options(specification, values, root, run.id))
    for task in specification.order:
        options = container_options(specification, task, run.id, parent)
        decision = drive_step(cluster, task, options)
        if decision.is_cached:
            run.steps[task] = Step()
            continue
        launched = launch_step(
            cluster,
            task,
            decision.pod_spec_patch,
            specification.placements[task].pod_metadata.annotations,
            (lambda *given, task=task: change(task, *given)) if change else None,
        )
        if launched.error:
            run.error = launched.error
            return run
        run.steps[task] = Step(
            decision.pod_spec_patch, launched.executor_input, launched.executor_output
        )
    return run
