# SPDX-License-Identifier: Apache-2.0
"""KFP's driver before a step: it resolves inputs, output addresses and the cache key.

Restated from the backend of Kubeflow Pipelines 2.17.
"""

import hashlib
import json
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from google.protobuf import json_format, struct_pb2
from kfp.pipeline_spec import pipeline_spec_pb2 as kfp

from components.core.errors import UsageError
from pipelines.emulator.metadata import Finished
from pipelines.kubeflow.spec import Specification

OUTPUT_FILE = "tmp/kfp_outputs/output_metadata.json"


def resolve_inputs(
    specification: Specification,
    task: str,
    parameters: Mapping[str, struct_pb2.Value],
    finished: Mapping[str, Finished],
) -> kfp.ExecutorInput.Inputs:
    """The inputs of a task.

    Args:
        specification: The pipeline.
        task: Name of the task.
        parameters: Values of the pipeline's parameters.
        finished: Outputs of the tasks before it.
    """
    wanted = specification.task(task).inputs
    inputs = kfp.ExecutorInput.Inputs()
    for name, artifact in wanted.artifacts.items():
        producer = artifact.task_output_artifact
        outputs = finished[producer.producer_task].artifacts
        found = outputs[producer.output_artifact_key]
        inputs.artifacts[name].artifacts.add().CopyFrom(found)
    for name, parameter in wanted.parameters.items():
        value = _parameter(task, name, parameter, parameters, finished)
        inputs.parameter_values[name].CopyFrom(value)
    return inputs


def provision_outputs(
    specification: Specification, task: str, run_root: str, scratch: Path
) -> kfp.ExecutorInput.Outputs:
    """Addresses for the outputs of a task.

    Args:
        specification: The pipeline.
        task: Name of the task.
        run_root: Address of the run, below which the outputs go.
        scratch: Stands for the root folder of the container.
    """
    outputs = kfp.ExecutorInput.Outputs(output_file=str(scratch / OUTPUT_FILE))
    salt = uuid.uuid4().hex
    definitions = specification.component(task).output_definitions
    for name, artifact in definitions.artifacts.items():
        outputs.artifacts[name].artifacts.add(
            uri=f"{run_root}/{task}/{salt}/{name}",
            type=artifact.artifact_type,
            metadata=artifact.metadata,
        )
    for name in definitions.parameters:
        file = scratch / "tmp" / "kfp" / "outputs" / name
        outputs.parameters[name].output_file = str(file)
    return outputs


def fingerprint(
    specification: Specification, task: str, invocation: kfp.ExecutorInput
) -> str:
    """KFP's cache key of a task; empty where the task is not cached.

    Artifacts count by their ids, parameters by value, outputs by type, the container by
    image, command, arguments, environment and volume claims. Resources do not count.
    """
    if not specification.task(task).caching_options.enable_cache:
        return ""
    container = specification.containers[task]
    definitions = specification.component(task).output_definitions
    mounts = specification.placements[task].pvc_mount
    key = {
        "inputArtifactNames": {
            name: [artifact.name for artifact in listed.artifacts]
            for name, listed in invocation.inputs.artifacts.items()
        },
        "inputParameterValues": {
            name: json_format.MessageToDict(value)
            for name, value in invocation.inputs.parameter_values.items()
        },
        "outputArtifactsSpec": {
            name: json_format.MessageToDict(artifact.artifact_type)
            for name, artifact in definitions.artifacts.items()
        },
        "outputParametersSpec": {
            name: parameter.parameter_type
            for name, parameter in definitions.parameters.items()
        },
        "containerSpec": {
            "image": container.image,
            "cmdArgs": [*container.command, *container.args],
            "env": [[variable.name, variable.value] for variable in container.env],
            "pvcNames": sorted(mount.constant for mount in mounts),
        },
    }
    return hashlib.sha256(json.dumps(key, sort_keys=True).encode()).hexdigest()


def _parameter(
    task: str,
    name: str,
    parameter: kfp.TaskInputsSpec.InputParameterSpec,
    parameters: Mapping[str, struct_pb2.Value],
    finished: Mapping[str, Finished],
) -> struct_pb2.Value:
    kind = parameter.WhichOneof("kind")
    if kind == "runtime_value":
        return parameter.runtime_value.constant
    if kind == "component_input_parameter":
        return parameters[parameter.component_input_parameter]
    if kind == "task_output_parameter":
        producer = parameter.task_output_parameter
        outputs: Any = finished[producer.producer_task].parameters
        return struct_pb2.Value(string_value=outputs[producer.output_parameter_key])
    raise UsageError(
        f"{task}.{name}: a parameter of kind {kind!r} is not resolved here."
    )
