# SPDX-License-Identifier: Apache-2.0
"""The command of every container: TFX's executor, adapted to open-source Kubeflow.

TFX's own container entrypoint fails on open-source Kubeflow Pipelines. It is wrapped
in these cures:

1. KFP passes artifacts without their type (tensorflow/tfx issue 7768): the types are
   taken from the compiled specification, the project's own among them.
2. TFX opens an artifact's URI itself, and supports neither minio:// nor, as installed,
   s3://: URIs are mapped to the folders that KFP's launcher downloads to and uploads
   from.
3. A specification may be older than the code of the image: other code is refused.
4. Beam and absl parse the command line of the process: it is cleared.
5. TensorFlow's oneDNN must be on or off as in `prodl run`, or the metrics differ.
6. Since KFP 2.5 each step has an output artifact `executor-logs`, of a type that TFX
   cannot import; only the launcher fills it: it is hidden from the step.
"""

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Any, Final

from components.contracts.artifacts import ARTIFACT_TYPES
from components.core.errors import ProdlError, UsageError
from components.core.json_files import read_json_object, write_json
from pipelines.fingerprint import CODE_VARIABLE, project_fingerprint
from pipelines.kubeflow.uris import to_folder, to_uri

# KFP's driver adds it where logs are published, which is the default.
LOG_ARTIFACT: Final = "executor-logs"


def main(arguments: list[str]) -> int:
    """Run one step; return the exit code that `prodl` has for the same failure."""
    parser = argparse.ArgumentParser(prog="entrypoint", allow_abbrev=False)
    parser.add_argument("--executor_class_path", required=True)
    parser.add_argument("--json_serialized_invocation_args", required=True)
    parser.add_argument("--json_serialized_inputs_spec_args", required=True)
    args, beam_args = parser.parse_known_args(arguments)
    sys.argv = sys.argv[:1]  # cure 4
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")  # cure 5
    try:
        _refuse_other_code()
        invocation = json.loads(args.json_serialized_invocation_args)
        _restore_types(invocation, json.loads(args.json_serialized_inputs_spec_args))
        _drop_log_artifact(invocation)
        _map(invocation, to_folder)
        args.json_serialized_invocation_args = json.dumps(invocation)
        _run(args, beam_args)
        _map_output_file(Path(invocation["outputs"]["outputFile"]))
    except ProdlError as error:
        print(f"prodl: {error}", file=sys.stderr, flush=True)
        return error.exit_code
    return 0


def _refuse_other_code() -> None:
    """Cure 3; the platform document of the specification has the fingerprint."""
    expected, received = os.environ.get(CODE_VARIABLE), project_fingerprint()
    if expected != received:
        raise UsageError(
            "this specification was compiled from other code than this image holds.\n"
            f"Expected {expected or 'a fingerprint (is the platform document there?)'}."
            f"\nReceived {received}.\nBuild the image, compile and submit again."
        )


def _restore_types(invocation: dict[str, Any], inputs_spec: dict[str, Any]) -> None:
    """Cure 1."""
    from tfx.orchestration.kubeflow.v2 import compiler_utils

    for cls in ARTIFACT_TYPES:
        path = f"{cls.__module__}.{cls.__qualname__}"
        compiler_utils.TITLE_TO_CLASS_PATH[cls.TYPE_NAME] = path
    artifacts = invocation.get("inputs", {}).get("artifacts", {})
    for name, spec in inputs_spec.get("artifacts", {}).items():
        for artifact in artifacts.get(name, {}).get("artifacts", []):
            artifact["type"] = spec["artifactType"]


def _drop_log_artifact(invocation: dict[str, Any]) -> None:
    """Cure 6."""
    artifacts = invocation.get("outputs", {}).get("artifacts", {})
    artifacts.pop(LOG_ARTIFACT, None)


def _map(message: dict[str, Any], mapping: Any) -> None:
    """Map the URIs in an ExecutorInput, or an ExecutorOutput, in place."""
    for part in (message.get("inputs", {}), message.get("outputs", {}), message):
        for named in part.get("artifacts", {}).values():
            for artifact in named.get("artifacts", []):
                # Cure 2
                artifact["uri"] = mapping(artifact["uri"])
                for key, value in artifact.get("metadata", {}).items():
                    # Blessings remember the address of their model.
                    if isinstance(value, str) and mapping is to_uri:
                        artifact["metadata"][key] = to_uri(value)


def _run(args: argparse.Namespace, beam_args: list[str]) -> None:
    from tfx.orchestration.kubeflow.v2.container import kubeflow_v2_run_executor

    kubeflow_v2_run_executor.main((args, beam_args))


def _map_output_file(path: Path) -> None:
    output = read_json_object(path, "Start the run again.")
    _map(output, to_uri)
    write_json(path, output)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
