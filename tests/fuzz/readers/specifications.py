# SPDX-License-Identifier: Apache-2.0
"""Compiled specifications for Kubeflow Pipelines."""

from pathlib import Path
from typing import Any

import yaml

from components.core.errors import ProdlError
from pipelines.emulator.driver.pod_patch import pod_patch
from pipelines.kubeflow.spec import (
    SCHEMA_VERSION,
    pipeline_parameters,
    read_specification,
    resources_line,
)
from tests.fuzz.mutation import Rng
from tests.fuzz.structure import mutate_yaml

DECLARED = (ProdlError,)
MEMORY_MB = 1000

mutate = mutate_yaml


def draw_corpus(rng: Rng) -> list[bytes]:
    """A pipeline of three steps, with and without the platform document."""
    documents = [_pipeline(), _platform()]
    return [
        yaml.safe_dump_all(documents, sort_keys=False).encode(),
        yaml.safe_dump(documents[0], sort_keys=False).encode(),
    ]


def run(content: bytes, folder: Path) -> None:
    """Read it as the emulator does."""
    path = folder / "pipeline.yaml"
    path.write_bytes(content)
    specification = read_specification(path)
    pipeline_parameters(specification, {})
    for task in specification.order:
        specification.component(task)
        resources_line(specification, task)
        pod_patch(specification.containers[task], specification.placements[task])


def _pipeline() -> dict[str, Any]:
    names = ("read", "train", "push")
    kind = {"artifactType": {"schemaTitle": "test.Text", "schemaVersion": "0.0.1"}}
    components = {
        f"comp-{name}": {
            "executorLabel": f"exec-{name}",
            "inputDefinitions": {"parameters": {"text": {"parameterType": "STRING"}}},
            "outputDefinitions": {"artifacts": {"out": kind}},
        }
        for name in names
    }
    executors = {
        f"exec-{name}": {
            "container": {
                "image": "none",
                "command": ["python", "-c", "pass"],
                "args": ["--json", '{"a": [1, 2]}'],
                "resources": {"cpuLimit": 2.0, "memoryLimit": 4.0},
            }
        }
        for name in names
    }
    return {
        "components": components,
        "deploymentSpec": {"executors": executors},
        "pipelineInfo": {"name": "drawn"},
        "root": {
            "dag": {"tasks": _tasks(names)},
            "inputDefinitions": {
                "parameters": {"p": {"parameterType": "STRING", "defaultValue": "x"}}
            },
        },
        "schemaVersion": SCHEMA_VERSION,
        "sdkVersion": "kfp-2.16.1",
    }


def _tasks(names: tuple[str, ...]) -> dict[str, Any]:
    tasks: dict[str, Any] = {}
    for name, before in zip(names, (None, *names), strict=False):
        tasks[name] = {
            "componentRef": {"name": f"comp-{name}"},
            "cachingOptions": {"enableCache": True},
            "inputs": {"parameters": {"text": {"componentInputParameter": "p"}}},
            "taskInfo": {"name": name},
        }
        if before:
            source = {"producerTask": before, "outputArtifactKey": "out"}
            tasks[name]["dependentTasks"] = [before]
            tasks[name]["inputs"]["artifacts"] = {"a": {"taskOutputArtifact": source}}
    return tasks


def _platform() -> dict[str, Any]:
    settings = {
        "nodeSelector": {"labels": {"pool": "gpu"}},
        "secretAsEnv": [{"secretName": "s", "keyToEnv": [{"secretKey": "k"}]}],
        "pvcMount": [{"constant": "claim", "mountPath": "/state"}],
        "tolerations": [{"key": "k", "operator": "Exists"}],
        "emptyDirMounts": [{"volumeName": "v", "mountPath": "/v", "sizeLimit": "2Gi"}],
        "securityContext": {"runAsUser": "1000"},
    }
    executors = {"exec-train": settings}
    return {"platforms": {"kubernetes": {"deploymentSpec": {"executors": executors}}}}
