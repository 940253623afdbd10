# SPDX-License-Identifier: Apache-2.0
"""A pipeline of two shell commands: `Write` makes a file, `Read` prints it."""

from pathlib import Path
from typing import Any, Final

import yaml

NAME: Final = "shell"
ARTIFACT: Final = {
    "artifactType": {"instanceSchema": "title: prodl.Text\ntype: object\n"}
}
USER: Final = 10001
# The address of an artifact in a Pod, filled in by the launcher.
OUTPUT: Final = "{{$.outputs.artifacts['text'].path}}"
INPUT: Final = "{{$.inputs.artifacts['text'].path}}"
WRITE: Final = f"echo said >{OUTPUT}"
# Answers with a fact about the artifact.
ANSWER: Final = (
    """echo '{"artifacts": {"text": {"artifacts": [{"name": "text", "uri": """
    """"{{$.outputs.artifacts['text'].uri}}", "metadata": {"lines": 1}}]}}}' """
    f">$(dirname {OUTPUT})/output_metadata.json"
)
READ: Final = f"cat {INPUT}"


def write_pipeline(path: Path, write: str = WRITE, read: str = READ) -> Path:
    """Write the specification with its platform document.

    Args:
        path: The file.
        write: Command of the first step. Defaults to one that writes its output.
        read: Command of the second step. Defaults to one that prints its input.
    """
    documents = [_pipeline({"Write": write, "Read": read}), _platform()]
    path.write_text(yaml.safe_dump_all(documents))
    return path


def _pipeline(commands: dict[str, str]) -> dict[str, Any]:
    source = {"producerTask": "Write", "outputArtifactKey": "text"}
    tasks: dict[str, Any] = {
        "Write": _task("Write"),
        "Read": _task("Read")
        | {
            "dependentTasks": ["Write"],
            "inputs": {"artifacts": {"text": {"taskOutputArtifact": source}}},
        },
    }
    text = {"artifacts": {"text": ARTIFACT}}
    return {
        "schemaVersion": "2.1.0",
        "pipelineInfo": {"name": NAME},
        "root": {"dag": {"tasks": tasks}},
        "components": {
            "Write": {"executorLabel": "Write_executor", "outputDefinitions": text},
            "Read": {"executorLabel": "Read_executor", "inputDefinitions": text},
        },
        "deploymentSpec": {
            "executors": {f"{n}_executor": _executor(c) for n, c in commands.items()}
        },
    }


def _task(name: str) -> dict[str, Any]:
    return {
        "taskInfo": {"name": name},
        "componentRef": {"name": name},
        "cachingOptions": {"enableCache": True},
    }


def _executor(command: str) -> dict[str, Any]:
    return {"container": {"image": "shell", "command": ["sh", "-c", command]}}


def _platform() -> dict[str, Any]:
    settings = {
        "nodeSelector": {"labels": {"prodl.dev/pool": "cpu"}},
        "securityContext": {"runAsUser": str(USER), "runAsGroup": str(USER)},
    }
    executors = {f"{name}_executor": settings for name in ("Write", "Read")}
    return {"platforms": {"kubernetes": {"deploymentSpec": {"executors": executors}}}}
