# SPDX-License-Identifier: Apache-2.0
"""KFP's cache key of a task: the same JSON as the real driver hashes."""

import hashlib
import json
from decimal import Decimal
from typing import Any, Final

from google.protobuf import json_format
from kfp.pipeline_spec import pipeline_spec_pb2 as kfp

from pipelines.emulator.parameters import type_name
from pipelines.kubeflow.spec import Specification

# Go's encoder escapes what would mean something in HTML, or end a line of JavaScript.
ESCAPED: Final = "<>&\u2028\u2029"


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
            name: json_format.MessageToDict(value)
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
    # Go's protojson leaves out what is empty.
    filled = {name: part for name, part in key.items() if part}
    return hashlib.sha256(_go_json(filled).encode()).hexdigest()


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
    return dict(json_format.MessageToDict(artifact))


def _go_json(value: Any) -> str:
    """JSON as Go's encoder writes it: sorted, without spaces, safe in HTML."""
    if isinstance(value, dict):
        pairs = (f"{_go_json(name)}:{_go_json(value[name])}" for name in sorted(value))
        return f"{{{','.join(pairs)}}}"
    if isinstance(value, list):
        return f"[{','.join(map(_go_json, value))}]"
    if isinstance(value, float):
        return _go_number(value)
    text = json.dumps(value, ensure_ascii=False)
    for character in ESCAPED:
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def _go_number(value: float) -> str:
    if value == 0 or 1e-6 <= abs(value) < 1e21:
        return f"{Decimal(repr(value)):f}".removesuffix(".0")
    digits, _, exponent = repr(value).partition("e")
    return f"{digits}e{int(exponent):+d}"
