# SPDX-License-Identifier: Apache-2.0
"""KFP's launcher around a step: it brings inputs, runs the command, uploads outputs.

Restated from the backend of Kubeflow Pipelines 2.16.1; 2.17.0 differs in what it
downloads (`machine.py`). The container is a process with an empty scratch folder for
its root; the object store is a folder.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from google.protobuf import json_format, struct_pb2
from kfp.pipeline_spec import pipeline_spec_pb2 as kfp

from components.core.errors import ProdlError
from components.core.shortening import shorten
from pipelines.emulator.launcher.environment import step_environment
from pipelines.emulator.launcher.machine import Machine, copy_files, scratch_path
from pipelines.emulator.launcher.process import Process, run_process
from pipelines.emulator.names import path_below
from pipelines.emulator.parameters import parse_output
from pipelines.kubeflow.spec import Specification
from tfx_kfp.entrypoint import LOG_ARTIFACT

# In a container's arguments: the whole ExecutorInput as JSON.
PLACEHOLDER: Final = "{{$}}"
# The launcher names the log after the attempt; here each step has one.
FIRST_ATTEMPT: Final = "-0"


@dataclass(frozen=True)
class Outputs:
    """What a step leaves: artifacts and parameters by name."""

    artifacts: dict[str, kfp.RuntimeArtifact] = field(default_factory=dict)
    parameters: dict[str, struct_pb2.Value] = field(default_factory=dict)


@dataclass(frozen=True)
class Launcher:
    """Runs the steps of one specification on one machine."""

    specification: Specification
    """The pipeline."""

    machine: Machine
    """The emulated cluster."""

    lifeline: int
    """Of `process.open_lifeline`: its end is the end of the running steps."""

    def run(
        self, task: str, invocation: kfp.ExecutorInput, scratch: Path, log: Path
    ) -> Process:
        """Bring the inputs of a step, and run its command.

        Args:
            task: Name of the task.
            invocation: Resolved by the driver; the log gets its final address.
            scratch: Empty folder in the place of the container's root.
            log: File for the output of the process.
        """
        for artifact in _artifacts(invocation.inputs):
            self.machine.download(artifact.uri, scratch)
        for artifact in invocation.outputs.artifacts[LOG_ARTIFACT].artifacts:
            artifact.uri += FIRST_ATTEMPT
        _prepare_folders(invocation.outputs, scratch)
        container = self.specification.containers[task]
        whole = json_format.MessageToJson(_below(invocation, scratch))
        command = [*container.command, *container.args]
        placement = self.specification.placements[task]
        process = run_process(
            [part.replace(PLACEHOLDER, whole) for part in command],
            step_environment(container, placement, self.machine, scratch),
            self.machine.image,
            log,
            self.lifeline,
        )
        self._upload_log(invocation.outputs, log, scratch)
        return process

    def collect(
        self, task: str, invocation: kfp.ExecutorInput, scratch: Path
    ) -> Outputs:
        """Upload the outputs of a step that succeeded, with the facts that it wrote.

        Args:
            task: Name of the task.
            invocation: As it was run; its outputs get the facts.
            scratch: The container's root.

        Raises:
            ProdlError: If KFP's launcher could not read what the step wrote.
        """
        outputs = invocation.outputs
        answer = _read_answer(task, _file(scratch, outputs.output_file))
        merge_answer(outputs, answer)
        declared = self.specification.component(task).output_definitions.parameters
        parameters = dict(answer.parameter_values)
        for name in outputs.parameters.keys() - parameters.keys():
            file = _file(scratch, outputs.parameters[name].output_file)
            text = _read(f"{task}.{name}", file)
            kind = declared[name].parameter_type
            parameters[name] = parse_output(f"{task}.{name}", text, kind)
        for artifact in _artifacts(outputs):
            self.machine.upload(artifact.uri, scratch)
        return Outputs(first_artifacts(outputs), parameters)

    def _upload_log(
        self, outputs: kfp.ExecutorInput.Outputs, log: Path, scratch: Path
    ) -> None:
        for artifact in outputs.artifacts[LOG_ARTIFACT].artifacts:
            copy_files(log, scratch_path(scratch, artifact.uri))
            self.machine.upload(artifact.uri, scratch)


def first_artifacts(
    outputs: kfp.ExecutorInput.Outputs,
) -> dict[str, kfp.RuntimeArtifact]:
    """The output artifacts by name."""
    return {name: listed.artifacts[0] for name, listed in outputs.artifacts.items()}


def only_log(outputs: kfp.ExecutorInput.Outputs) -> Outputs:
    """What a failed step leaves: its log."""
    return Outputs({LOG_ARTIFACT: first_artifacts(outputs)[LOG_ARTIFACT]})


def merge_answer(
    outputs: kfp.ExecutorInput.Outputs, answer: kfp.ExecutorOutput
) -> None:
    """Take over the addresses and facts that a step wrote.

    Args:
        outputs: Provisioned by the driver.
        answer: The step's own ExecutorOutput; what it says of the log does not count.
    """
    for name, listed in outputs.artifacts.items():
        if name == LOG_ARTIFACT:
            continue
        for artifact, update in zip(
            listed.artifacts[:1], answer.artifacts[name].artifacts[:1], strict=False
        ):
            artifact.uri = update.uri or artifact.uri
            for fact, value in update.metadata.fields.items():
                artifact.metadata.fields[fact].CopyFrom(value)


def _artifacts(
    part: kfp.ExecutorInput.Inputs | kfp.ExecutorInput.Outputs,
) -> list[kfp.RuntimeArtifact]:
    return [a for listed in part.artifacts.values() for a in listed.artifacts]


def _prepare_folders(outputs: kfp.ExecutorInput.Outputs, scratch: Path) -> None:
    """The launcher's folders: no place of an output itself, but the one above it."""
    places = [scratch_path(scratch, artifact.uri) for artifact in _artifacts(outputs)]
    places += [_file(scratch, p.output_file) for p in outputs.parameters.values()]
    places.append(scratch / "tmp" / "any")
    for place in places:
        place.parent.mkdir(parents=True, exist_ok=True)


def _below(invocation: kfp.ExecutorInput, scratch: Path) -> kfp.ExecutorInput:
    """The invocation with the files of outputs below the folder that is the root."""
    moved = kfp.ExecutorInput()
    moved.CopyFrom(invocation)
    moved.outputs.output_file = str(_file(scratch, invocation.outputs.output_file))
    for parameter in moved.outputs.parameters.values():
        parameter.output_file = str(_file(scratch, parameter.output_file))
    return moved


def _file(scratch: Path, path: str) -> Path:
    """A file of the container, below its root."""
    return path_below(scratch, path.lstrip("/"))


def _read_answer(task: str, file: Path) -> kfp.ExecutorOutput:
    answer = kfp.ExecutorOutput()
    try:
        if file.exists():
            json_format.Parse(file.read_text(encoding="utf-8"), answer)
        # Python reads a NaN that JSON, and so Go, does not have.
        json_format.MessageToDict(answer)
    except (json_format.Error, UnicodeDecodeError, OSError) as error:
        raise ProdlError(
            f"{task}: {file.name} is no ExecutorOutput, so the step fails on Kubeflow "
            f"Pipelines too.\n{shorten(str(error))}"
        ) from None
    return answer


def _read(where: str, file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise ProdlError(
            f"{where}: expected a value in the ExecutorOutput or in {file.name}.\n"
            "Received neither: the step must write its output parameters."
        ) from None
