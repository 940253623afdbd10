# SPDX-License-Identifier: Apache-2.0
"""The rules of an emulated cluster, on two steps that are plain Python scripts."""

import json
import os
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from components.core.errors import DataRefused, UsageError
from pipelines.emulator.emulation import Emulation, new_emulation
from pipelines.kubeflow.spec import read_specification
from pipelines.lineage.database import DATABASE
from pipelines.lineage.store import LineageStore
from pipelines.run_record import RunRecord

pytestmark = pytest.mark.cluster

ROOT = "minio://bucket/runs"

# Both scripts find what KFP's launcher prepared, as paths below their scratch folder.
PROLOGUE = """
import json, os, pathlib, sys
told = json.loads(sys.argv[1])
def path(artifact):
    scheme, _, rest = artifact["uri"].partition("://")
    return pathlib.Path(os.environ["TFX_KFP_LAUNCHER_ROOT"], scheme, rest)
"""
WRITE = """
(out,) = told["outputs"]["artifacts"]["out"]["artifacts"]
(path(out) / "empty").mkdir(parents=True)
(path(out) / "file").write_text(told["inputs"]["parameterValues"]["text"])
told_back = {"uri": out["uri"], "metadata": {"n": 3}}
(also,) = told["outputs"]["artifacts"]["also"]["artifacts"]
path(also).mkdir(parents=True)
report = {"artifacts": {"out": {"artifacts": [told_back]},
                        "also": {"artifacts": [{"uri": also["uri"]}]}},
          "parameterValues": {"said": "word", "added": "another"}}
file = pathlib.Path(told["outputs"]["outputFile"])
file.write_text(json.dumps(report))
"""
READ = """
(given,) = told["inputs"]["artifacts"]["given"]["artifacts"]
assert given["type"] == {"instanceSchema": ""}, given
facts = given["metadata"]
session = json.loads(facts.pop("store_session_info"))
assert session["Params"]["endpoint"] == "seaweedfs.kubeflow:9000", session
assert facts == {"n": 3.0, "display_name": "out"}, facts
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
                    # More than `read` takes, and before it in the alphabet.
                    "artifacts": {"also": TYPE, "out": TYPE},
                    "parameters": {"added": TEXT, "said": TEXT},
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
                "parameters": {
                    "address": {**TEXT, "defaultValue": "elsewhere"},
                    "greeting": {**TEXT, "defaultValue": "hello"},
                }
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


def _renamed(old: str, new: str) -> dict[str, Any]:
    """The document with another name in every place."""
    return json.loads(json.dumps(_document()).replace(f'"{old}"', json.dumps(new)))


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


def test_task_that_is_not_cached_runs_again(run: Run) -> None:
    document = _document()
    document["root"]["dag"]["tasks"]["write"]["cachingOptions"] = {}
    run(document)
    _, record = run(document)
    # Its output is a new artifact, so what reads it runs as well.
    assert _statuses(record) == [("write", "ran"), ("read", "ran")]


def test_failed_step_stops_the_run_with_its_log_and_kind(run: Run) -> None:
    emulation, record = run(_document(write="print('bad data'); sys.exit(4)"))
    assert isinstance(record.error, DataRefused)
    assert "bad data" in str(record.error)
    assert _statuses(record) == [("write", "refused"), ("read", "not_run")]
    assert emulation.log("write").exists()


def test_environment_does_not_count_for_the_cache_and_a_volume_claim_does(
    tmp_path: Path,
) -> None:
    document = _document()
    container = document["deploymentSpec"]["executors"]["write_executor"]["container"]
    container["env"] = [{"name": "GREETING", "value": "one"}]
    assert _run_file(tmp_path, _write(tmp_path, document)) == ["ran", "ran"]
    container["env"][0]["value"] = "another"
    assert _run_file(tmp_path, _write(tmp_path, document)) == ["cached", "cached"]
    claim = {"constant": "claim", "mountPath": "/state"}
    file = _with_placement(tmp_path, {"pvcMount": [claim]}, document)
    assert _run_file(tmp_path, file) == ["ran", "ran"]


def test_cached_step_has_the_artifacts_of_the_earlier_one(run: Run) -> None:
    first, _ = run(_document())
    again, _ = run(_document())
    assert again.finished["write"].artifacts == first.finished["write"].artifacts
    assert again.finished["write"].id != first.finished["write"].id


def test_log_of_every_step_is_an_artifact_of_its_own(run: Run) -> None:
    emulation, _ = run(_document(write="print('made')\n" + WRITE))
    log = emulation.finished["write"].artifacts["executor-logs"]
    assert log.uri.endswith("/executor-logs-0")
    assert emulation.machine.local(log.uri).read_text() == "made\n"


def test_failed_step_leaves_its_log_and_a_failed_execution(run: Run) -> None:
    emulation, record = run(_document(write="print('bad'); sys.exit(1)"))
    (name,) = record.steps[0].outputs
    assert name == "executor-logs"
    assert Path(record.steps[0].outputs[name]).read_text() == "bad\n"
    store = LineageStore(emulation.state / DATABASE)
    failed = store.executions_in(emulation.run)["write"]
    assert failed.state == "FAILED"
    (log,) = (store.artifact(i) for i in failed.outputs["executor-logs"])
    assert log.type == "system.Artifact"


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


@pytest.mark.parametrize(
    ("declared", "constant", "message"),
    [
        ("NUMBER_DOUBLE", None, r"write\.text: .* NUMBER_DOUBLE.\nReceived 'null'"),
        ("NUMBER_INTEGER", "one", r"write\.text: .* NUMBER_INTEGER.\nReceived 'one'"),
        ("BOOLEAN", 1, r"write\.text: .* BOOLEAN.\nReceived '1'"),
    ],
)
def test_value_that_the_driver_refuses_is_refused(
    run: Run, declared: str, constant: Any, message: str
) -> None:
    document = _document()
    document["components"]["write"]["inputDefinitions"]["parameters"]["text"] = {
        "parameterType": declared
    }
    inputs = document["root"]["dag"]["tasks"]["write"]["inputs"]["parameters"]
    inputs["text"] = {"runtimeValue": {"constant": constant}}
    assert re.search(message, _refusal(run, document))


def test_parameter_without_a_value_is_refused(run: Run) -> None:
    document = _document()
    del document["root"]["inputDefinitions"]["parameters"]["greeting"]["defaultValue"]
    assert "write.text: expected a value" in _refusal(run, document)
    # The same parameter is left out where the component has a value of its own.
    component = document["components"]["write"]
    component["inputDefinitions"]["parameters"]["text"] = TEXT | {"isOptional": True}
    tell = "print('text' in told['inputs'].get('parameterValues', {})); sys.exit(1)"
    document["deploymentSpec"]["executors"]["write_executor"] = _container(tell)
    emulation, _ = run(document)
    assert emulation.log("write").read_text() == "False\n"


def test_number_becomes_text_where_text_is_declared(run: Run) -> None:
    document = _document(write="print(told['inputs']['parameterValues']); sys.exit(1)")
    inputs = document["root"]["dag"]["tasks"]["write"]["inputs"]["parameters"]
    inputs["text"] = {"runtimeValue": {"constant": 3}}
    emulation, _ = run(document)
    assert emulation.log("write").read_text() == "{'text': '3'}\n"


def test_facts_reach_the_next_step_as_the_metadata_store_keeps_them(run: Run) -> None:
    facts = {"flag": True, "list": [1], "map": {"a": "b"}, "display_name": "mine"}
    write = WRITE.replace('{"n": 3}', repr(facts))
    read = """
