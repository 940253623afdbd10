# SPDX-License-Identifier: Apache-2.0
"""KFP's cache key of a task: the same JSON as the real driver hashes."""

import hashlib
import json
from typing import Any

from google.protobuf import json_format
from kfp.pipeline_spec import pipeline_spec_pb2 as kfp

from pipelines.emulator.parameters import type_name
from pipelines.kubeflow.spec import Specification


def fingerprint(
    specification: Specification, task: str, invocation: kfp.ExecutorInput
) -> str:
    """KFP's cache key of a task; empty where the task is not cached.

    Artifacts count by their ids, parameters by value, outputs by name and type, the
    container by image, command, arguments and volume claims. Its environment and its
    resources do not count.

    Args:
        specification: The pipeline.
        task: Name of the task.
        invocation: Resolved by the driver.
    """
    if not specification.task(task).caching_options.enable_cache:
        return ""
    declared = specification.component(task).output_definitions.parameters
    key = {
        "inputArtifactNames": {
            name: {"artifactNames": [artifact.name for artifact in listed.artifacts]}
            for name, listed in invocation.inputs.artifacts.items()
        },
        "inputParameterValues": {
            name: _as_go_writes_it(json_format.MessageToDict(value))
            for name, value in invocation.inputs.parameter_values.items()
        },
        "outputArtifactsSpec": {
            name: _without_address(listed.artifacts[0])
            for name, listed in invocation.outputs.artifacts.items()
        },
        "outputParametersSpec": {
            name: type_name(declared[name].parameter_type)
            for name in invocation.outputs.parameters
        },
        "containerSpec": _container(specification, task),
    }
    # Go's protojson leaves out what is empty; its encoder escapes what HTML would read.
    filled = {name: part for name, part in key.items() if part}
    text = json.dumps(filled, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return hashlib.sha256(text.encode()).hexdigest()


def _container(specification: Specification, task: str) -> dict[str, object]:
    container = specification.containers[task]
    mounts = specification.placements[task].pvc_mount
    parts = {
        "image": container.image,
        "cmdArgs": [*container.command, *container.args],
        "pvcNames": sorted({mount.constant for mount in mounts}),
    }
    return {name: part for name, part in parts.items() if part}


def _without_address(output: kfp.RuntimeArtifact) -> dict[str, object]:
    artifact = kfp.RuntimeArtifact()
    artifact.CopyFrom(output)
    artifact.uri = ""
    return dict(_as_go_writes_it(json_format.MessageToDict(artifact)))


def _as_go_writes_it(value: Any) -> Any:
    """A JSON value with whole numbers that have no decimal point."""
    if isinstance(value, dict):
        return {name: _as_go_writes_it(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_as_go_writes_it(inner) for inner in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
