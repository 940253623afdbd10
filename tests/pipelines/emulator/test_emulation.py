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


def test_parameter_of_a_kind_that_is_not_emulated_is_refused(run: Run) -> None:
    document = _document()
    inputs = document["root"]["dag"]["tasks"]["write"]["inputs"]["parameters"]
    inputs["text"] = {"taskFinalStatus": {"producerTask": "read"}}
    with pytest.raises(UsageError, match=r"write\.text: .* 'task_final_status'"):
        run(document)


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
    specification = read_specification(_with_placement(tmp_path, {"pvcMount": [mount]}))
    with pytest.raises(UsageError, match="volume claim of write"):
        new_emulation(specification, ROOT, tmp_path / "state", tmp_path, {}, print)


@pytest.mark.parametrize("uri", ["minio://../../../up", "minio:///up", "http://up/x"])
def test_address_that_leads_out_of_the_store_is_refused(run: Run, uri: str) -> None:
    """An executed step names the address of its output itself."""
    write = WRITE.replace('"uri": out["uri"]', f'"uri": {uri!r}')
    with pytest.raises(UsageError, match="expected an address"):
        run(_document(write=write))


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
    file = _with_placement(tmp_path, {"secretAsEnv": [secret]}, write=TELL, read=TELL)
    state, specification = tmp_path / "state", read_specification(file)
    emulation = new_emulation(specification, ROOT, state, tmp_path, {}, print)
    record = emulation.execute()
    told = json.loads(emulation.log("write").read_text())
    assert told["AWS_SECRET_ACCESS_KEY"] == "planted-key"
    assert "GITHUB_TOKEN" not in told
    # The log is the step's own; what is said and recorded has no secret.
    assert "planted-key" not in str(record.error)


def _with_placement(folder: Path, placement: dict[str, Any], **scripts: str) -> Path:
    """Write the document with Kubernetes settings of `write`."""
    executors = {"write_executor": placement}
    platform = {"kubernetes": {"deploymentSpec": {"executors": executors}}}
    file = folder / "small.yaml"
    documents = [_document(**scripts), {"platforms": platform}]
    file.write_text(yaml.safe_dump_all(documents))
    return file
