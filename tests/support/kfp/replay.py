# SPDX-License-Identifier: Apache-2.0
"""Steps that answer what a record says, instead of computing it: seconds, not minutes.

Driver and launcher do all that they do in a run; only the command of a step is
replaced, by one that writes the recorded ExecutorOutput and a small file for each
artifact.
"""

import json
import shlex
from collections.abc import Callable
from typing import Any

from tests.support.kfp.normal_form import same_identifiers
from tests.support.kfp.records import Steps

FOLDERS = {"minio": "/minio", "s3": "/s3", "gs": "/gcs"}


def replay(steps: Steps) -> Callable[[str, list[str], dict[str, Any]], list[str]]:
    """Make the replacement of commands for a run.

    Args:
        steps: Steps of the record that is replayed.
    """
    identifiers: dict[str, str] = {}

    def change(task: str, command: list[str], invocation: dict[str, Any]) -> list[str]:
        recorded = steps[task]
        identifiers.update(same_identifiers(recorded["executor_input"], invocation))
        answer = json.dumps(recorded["executor_output"])
        for old, new in identifiers.items():
            answer = answer.replace(old, new)
        return ["sh", "-c", _script(answer, invocation["outputs"])]

    return change


def _script(answer: str, outputs: dict[str, Any]) -> str:
    """A shell script that writes an answer and the files of the artifacts."""
    lines = ["set -e"]
    for name, listed in outputs.get("artifacts", {}).items():
        scheme, _, path = listed["artifacts"][0]["uri"].partition("://")
        if name != "executor-logs":
            folder = shlex.quote(f"{FOLDERS[scheme]}/{path}")
            lines.append(f"mkdir -p {folder}; echo {name} >{folder}/data")
    # A null is what a step without an answer has in the record.
    if answer != "null":
        file = shlex.quote(outputs["outputFile"])
        lines.append(f"printf %s {shlex.quote(answer)} >{file}")
    return "\n".join(lines)
