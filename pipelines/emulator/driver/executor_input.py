# SPDX-License-Identifier: Apache-2.0
"""KFP's driver before a step: it resolves inputs and provisions outputs.

Restated from the backend of Kubeflow Pipelines 2.16.1; 2.17.0 does the same. What the
real driver made of a specification is recorded in `tests/records/kfp`.
"""

from collections.abc import Mapping
from typing import Final

from google.protobuf import struct_pb2
from kfp.pipeline_spec import pipeline_spec_pb2 as kfp

from components.core.errors import UsageError
from pipelines.emulator.metadata import Finished
from pipelines.emulator.names import container_path
from pipelines.emulator.parameters import as_declared, is_null
from pipelines.kubeflow.spec import Specification
from tfx_kfp.entrypoint import LOG_ARTIFACT

LOG_TYPE: Final = kfp.ArtifactTypeSchema(schema_title="system.Artifact")
NO_VALUE: Final = struct_pb2.Value()
NOT_GIVEN: Final = kfp.TaskInputsSpec.InputParameterSpec()


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

    Raises:
        UsageError: If a parameter has no value, or one of another type, or an artifact
            is no output of its producer.
    """
    wanted = specification.task(task).inputs
    inputs = kfp.ExecutorInput.Inputs()
    for name, artifact in wanted.artifacts.items():
        found = _artifact(f"{task}.{name}", artifact, finished)
        inputs.artifacts[name].artifacts.add().CopyFrom(found)
    declared = specification.component(task).input_definitions.parameters
    for name in sorted(declared.keys() | wanted.parameters.keys()):
        where, given = f"{task}.{name}", name in wanted.parameters
        parameter = wanted.parameters[name] if given else NOT_GIVEN
        value = _parameter(where, parameter, parameters, finished)
        # A null that the specification itself holds is for the declared type to judge.
        if is_null(value) and not parameter.HasField("runtime_value"):
            if declared[name].is_optional:
                continue
            raise _no_value(where)
        if name in declared:
            value = as_declared(where, value, declared[name].parameter_type)
        inputs.parameter_values[name].CopyFrom(value)
    return inputs


def provision_outputs(
    specification: Specification, task: str, run_root: str, salt: str
) -> kfp.ExecutorInput.Outputs:
    """Addresses for the outputs of a task, and for what it printed.

    Args:
        specification: The pipeline.
        task: Name of the task.
        run_root: Address of the run, below which the outputs go.
        salt: Makes the addresses of this execution its own.
    """
    task_root = f"{run_root}/{task}/{salt}"
    outputs = kfp.ExecutorInput.Outputs(
        output_file=f"{container_path(task_root)}/output_metadata.json"
    )
    definitions = specification.component(task).output_definitions
    for name, artifact in definitions.artifacts.items():
        added = outputs.artifacts[name].artifacts.add(
            name=name, uri=f"{task_root}/{name}", type=artifact.artifact_type
        )
        if artifact.HasField("metadata"):
            added.metadata.CopyFrom(artifact.metadata)
    outputs.artifacts[LOG_ARTIFACT].artifacts.add(
        name=LOG_ARTIFACT, uri=f"{task_root}/{LOG_ARTIFACT}", type=LOG_TYPE
    )
    for name in definitions.parameters:
        outputs.parameters[name].output_file = f"/tmp/kfp/outputs/{name}"
    return outputs


def _artifact(
    where: str,
    artifact: kfp.TaskInputsSpec.InputArtifactSpec,
    finished: Mapping[str, Finished],
) -> kfp.RuntimeArtifact:
    producer = artifact.task_output_artifact
    outputs = finished[producer.producer_task].artifacts
    if producer.output_artifact_key not in outputs:
        raise UsageError(
            f"{where}: expected an output of {producer.producer_task}: "
            f"{', '.join(sorted(outputs))}.\n"
            f"Received {producer.output_artifact_key!r}.\n"
            "Compile the specification again."
        )
    return outputs[producer.output_artifact_key]


def _parameter(
    where: str,
    parameter: kfp.TaskInputsSpec.InputParameterSpec,
    parameters: Mapping[str, struct_pb2.Value],
    finished: Mapping[str, Finished],
) -> struct_pb2.Value:
    kind = parameter.WhichOneof("kind")
    if kind is None:
        return NO_VALUE
    if kind == "runtime_value":
        return parameter.runtime_value.constant
    if kind == "component_input_parameter":
        return parameters.get(parameter.component_input_parameter, NO_VALUE)
    if kind == "task_output_parameter":
        producer = parameter.task_output_parameter
        outputs = finished[producer.producer_task].parameters
        return outputs.get(producer.output_parameter_key, NO_VALUE)
    raise UsageError(f"{where}: a parameter of kind {kind!r} is not resolved here.")


def _no_value(where: str) -> UsageError:
    return UsageError(
        f"{where}: expected a value, because the parameter is not optional.\n"
        "Received null.\nGive it a value, or a default, in the specification."
    )