(given,) = told["inputs"]["artifacts"]["given"]["artifacts"]
given["metadata"].pop("store_session_info")
print(json.dumps(given["metadata"], sort_keys=True)); sys.exit(1)
"""
    emulation, _ = run(_document(write=write, read=read))
    assert json.loads(emulation.log("read").read_text()) == {
        "flag": 1,
        "list": {"list": [1]},
        "map": {"struct": {"a": "b"}},
        "display_name": "mine",
    }


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('{"n": 3}', '{"n": None}', "'n' is null"),
        ('{"n": 3}', '{"n": float("nan")}', "is no ExecutorOutput"),
        ("file.write_text(json.dumps(report))", "file.mkdir()", "is no ExecutorOutput"),
        ('"parameterValues": {', '"oops": {', "is no ExecutorOutput"),
        ('"said": "word", ', "", "write.said: expected a value"),
    ],
)
def test_answer_that_the_launcher_refuses_fails_the_step(
    run: Run, old: str, new: str, message: str
) -> None:
    _, record = run(_document(write=WRITE.replace(old, new)))
    assert message in str(record.error)
    assert _statuses(record) == [("write", "failed"), ("read", "not_run")]


def test_output_parameter_may_be_a_file(run: Run) -> None:
    place = 'told["outputs"]["parameters"]["said"]["outputFile"]'
    write = WRITE.replace('"said": "word", ', "")
    _, record = run(
        _document(write=f"{write}\npathlib.Path({place}).write_text('word')")
    )
    assert record.error is None, record.error


def test_neighbour_whose_name_begins_alike_comes_along(run: Run) -> None:
    """KFP 2.16 lists the object store by a prefix without a slash."""
    document = json.loads(json.dumps(_document()).replace('"also"', '"out_too"'))
    executors = document["deploymentSpec"]["executors"]
    write = WRITE.replace('"also"', '"out_too"').replace(
        "path(also).mkdir(parents=True)",
        "path(also).mkdir(parents=True); (path(also) / 'x').touch()",
    )
    executors["write_executor"] = _container(write)
    executors["read_executor"] = _container("""
