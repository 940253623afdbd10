# SPDX-License-Identifier: Apache-2.0
"""Follow a run of Kubeflow Pipelines, and report each step when it ends."""

import time
from typing import Any, Final

import kfp_server_api
from urllib3.exceptions import HTTPError

from components.core.redaction import without_secrets
from pipelines.console import say, step_line
from pipelines.kubeflow.cached_steps import find_cached_steps

FINISHED: Final = ("SUCCEEDED", "SKIPPED", "FAILED", "CANCELED")
# A cached step has succeeded as well; see cached_steps.py.
STATUSES: Final = {"SUCCEEDED": "ran", "SKIPPED": "not_run", "FAILED": "failed"}
# What a request to the server can end with.
FAILURES: Final = (kfp_server_api.ApiException, HTTPError, OSError)
# Questions in a row without an answer, such as while a port-forward is renewed.
ATTEMPTS: Final = 6
FIRST_SERVER_ERROR: Final = 500


def follow_run(
    client: Any, run_id: str, steps: frozenset[str], poll_seconds: float
) -> Any:
    """Report each step of a run when it ends.

    Args:
        client: KFP's client.
        run_id: The run.
        steps: Names of its steps; KFP lists drivers and executors beside them.
        poll_seconds: Time between two questions.

    Returns:
        The finished run, as the client has it.

    Raises:
        ApiException, HTTPError, OSError: If the server refuses to answer, or did not
            answer six times in a row.
    """
    reported: set[str] = set()
    failures = 0
    while True:
        try:
            run = client.get_run(run_id)
            _report_ended(client, run, steps, reported)
            failures = 0
        except FAILURES as error:
            failures += 1
            if failures == ATTEMPTS or _is_refusal(error):
                raise
            say(f"no answer, asked again in {poll_seconds:g} s: {reason_of(error)}")
        else:
            if run.state in FINISHED:
                return run
        time.sleep(poll_seconds)


def tasks_of(run: Any) -> list[Any]:
    """The tasks of a run: steps, drivers and executors."""
    details = run.run_details.task_details if run.run_details else None
    return list(details or [])


def reason_of(error: BaseException) -> str:
    """Why a request failed, without credentials."""
    return without_secrets(str(getattr(error, "reason", None) or error))


def _report_ended(
    client: Any, run: Any, steps: frozenset[str], reported: set[str]
) -> None:
    """Report the steps that ended since the last question."""
    tasks = [t for t in tasks_of(run) if t.display_name in steps - reported]
    ended = [task for task in tasks if task.state in FINISHED]
    cached = find_cached_steps(client, run.run_id) if ended else frozenset()
    for task in ended:
        reported.add(task.display_name)
        status = "cached" if task.display_name in cached else _status(task)
        say(step_line(task.display_name, status, _seconds(task), ""))
    if run.state in FINISHED:
        # Steps behind a failed one are listed without a state.
        for task in tasks:
            if task.display_name not in reported:
                say(step_line(task.display_name, "not_run", 0.0, ""))


def _is_refusal(error: BaseException) -> bool:
    """Whether the server answered that it will not answer, now or later."""
    if not isinstance(error, kfp_server_api.ApiException):
        return False
    return 0 < (error.status or 0) < FIRST_SERVER_ERROR


def _status(task: Any) -> str:
    return STATUSES.get(task.state, str(task.state).lower())


def _seconds(task: Any) -> float:
    if not (task.start_time and task.end_time):
        return 0.0
    return float((task.end_time - task.start_time).total_seconds())
