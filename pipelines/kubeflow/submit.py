# SPDX-License-Identifier: Apache-2.0
"""Upload a recipe to Kubeflow Pipelines, run it, and follow the run to its end."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import kfp

from components.core.errors import (
    DataNotObtainable,
    DataRefused,
    ProdlError,
    UsageError,
)
from components.core.project import project_root, state_dir
from components.core.redaction import without_password, without_secrets
from pipelines.console import say
from pipelines.kubeflow.compile import write_specification
from pipelines.kubeflow.follow import FAILURES, follow_run, reason_of, tasks_of
from pipelines.kubeflow.options import CompileOptions
from pipelines.kubeflow.pools import load_pools
from pipelines.kubeflow.spec import (
    Specification,
    pipeline_parameters,
    read_specification,
    resources_line,
)
from pipelines.nodes import ACQUIRE, DISTRIBUTION_GATE, EVALUATE, ITEM_GATE

FOLDER: Final = "kubeflow"
POLL_SECONDS: Final = 10.0
DRIVER_SUFFIX: Final = "-driver"
# KFP keeps no exit codes: the kind of failure follows from the step that failed.
ERRORS_BY_STEP: Final[Mapping[str, type[ProdlError]]] = {
    ACQUIRE: DataNotObtainable,
    ITEM_GATE: DataRefused,
    DISTRIBUTION_GATE: DataRefused,
}


@dataclass(frozen=True)
class Submission:
    """A compiled recipe and the installation that it is sent to."""

    recipe: str
    """Name of the recipe; the pipeline's name."""

    file: Path
    """The compiled specification."""

    steps: frozenset[str]
    """Its steps; KFP lists drivers, executors and the graph itself beside them."""

    host: str
    """Address of Kubeflow Pipelines."""

    namespace: str
    """The user's namespace; empty for a single-user installation."""

    experiment: str
    """Name that groups runs on KFP's page."""

    description: str
    """What the pipeline is for, shown on KFP's page."""

    root: str
    """Address for artifacts; empty for the installation's own."""

    service_account: str
    """Service account of the Pods."""

    parameters: Mapping[str, str]
    """Values that differ from their defaults."""


def submit(
    recipe: str,
    host: str,
    options: CompileOptions,
    parameters: Mapping[str, str],
    namespace: str = "",
    dry_run: bool = False,
    poll_seconds: float = POLL_SECONDS,
) -> None:
    """Compile a recipe, run it on a cluster, and report each step as it ends.

    Args:
        recipe: Name of the recipe.
        host: Address of Kubeflow Pipelines.
        options: Options of the compilation.
        parameters: Values of pipeline parameters that differ from their defaults.
        namespace: The user's namespace. Defaults to that of a single-user installation.
        dry_run: Print what would be sent, and send nothing. Defaults to False.
        poll_seconds: Time between requests to the server. Defaults to 10.

    Raises:
        ProdlError: If the run failed; the exit code follows from the failed step.
        UsageError: If the server refuses the request, or cannot be reached.
    """
    file = state_dir() / FOLDER / f"{recipe}.yaml"
    write_specification(recipe, file, options)
    specification = read_specification(file)
    pipeline_parameters(specification, parameters)
    submission = Submission(
        recipe=recipe,
        file=file,
        steps=frozenset(specification.order),
        host=host,
        namespace=namespace,
        experiment=recipe,
        description=specification.pipeline.pipeline_info.description,
        root=options.root,
        service_account=load_pools(project_root()).cluster.service_account,
        parameters=parameters,
    )
    if dry_run:
        _describe(submission, specification)
        return
    _run(submission, poll_seconds)


def _describe(submission: Submission, specification: Specification) -> None:
    tasks = specification.order
    host = without_password(submission.host)
    say(f"would upload {submission.file} to {host} and run it")
    for name, parameter in sorted(
        specification.pipeline.root.input_definitions.parameters.items()
    ):
        value = submission.parameters.get(name, parameter.default_value.string_value)
        say(f"  {name} = {value!r}")
    for task in tasks:
        say(f"  {task:<24} {resources_line(specification, task)}")
    # A driver for the whole, then a driver and the step itself for each.
    say(f"{len(tasks)} steps, {2 * len(tasks) + 1} Pods at most; cached steps need one")


def _run(submission: Submission, poll_seconds: float) -> None:
    try:
        client = kfp.Client(host=submission.host)
        run_id = _start(client, submission)
    except FAILURES as error:
        raise UsageError(
            f"{without_password(submission.host)}: Kubeflow Pipelines did not take the "
            f"request.\n{reason_of(error)}\n"
            "Check --host and your access, for example with kubectl port-forward."
        ) from None
    try:
        run = follow_run(client, run_id, submission.steps, poll_seconds)
    except FAILURES as error:
        raise ProdlError(
            f"{submission.recipe}: run {run_id} was started and goes on, but cannot be "
            f"followed any more.\n{reason_of(error)}\nSee {_page(submission, run_id)}; "
            "another prodl submit would start another run."
        ) from None
    if run.state != "SUCCEEDED":
        raise _error(run, submission)
    say(
        f"{submission.recipe}: the run ended; whether the model passed its gate is in "
        f"the artifact 'gate' of its step {EVALUATE}."
    )


def _start(client: Any, submission: Submission) -> str:
    """Upload, as a new version where the pipeline is known, and create a run."""
    name, file = submission.recipe, str(submission.file)
    version = f"{name} {datetime.now(UTC):%Y-%m-%d %H-%M-%S}"
    pipeline = client.get_pipeline_id(name)
    namespace = submission.namespace or None
    if pipeline is None:
        uploaded = client.upload_pipeline(
            file,
            pipeline_name=name,
            description=submission.description,
            namespace=namespace,
        )
        pipeline = uploaded.pipeline_id
        known = client.list_pipeline_versions(pipeline).pipeline_versions[0]
    else:
        known = client.upload_pipeline_version(
            file,
            pipeline_version_name=version,
            pipeline_id=pipeline,
            description=submission.description,
        )
    experiment = client.create_experiment(submission.experiment, namespace=namespace)
    run = client.run_pipeline(
        experiment_id=experiment.experiment_id,
        job_name=version,
        pipeline_id=pipeline,
        version_id=known.pipeline_version_id,
        params=dict(submission.parameters),
        pipeline_root=submission.root or None,
        service_account=submission.service_account,
    )
    return str(run.run_id)


def _error(run: Any, submission: Submission) -> ProdlError:
    failed = [task for task in tasks_of(run) if task.state == "FAILED"]
    names = [str(task.display_name).removesuffix(DRIVER_SUFFIX) for task in failed]
    step = next((name for name in names if name in submission.steps), "")
    reason = next((t.error.message for t in failed if t.error and t.error.message), "")
    return ERRORS_BY_STEP.get(step, ProdlError)(
        f"{submission.recipe}: run {run.run_id} ended as {run.state}"
        f"{f' at {step}' if step else ''}.\n{without_secrets(reason)}\n"
        f"Logs: {_page(submission, run.run_id)}"
    )


def _page(submission: Submission, run_id: str) -> str:
    return f"{without_password(submission.host)}/#/runs/details/{run_id}"