(given,) = told["inputs"]["artifacts"]["given"]["artifacts"]
print(sorted(p.name for p in path(given).parent.iterdir())); sys.exit(1)
""")
    emulation, _ = run(document)
    assert "['out', 'out_too']" in emulation.log("read").read_text()


def test_parameter_of_a_kind_that_is_not_emulated_is_refused(run: Run) -> None:
    document = _document()
    inputs = document["root"]["dag"]["tasks"]["write"]["inputs"]["parameters"]
    inputs["text"] = {"taskFinalStatus": {"producerTask": "read"}}
    assert "write.text: a parameter of kind" in _refusal(run, document)


def test_artifact_that_its_producer_does_not_make_is_refused(run: Run) -> None:
    document = _document()
    inputs = document["root"]["dag"]["tasks"]["read"]["inputs"]["artifacts"]
    inputs["given"]["taskOutputArtifact"]["outputArtifactKey"] = "nothing"
    _, record = run(document)
    assert isinstance(record.error, UsageError)
    assert "read.given: expected an output of write: also, exec" in str(record.error)
    assert _statuses(record) == [("write", "ran"), ("read", "failed")]


@pytest.mark.parametrize(
    ("old", "new", "kind"),
    [
        ("small", "../../../escaped", "pipeline"),
        ("small", "/escaped", "pipeline"),
        ("small", "Small", "pipeline"),
        ("read", "../read", "task"),
        ("out", "../../out", "output of write"),
        ("said", "a/b", "output of write"),
    ],
)
def test_name_that_would_lead_out_of_the_state_is_refused(
    run: Run, tmp_path: Path, old: str, new: str, kind: str
) -> None:
    with pytest.raises(UsageError, match=f"{kind}: expected a name") as error:
        run(_renamed(old, new))
    assert repr(new) in str(error.value)
    assert [path.name for path in tmp_path.iterdir()] == ["small.yaml"]


def test_volume_claim_that_would_lead_out_of_the_state_is_refused(
    tmp_path: Path,
) -> None:
    mount = {"constant": "../claim", "mountPath": "/state"}
    file = _with_placement(tmp_path, {"pvcMount": [mount]}, _document())
    specification = read_specification(file)
    with pytest.raises(UsageError, match="volume claim of write"):
        new_emulation(specification, ROOT, tmp_path / "state", tmp_path, {}, print)


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"activeDeadlineSeconds": "60"}, "does not support activeDeadlineSeconds"),
        (
            {"pvcMount": [{"constant": "a", "subPath": "b"}]},
            r"support pvcMount\.subPath",
        ),
        ({"imagePullPolicy": "Sometimes"}, "expected one of Always, Never"),
        ({"secretAsEnv": [{"keyToEnv": []}]}, "expected the name of a secret"),
        ({"emptyDirMounts": [{"sizeLimit": "2 Gi"}]}, "expected a quantity"),
    ],
)
def test_setting_for_pods_that_is_not_known_is_refused(
    tmp_path: Path, setting: dict[str, Any], message: str
) -> None:
    file = _with_placement(tmp_path, setting, _document())
    with pytest.raises(UsageError, match=message):
        _run_file(tmp_path, file)


@pytest.mark.parametrize("uri", ["minio://../../../up", "minio:///up", "http://up/x"])
def test_address_that_leads_out_of_the_store_is_refused(run: Run, uri: str) -> None:
    """An executed step names the address of its output itself."""
    write = WRITE.replace('"uri": out["uri"]', f'"uri": {uri!r}')
    _, record = run(_document(write=write))
    assert isinstance(record.error, UsageError)
    assert "expected an address" in str(record.error)
    assert _statuses(record) == [("write", "failed"), ("read", "not_run")]


TELL = "print(json.dumps(dict(os.environ))); sys.exit(1)"


def test_step_gets_listed_variables_alone(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    planted = {
        "GITHUB_TOKEN": "planted-1",
        "KAGGLE_API_TOKEN": "planted-2",
        "AWS_SECRET_ACCESS_KEY": "planted-3",
        "PIP_INDEX_URL": "https://user:planted-4@localhost/simple",
        "TZ": "Asia/Tokyo",
    }
    for name, value in planted.items():
        monkeypatch.setenv(name, value)
    emulation, _ = run(_document(write=TELL))
    told = emulation.log("write").read_text()
    assert "planted" not in told
    assert json.loads(told)["TZ"] == "Asia/Tokyo"


def test_shell_without_a_search_path_has_the_systems(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PATH")
    emulation, _ = run(_document(write=TELL))
    told = json.loads(emulation.log("write").read_text())
    assert told["PATH"] == f"{Path(sys.executable).parent}:{os.defpath}"


def test_step_with_a_secret_gets_its_keys_of_the_shell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "planted-key")
    monkeypatch.setenv("GITHUB_TOKEN", "planted-token")
    keys = ("AWS_SECRET_ACCESS_KEY", "GITHUB_TOKEN")
    secret = {
        "secretName": "storage",
        "keyToEnv": [{"secretKey": key, "envVar": key} for key in keys],
    }
    document = _document(write=TELL, read=TELL)
    file = _with_placement(tmp_path, {"secretAsEnv": [secret]}, document)
    state, specification = tmp_path / "state", read_specification(file)
    emulation = new_emulation(specification, ROOT, state, tmp_path, {}, print)
    record = emulation.execute()
    told = json.loads(emulation.log("write").read_text())
    assert told["AWS_SECRET_ACCESS_KEY"] == "planted-key"
    assert "GITHUB_TOKEN" not in told
    # The log is the step's own; what is said and recorded has no secret.
    assert "planted-key" not in str(record.error)


def _refusal(run: Run, document: dict[str, Any]) -> str:
    """The error of a first step that the driver refuses, so that nothing ran."""
    emulation, record = run(document)
    assert isinstance(record.error, UsageError)
    assert _statuses(record) == [("write", "failed"), ("read", "not_run")]
    assert not emulation.log("write").exists()
    return str(record.error)


def _run_file(folder: Path, file: Path) -> list[str]:
    """Execute a file; return the statuses of its steps."""
    specification = read_specification(file)
    emulation = new_emulation(
        specification, ROOT, folder / "state", folder, {}, lambda _: None
    )
    return [step.status for step in emulation.execute().steps]


def _with_placement(
    folder: Path, placement: dict[str, Any], document: dict[str, Any]
) -> Path:
    """Write a document with Kubernetes settings of `write`."""
    executors = {"write_executor": placement}
    platform = {"kubernetes": {"deploymentSpec": {"executors": executors}}}
    file = folder / "small.yaml"
    documents = [document, {"platforms": platform}]
    file.write_text(yaml.safe_dump_all(documents))
    return file
