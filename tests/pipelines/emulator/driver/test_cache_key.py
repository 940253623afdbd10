# SPDX-License-Identifier: Apache-2.0
"""The emulator's cache key is the one that KFP computes, byte for byte."""

from pathlib import Path
from typing import Any, Final

import pytest
import yaml
from google.protobuf import json_format
from kfp.pipeline_spec import pipeline_spec_pb2 as kfp

from pipelines.emulator.driver.cache_key import fingerprint
from pipelines.kubeflow.spec import Specification, read_specification

pytestmark = pytest.mark.cluster

TEXT: Final = {"parameterType": "STRING"}
TYPE: Final = {"schemaTitle": "test.Text"}
CLAIMS: Final = [
    {"constant": name, "mountPath": f"/{name}"} for name in ("state", "more")
]
# Values that Go writes in another way than Python does, and empty ones.
VALUES: Final[dict[str, Any]] = {
    "whole": 3.0,
    "part": 0.25,
    "small": 1e-7,
    "large": 1e22,
    "text": "é <a> & b\u2028",
    "yes": True,
    "list": [1, {"a": None}],
    "no_list": [],
    "no_map": {},
}
INVOCATION: Final[dict[str, Any]] = {
    "inputs": {
        "parameterValues": VALUES,
        "artifacts": {"given": {"artifacts": [{"name": "7", "uri": "minio://b/7"}]}},
    },
    "outputs": {
        "artifacts": {
            "made": {
                "artifacts": [{"name": "made", "uri": "minio://b/x", "type": TYPE}]
            }
        },
        "parameters": {"said": {"outputFile": "/tmp/kfp/outputs/said"}},
    },
}
# What cacheutils of KFP 2.16.1 gave for these inputs.
WHOLE_KEY: Final = "52a811b3e621811491e2749c4c8c91369a617b6623f181da988b71ddfbcb2adc"
SMALLEST_KEY: Final = "f11b97f9bc30729fa0c1fbfd293643cababb65a18a34b211bdb007cfc215ce52"


def _specification(folder: Path, **container: Any) -> Specification:
    task = {"componentRef": {"name": "c"}, "cachingOptions": {"enableCache": True}}
    component = {
        "executorLabel": "e",
        "outputDefinitions": {
            "artifacts": {"made": {"artifactType": TYPE}},
            "parameters": {"said": TEXT},
        },
    }
    pipeline = {
        "schemaVersion": "2.1.0",
        "pipelineInfo": {"name": "small"},
        "deploymentSpec": {"executors": {"e": {"container": container}}},
        "components": {"c": component},
        "root": {"dag": {"tasks": {"t": task}}},
    }
    settings = {"pvcMount": CLAIMS} if container.get("command") else {}
    executors = {"kubernetes": {"deploymentSpec": {"executors": {"e": settings}}}}
    file = folder / "small.yaml"
    file.write_text(yaml.safe_dump_all([pipeline, {"platforms": executors}]))
    return read_specification(file)


def _key(specification: Specification, invocation: dict[str, Any]) -> str:
    message = json_format.ParseDict(invocation, kfp.ExecutorInput())
    return fingerprint(specification, "t", message)


def test_key_of_a_task_with_everything(tmp_path: Path) -> None:
    container = {"image": "one", "command": ["sh", "-c"], "args": ["echo <a>"]}
    assert _key(_specification(tmp_path, **container), INVOCATION) == WHOLE_KEY
    # Neither of these is in the key.
    container["env"] = [{"name": "A", "value": "b"}]
    container["resources"] = {"cpuLimit": 1.0}
    assert _key(_specification(tmp_path, **container), INVOCATION) == WHOLE_KEY


def test_key_of_a_task_with_nothing(tmp_path: Path) -> None:
    assert _key(_specification(tmp_path, image="one"), {}) == SMALLEST_KEY
