# SPDX-License-Identifier: Apache-2.0
"""A run of KFP's programs in the form of a record: what differs by chance is numbered.

Identifiers of runs and steps (UUIDs) and of artifacts are numbered in the order in
which they appear; paths of this machine become those of the image.
"""

import json
import re
from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from tests.support.kfp.records import Steps
from tests.support.kfp.run import Run

UUID_PATTERN: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
IMAGE: Final = "/opt/prodl"


def record_steps(run: Run, image: str) -> Steps:
    """Steps of a run as they are recorded.

    Args:
        run: A run without cached steps, to its end.
        image: The folder that stood for the image.
    """
    steps = {
        name: {
            "executor_input": step.executor_input,
            "executor_output": step.executor_output,
            "pod_spec_patch": _without_launcher(step.pod_spec_patch),
        }
        for name, step in run.steps.items()
    }
    text = json.dumps(steps).replace(image, IMAGE)
    numbered: Steps = json.loads(_number_uuids(text))
    _number_artifacts(numbered)
    return numbered


def record_workflow(workflow: Mapping[str, Any]) -> dict[str, Any]:
    """A Workflow as it is recorded: what the API server made, without its state.

    Args:
        workflow: The Workflow as the API server stored it.
    """
    metadata = workflow["metadata"]
    kept = ("generateName", "annotations", "labels")
    found = {
        "metadata": {key: metadata[key] for key in kept if key in metadata},
        "spec": workflow["spec"],
    }
    text = json.dumps(found).replace(metadata["name"], metadata["generateName"])
    numbered: dict[str, Any] = json.loads(_number_uuids(text))
    # The API server lists them in any order.
    numbered["spec"]["arguments"]["parameters"].sort(key=lambda each: each["name"])
    return numbered


def same_identifiers(
    recorded: Mapping[str, Any], actual: Mapping[str, Any]
) -> dict[str, str]:
    """Recorded UUIDs of a step, with those of the same step in another run.

    Args:
        recorded: ExecutorInput of the record.
        actual: ExecutorInput of the other run.
    """
    pairs = zip(
        UUID_PATTERN.findall(recorded["outputs"]["outputFile"]),
        UUID_PATTERN.findall(actual["outputs"]["outputFile"]),
        strict=True,
    )
    return dict(pairs)


def _number_uuids(text: str) -> str:
    found = list(dict.fromkeys(UUID_PATTERN.findall(text)))
    numbers = {uuid: str(UUID(int=number)) for number, uuid in enumerate(found)}
    return UUID_PATTERN.sub(lambda match: numbers[match[0]], text)


def _number_artifacts(steps: Steps) -> None:
    """Number the artifacts: the launcher registers those of a step in any order."""
    numbers: dict[str, str] = {}
    for step in steps.values():
        inputs = step["executor_input"]["inputs"].get("artifacts", {})
        for name in sorted(inputs):
            for artifact in inputs[name]["artifacts"]:
                number = numbers.setdefault(artifact["name"], str(len(numbers) + 1))
                artifact["name"] = number


def _without_launcher(patch: Mapping[str, Any]) -> dict[str, Any]:
    """A patch without the launcher's command, which has the ExecutorInput once more."""
    containers = [
        {key: value for key, value in container.items() if key != "command"}
        for container in patch["containers"]
    ]
    return {**patch, "containers": containers}
