# SPDX-License-Identifier: Apache-2.0
"""A TFX project of somebody else compiles, and runs as KFP's launcher calls its steps.

The project has a package `pipelines` of its own, and of this one only `tfx_kfp`.
"""

import json
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.toy_project import make_toy_project, run

pytestmark = pytest.mark.cluster

RUN_ROOT = "minio://mlpipeline/v2/artifacts/toy/run"
# What KFP's driver adds to the metadata of an input.
ADDED = {"display_name": "words", "store_session_info": '{"Provider": "minio"}'}
LOGS = {"name": "executor-logs", "type": {"schemaTitle": "system.Artifact"}}
Json = dict[str, Any]


@dataclass(frozen=True)
class Cluster:
    """The toy project in a container, and what KFP's driver and launcher do to it."""

    root: Path
    store: Path
    specification: Json
    finished: dict[str, Json] = field(default_factory=dict)
    """Task -> its ExecutorOutput."""

    def run(self, task: str) -> Json:
        """Run a step in an empty container; return its ExecutorOutput."""
        container = self.root / task
        task_root = container / _key(_uri(task))
        for name in (*self._outputs(task), LOGS["name"]):
            (task_root / str(name)).parent.mkdir(parents=True, exist_ok=True)
        for made in self._inputs(task):
            shutil.copytree(self.store / _key(made), container / _key(made))
        command = self._command(task, self._invocation(task, task_root))
        run(self.root / "project", *command, TFX_KFP_LAUNCHER_ROOT=str(container))
        for name in self._outputs(task):
            source = task_root / name
            copy = shutil.copytree if source.is_dir() else shutil.copy
            (self.store / _key(_uri(task))).mkdir(parents=True, exist_ok=True)
            copy(source, self.store / _key(_uri(task, name)))
        output = json.loads((task_root / "output_metadata.json").read_text())
        self.finished[task] = output
        return output

    def _outputs(self, task: str) -> Json:
        return self.specification["components"][task]["outputDefinitions"]["artifacts"]

    def _inputs(self, task: str) -> list[str]:
        inputs = self.specification["root"]["dag"]["tasks"][task].get("inputs", {})
        made = [a["taskOutputArtifact"] for a in inputs.get("artifacts", {}).values()]
        return [_uri(a["producerTask"], a["outputArtifactKey"]) for a in made]

    def _command(self, task: str, invocation: Json) -> list[str]:
        executors = self.specification["deploymentSpec"]["executors"]
        container = executors[f"{task}_executor"]["container"]
        whole = json.dumps(invocation)
        parts = [*container["command"], *container["args"]]
        return [part.replace("{{$}}", whole) for part in parts]

    def _invocation(self, task: str, task_root: Path) -> Json:
        inputs = self.specification["root"]["dag"]["tasks"][task].get("inputs", {})
        definitions = self.specification["components"][task]["outputDefinitions"]
        outputs = [
            {"name": name, "type": definition["artifactType"]}
            for name, definition in self._outputs(task).items()
        ]
        return {
            "inputs": {
                "artifacts": {
                    name: {"artifacts": [self._artifact(**a["taskOutputArtifact"])]}
                    for name, a in inputs.get("artifacts", {}).items()
                },
                "parameterValues": {
                    name: self._value(**parameter)
                    for name, parameter in inputs.get("parameters", {}).items()
                },
            },
            "outputs": {
                "artifacts": {
                    a["name"]: {"artifacts": [{**a, "uri": _uri(task, a["name"])}]}
                    for a in (*outputs, LOGS)
                },
                "parameters": {name: {} for name in definitions.get("parameters", {})},
                "outputFile": str(task_root / "output_metadata.json"),
            },
        }

    def _artifact(self, producerTask: str, outputArtifactKey: str) -> Json:  # noqa: N803
        outputs = self.finished[producerTask]["artifacts"]
        (made,) = outputs[outputArtifactKey]["artifacts"]
        metadata = {**made.get("metadata", {}), **ADDED}
        return {**made, "metadata": metadata, "type": {"instanceSchema": ""}}

    def _value(
        self,
        runtimeValue: Json | None = None,  # noqa: N803
        componentInputParameter: str = "",  # noqa: N803
        taskOutputParameter: Json | None = None,  # noqa: N803
    ) -> object:
        if runtimeValue:
            return runtimeValue["constant"]
        if taskOutputParameter:
            producer = self.finished[taskOutputParameter["producerTask"]]
            return producer["parameterValues"][
                taskOutputParameter["outputParameterKey"]
            ]
        declared = self.specification["root"]["inputDefinitions"]["parameters"]
        return declared[componentInputParameter]["defaultValue"]


def _uri(*parts: str) -> str:
    return "/".join([RUN_ROOT, *parts])


def _key(uri: str) -> str:
    """The folder for an address, in the store and in a container."""
    return uri.replace("://", "/")


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Cluster:
    """The toy project, installed beside tfx_kfp and compiled."""
    root = tmp_path_factory.mktemp("toy")
    file = make_toy_project(root / "project")
    store = root / "store"
    store.mkdir()
    return Cluster(root, store, yaml.safe_load(file.read_text()))


def test_compiled_file_has_the_entrypoint_defaults_types_and_producers(
    cluster: Cluster,
) -> None:
    specification = cluster.specification
    assert specification["schemaVersion"] == "2.1.0"
    declared = specification["root"]["inputDefinitions"]["parameters"]
    assert declared["text"]["defaultValue"] == "a bee saw elephants"
    tasks = specification["root"]["dag"]["tasks"]
    taken = tasks["Shout"]["inputs"]["parameters"]["word"]["taskOutputParameter"]
    assert taken["producerTask"] == "Longest"
    assert "cachingOptions" not in tasks["Split"]
    assert tasks["Longest"]["cachingOptions"] == {"enableCache": True}
    for executor in specification["deploymentSpec"]["executors"].values():
        container = executor["container"]
        assert container["command"] == ["python", "-m", "tfx_kfp.entrypoint"]
        assert container["args"][-2:] == [
            "--artifact_types",
            "pipelines.types.WordList",
        ]


def test_steps_hand_over_artifacts_of_an_own_type_and_values(cluster: Cluster) -> None:
    (words,) = cluster.run("Split")["artifacts"]["words"]["artifacts"]
    assert words["uri"] == _uri("Split", "words")
    assert words["metadata"]["count"] == 4
    longest = cluster.run("Longest")
    assert longest["parameterValues"] == {"word": "elephants"}
    assert "executor-logs" not in longest["artifacts"]
    (loud,) = cluster.run("Shout")["artifacts"]["loud"]["artifacts"]
    file = cluster.store / _key(loud["uri"]) / "words.txt"
    assert file.read_text() == "ELEPHANTS"
