# SPDX-License-Identifier: Apache-2.0
"""The command of every container: TFX's executor, adapted to open-source Kubeflow.

    python -m tfx_kfp.entrypoint

TFX's own container entrypoint fails on open-source Kubeflow Pipelines. It is wrapped in
these cures:

1. KFP passes artifacts without their type (tensorflow/tfx issue 7768): the types are
   taken from the compiled specification, the user's own among them.
2. TFX opens an artifact's URI itself, and supports neither minio:// nor, as installed,
   s3://: URIs are mapped to the folders that KFP's launcher downloads to and uploads
   from.
3. Since KFP 2.5 each step has an output artifact `executor-logs`, of a type that TFX
   cannot import; only the launcher fills it: it is hidden from the step.
4. Beam and absl parse the command line of the process: it is cleared.

A project that needs more in every step calls `read_step` and `run_step` in a module of
its own, and names that as `command` when it compiles.
"""

import argparse
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tfx_kfp.errors import UnsupportedError
from tfx_kfp.uris import to_folder, to_uri

# KFP's driver adds it where logs are published, which is the default.
LOG_ARTIFACT: Final = "executor-logs"


@dataclass(frozen=True)
class Step:
    """One step, as KFP's launcher calls it."""

    executor: str
    """Import path of the TFX executor."""

    invocation: dict[str, Any]
    """The ExecutorInput: parameters, input artifacts, addresses of the outputs."""

    inputs_spec: str
    """The inputs as the compiled specification declares them, JSON."""

    artifact_types: tuple[str, ...]
    """Import paths of the user's own artifact types."""

    beam_args: tuple[str, ...]
    """Everything else: arguments of Beam."""


def main(arguments: list[str]) -> int:
    """Run one step; return 2 for what KFP cannot run."""
    try:
        run_step(read_step(arguments))
    except UnsupportedError as error:
        print(f"tfx_kfp: {error}", file=sys.stderr, flush=True)
        return 2
    return 0


def read_step(arguments: list[str]) -> Step:
    """Read the arguments of a container. Imports no TFX.

    Args:
        arguments: Command line without the program.

    Raises:
        UnsupportedError: If the ExecutorInput is none.
    """
    parser = argparse.ArgumentParser(prog="entrypoint", allow_abbrev=False)
    parser.add_argument("--executor_class_path", required=True)
    parser.add_argument("--json_serialized_invocation_args", required=True)
    parser.add_argument("--json_serialized_inputs_spec_args", required=True)
    parser.add_argument("--artifact_types", default="")
    args, beam_args = parser.parse_known_args(arguments)
    return Step(
        executor=args.executor_class_path,
        invocation=_read_invocation(args.json_serialized_invocation_args),
        inputs_spec=args.json_serialized_inputs_spec_args,
        artifact_types=tuple(filter(None, args.artifact_types.split(","))),
        beam_args=tuple(beam_args),
    )


def _read_invocation(text: str) -> dict[str, Any]:
    try:
        invocation: dict[str, Any] = json.loads(text)
        if invocation["outputs"]["outputFile"]:
            return invocation
    except (ValueError, TypeError, KeyError):
        pass
    raise UnsupportedError(
        "expected an ExecutorInput, JSON with outputs.outputFile.\n"
        f"Received {text[:200]!r}.\nRun the step by the launcher of Kubeflow Pipelines "
        "2.5 or newer."
    )


def run_step(step: Step) -> None:
    """Run the executor of a step, and leave the ExecutorOutput for KFP's launcher.

    Raises:
        UnsupportedError: If an artifact lies where KFP's launcher does not go.
    """
    _restore_types(step)  # cure 1
    _map(step.invocation, to_folder)  # cure 2
    outputs = step.invocation["outputs"]
    outputs.get("artifacts", {}).pop(LOG_ARTIFACT, None)  # cure 3
    sys.argv = sys.argv[:1]  # cure 4
    _run(step)
    _map_output_file(Path(outputs["outputFile"]))


def _restore_types(step: Step) -> None:
    artifacts = step.invocation.get("inputs", {}).get("artifacts", {})
    declared = json.loads(step.inputs_spec).get("artifacts", {})
    for name, spec in declared.items():
        for artifact in artifacts.get(name, {}).get("artifacts", []):
            artifact["type"] = spec["artifactType"]


def _map(message: dict[str, Any], mapping: Callable[[str], str]) -> None:
    """Map the URIs in an ExecutorInput, or an ExecutorOutput, in place."""
    for part in (message.get("inputs", {}), message.get("outputs", {}), message):
        for named in part.get("artifacts", {}).values():
            for artifact in named.get("artifacts", []):
                artifact["uri"] = mapping(artifact["uri"])
                for key, value in artifact.get("metadata", {}).items():
                    # Blessings remember the address of their model.
                    if isinstance(value, str) and mapping is to_uri:
                        artifact["metadata"][key] = to_uri(value)


def _run(step: Step) -> None:
    # After the caller prepared the process: this imports TFX, TensorFlow and Beam.
    from tfx.orchestration.kubeflow.v2.container import kubeflow_v2_run_executor

    from tfx_kfp import artifact_types

    artifact_types.register(step.artifact_types)
    args = argparse.Namespace(
        executor_class_path=step.executor,
        json_serialized_invocation_args=json.dumps(step.invocation),
        json_serialized_inputs_spec_args=step.inputs_spec,
    )
    kubeflow_v2_run_executor.main((args, list(step.beam_args)))


def _map_output_file(path: Path) -> None:
    output = json.loads(path.read_bytes())
    _map(output, to_uri)
    path.write_text(json.dumps(output), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
