# SPDX-License-Identifier: Apache-2.0
"""The rules of an emulated cluster, on two steps that are plain Python scripts."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from components.core.errors import DataRefused, UsageError
from pipelines.emulator.emulation import Emulation, new_emulation
from pipelines.kubeflow.spec import read_specification
from pipelines.run_record import RunRecord

pytestmark = pytest.mark.cluster

ROOT = "minio://bucket/runs"

# Both scripts find what KFP's launcher prepared, as paths below their scratch folder.
PROLOGUE = """
import json, os, pathlib, sys
told = json.loads(sys.argv[1])
def path(artifact):
    scheme, _, rest = artifact["uri"].partition("://")
    return pathlib.Path(os.environ["PRODL_LAUNCHER_ROOT"], scheme, rest)
"""
WRITE = """
(out,) = told["outputs"]["artifacts"]["out"]["artifacts"]
(path(out) / "empty").mkdir(parents=True)
(path(out) / "file").write_text(told["inputs"]["parameterValues"]["text"])
told_back = {"uri": out["uri"], "metadata": {"n": 3}}
report = {"artifacts": {"out": {"artifacts": [told_back]}},
          "parameterValues": {"said": "word"}}
file = pathlib.Path(told["outputs"]["outputFile"])
file.parent.mkdir(parents=True)
file.write_text(json.dumps(report))
"""
READ = """
(given,) = told["inputs"]["artifacts"]["given"]["artifacts"]
assert given["type"] == {"instanceSchema": ""}, given
assert given["metadata"] == {"n": 3.0, "display_name": "out"}, given
assert sorted(p.name for p in path(given).iterdir()) == ["file"]
assert (path(given) / "file").read_text() == "hello"
assert told["inputs"]["parameterValues"]["word"] == "word"
assert os.listdir(os.environ["TMPDIR"]) == []
"""
TYPE = {"artifactType": {"schemaTitle": "test.Text"}}
TEXT = {"parameterType": "STRING"}


def _container(script: str) -> dict[str, Any]:
    command = ["python", "-c", PROLOGUE + script, "{{$}}"]
    return {"container": {"image": "none", "command": command}}


def _document(**scripts: str) -> dict[str, Any]:
    """Two steps: `write` makes an artifact and a value, `read` takes both."""
    scripts = {"write": WRITE, "read": READ, **scripts}
    cached = {"enableCache": True}
    made = {"producerTask": "write"}
    return {
        "schemaVersion": "2.1.0",
        "sdkVersion": "test",
        "pipelineInfo": {"name": "small"},
        "deploymentSpec": {
            "executors": {f"{n}_executor": _container(s) for n, s in scripts.items()}
        },
        "components": {
            "write": {
                "executorLabel": "write_executor",
                "inputDefinitions": {"parameters": {"text": TEXT}},
                "outputDefinitions": {
                    "artifacts": {"out": TYPE},
                    "parameters": {"said": TEXT},
                },
            },
            "read": {
                "executorLabel": "read_executor",
                "inputDefinitions": {
                    "artifacts": {"given": TYPE},
                    "parameters": {"word": TEXT},
                },
            },
        },
        "root": {
            "inputDefinitions": {
                "parameters": {"greeting": {**TEXT, "defaultValue": "hello"}}
            },
            "dag": {
                "tasks": {
                    "read": {
                        "taskInfo": {"name": "read"},
                        "componentRef": {"name": "read"},
                        "cachingOptions": cached,
                        "inputs": {
                            "artifacts": {
                                "given": {
                                    "taskOutputArtifact": {
                                        **made,
                                        "outputArtifactKey": "out",
                                    }
                                }
                            },
                            "parameters": {
                                "word": {
                                    "taskOutputParameter": {
                                        **made,
                                        "outputParameterKey": "said",
                                    }
                                }
                            },
                        },
                    },
                    "write": {
                        "taskInfo": {"name": "write"},
                        "componentRef": {"name": "write"},
                        "cachingOptions": cached,
                        "inputs": {
                            "parameters": {
                                "text": {"componentInputParameter": "greeting"}
                            }
                        },
                    },
                }
            },
        },
    }


Run = Callable[..., tuple[Emulation, RunRecord]]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Executes a document; further calls share the store and the cache."""

    def execute(document: dict[str, Any], **given: str) -> tuple[Emulation, RunRecord]:
        file = _write(tmp_path, document)
        specification = read_specification(file)
        state, image = tmp_path / "state", tmp_path
        emulation = new_emulation(specification, ROOT, state, image, given, print)
        return emulation, emulation.execute()

    return execute


def _write(folder: Path, document: dict[str, Any]) -> Path:
    file = folder / "small.yaml"
    file.write_text(yaml.safe_dump(document))
    return file


def _statuses(record: RunRecord) -> list[tuple[str, str]]:
    return [(step.node, step.status) for step in record.steps]


def test_artifacts_and_values_travel_as_on_a_cluster(run: Run) -> None:
    emulation, record = run(_document())
    assert record.error is None, record.error
    assert _statuses(record) == [("write", "ran"), ("read", "ran")]
    assert list((emulation.state / "scratch").rglob("*.json")) == []


def test_same_key_comes_from_the_cache_and_another_value_does_not(run: Run) -> None:
    run(_document())
    _, again = run(_document())
    assert _statuses(again) == [("write", "cached"), ("read", "cached")]
    _, other = run(_document(), greeting="good-bye")
    assert [step.status for step in other.steps] == ["ran", "failed"]


def test_changed_resources_do_not_count_for_the_cache(run: Run) -> None:
    run(_document())
    document = _document()
    container = document["deploymentSpec"]["executors"]["write_executor"]["container"]
    container["resources"] = {"cpuLimit": 2.0}
    _, record = run(document)
    assert [step.status for step in record.steps] == ["cached", "cached"]


def test_other_image_runs_again(run: Run) -> None:
    run(_document())
    document = _document()
    container = document["deploymentSpec"]["executors"]["write_executor"]["container"]
    container["image"] = "another"
    _, record = run(document)
    assert _statuses(record) == [("write", "ran"), ("read", "ran")]


def test_failed_step_stops_the_run_with_its_log_and_kind(run: Run) -> None:
    emulation, record = run(_document(write="print('bad data'); sys.exit(4)"))
    assert isinstance(record.error, DataRefused)
    assert "bad data" in str(record.error)
    assert _statuses(record) == [("write", "refused"), ("read", "not_run")]
    assert emulation.log("write").exists()


def test_failed_step_is_not_served_from_the_cache(run: Run) -> None:
    run(_document(read="sys.exit(1)"))
    _, record = run(_document(read="sys.exit(1)"))
    assert _statuses(record) == [("write", "cached"), ("read", "failed")]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"schemaVersion": "2.0.0"}, "expected schemaVersion 2.1.0"),
        ({"shcemaVersion": "2.1.0"}, "not a specification"),
        ({"deploymentSpec": {"executors": {}}}, "is not run here"),
    ],
)
def test_what_the_backend_refuses_is_refused(
    tmp_path: Path, change: dict[str, Any], message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        read_specification(_write(tmp_path, _document() | change))


def test_task_that_waits_for_nobody_is_named(run: Run) -> None:
    text = json.dumps(_document()).replace(
        '"producerTask": "write"', '"producerTask": "write_task"'
    )
    with pytest.raises(UsageError, match="waits for .'write_task'."):
        run(json.loads(text))


def test_unknown_parameter_is_refused(run: Run) -> None:
    with pytest.raises(UsageError, match="no parameter 'greetings'"):
        run(_document(), greetings="x")
