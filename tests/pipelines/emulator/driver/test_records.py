# SPDX-License-Identifier: Apache-2.0
"""The emulator's driver says what KFP's own driver said for the same specification.

Records of the real driver lie in `tests/records/kfp`; see the README there.
"""

import json
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest
from google.protobuf import json_format
from kfp.pipeline_spec import pipeline_spec_pb2 as kfp

from components.core.project import project_root
from pipelines.emulator.driver.executor_input import provision_outputs, resolve_inputs
from pipelines.emulator.driver.pod_patch import pod_patch
from pipelines.emulator.launcher.launch import first_artifacts, merge_answer
from pipelines.emulator.metadata import Finished, MetadataStore
from pipelines.kubeflow.spec import (
    Specification,
    pipeline_parameters,
    read_specification,
)

FOLDER: Final = project_root() / "tests" / "records" / "kfp"
RECORDS: Final = sorted(
    path
    for path in FOLDER.glob("*/*.json")
    # A Workflow is what the API server made; see tests/infra/test_kfp_pods.py.
    if not path.name.endswith(".workflow.json")
)
# Place at which emulator and driver differ -> why it stays. An item of a list is `[]`.
DIFFERENCES: Final[dict[str, str]] = {}
EXECUTOR_INPUT: Final = "executor_input"
PATCH: Final = "pod_spec_patch"
SCHEMES: Final = {"gcs": "gs", "s3": "s3", "minio": "minio"}

on_every_record = pytest.mark.parametrize(
    "path", RECORDS, ids=lambda path: f"{path.parent.name}-{path.stem}"
)


@dataclass
class Replay:
    """The emulator's driver beside what the real one said, task by task."""

    specification: Specification
    """The recorded pipeline."""

    tasks: dict[str, Any]
    """What was recorded of each task."""

    store: MetadataStore
    """Holds what the steps left."""

    def __post_init__(self) -> None:
        """Start with no task done."""
        self.finished: dict[str, Finished] = {}
        self.recorded_ids: dict[str, str] = {}

    def executor_inputs(self) -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
        """Each task with what the emulator made of it and what was recorded."""
        parameters = pipeline_parameters(self.specification, {})
        for task in self.specification.order:
            record = self.tasks[task]
            if EXECUTOR_INPUT not in record:
                continue
            run_root, salt = _addresses(record[EXECUTOR_INPUT], task)
            ours = kfp.ExecutorInput(
                inputs=resolve_inputs(
                    self.specification, task, parameters, self.finished
                ),
                outputs=provision_outputs(self.specification, task, run_root, salt),
            )
            yield task, json_format.MessageToDict(ours), record[EXECUTOR_INPUT]
            answer = kfp.ExecutorOutput()
            json_format.ParseDict(record.get("executor_output") or {}, answer)
            merge_answer(ours.outputs, answer)
            self.finished[task] = self.store.record(
                task,
                "COMPLETE",
                "",
                ours.inputs,
                first_artifacts(ours.outputs),
                dict(answer.parameter_values),
            )

    def with_own_id(self, artifact: dict[str, Any]) -> dict[str, Any]:
        """A recorded input with the id that the artifact has in the own store."""
        (own,) = (
            made.name
            for finished in self.finished.values()
            for made in finished.artifacts.values()
            if made.uri == artifact["uri"]
        )
        # One id is one artifact there as well.
        assert self.recorded_ids.setdefault(artifact["name"], own) == own
        return artifact | {"name": own}


def _replay(path: Path, folder: Path) -> Replay:
    """A record, about to be replayed."""
    text = path.read_text()
    tasks = json.loads(text)
    specification = read_specification(path.with_suffix(".yaml"))
    assert tasks.keys() == set(specification.order)
    # The cluster's own settings, the same for every artifact.
    sessions = set(re.findall(r'"store_session_info": ("(?:[^"\\]|\\.)*")', text))
    session = json.loads("".join(sessions) or '""')
    store = MetadataStore(folder / "mlmd.sqlite", specification.name, "run", session)
    return Replay(specification, tasks, store)


@cache
def _found(path: Path, part: str) -> frozenset[str]:
    """Tasks and places at which the emulator's part of a record is another one."""
    compare = {EXECUTOR_INPUT: _executor_input_differences, PATCH: _patch_differences}
    with tempfile.TemporaryDirectory() as folder:
        return frozenset(compare[part](_replay(path, Path(folder))))


def _addresses(executor_input: dict[str, Any], task: str) -> tuple[str, str]:
    """The root of the run, and the salt of an execution, in a record."""
    file = executor_input["outputs"]["outputFile"]
    found = re.fullmatch(rf"/(\w+)/(.+)/{task}/([^/]+)/output_metadata\.json", file)
    assert found, file
    return f"{SCHEMES[found[1]]}://{found[2]}", found[3]


def _differences(ours: Any, recorded: Any, place: str) -> Iterator[str]:
    """Places of a JSON document at which two of them differ."""
    if isinstance(ours, dict) and isinstance(recorded, dict):
        for name in sorted(ours.keys() | recorded.keys()):
            if name in ours and name in recorded:
                yield from _differences(ours[name], recorded[name], f"{place}.{name}")
            else:
                yield f"{place}.{name}"
    elif isinstance(ours, list) and isinstance(recorded, list):
        if len(ours) != len(recorded):
            yield place
        for one, other in zip(ours, recorded, strict=False):
            yield from _differences(one, other, f"{place}[]")
    elif _is_number(ours) and _is_number(recorded):
        # Go writes as many digits of a double as tell it from its neighbours.
        if float(ours) != float(recorded):
            yield place
    elif ours != recorded:
        yield place


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _executor_input_differences(replay: Replay) -> Iterator[str]:
    for task, ours, recorded in replay.executor_inputs():
        for listed in recorded["inputs"].get("artifacts", {}).values():
            listed["artifacts"] = [replay.with_own_id(a) for a in listed["artifacts"]]
        for place in _differences(ours, recorded, EXECUTOR_INPUT):
            yield f"{task}: {place}"


def _patch_differences(replay: Replay) -> Iterator[str]:
    for task, record in replay.tasks.items():
        container = replay.specification.containers[task]
        ours = pod_patch(container, replay.specification.placements[task])
        recorded = record[PATCH]
        # The launcher's own command line: it repeats the ExecutorInput.
        recorded["containers"][0].pop("command", None)
        for place in _differences(ours, recorded, PATCH):
            yield f"{task}: {place}"


def _place(difference: str) -> str:
    return difference.partition(": ")[2]


def test_there_are_records() -> None:
    assert {path.parent.name for path in RECORDS} >= {"2.16.1"}
    assert all(path.with_suffix(".yaml").exists() for path in RECORDS)


@pytest.mark.parametrize("part", [EXECUTOR_INPUT, PATCH])
@on_every_record
def test_driver_builds_what_is_recorded_of_every_task(path: Path, part: str) -> None:
    assert {d for d in _found(path, part) if _place(d) not in DIFFERENCES} == set()


def test_every_listed_difference_still_occurs() -> None:
    found = [_found(path, part) for path in RECORDS for part in (EXECUTOR_INPUT, PATCH)]
    assert DIFFERENCES.keys() <= {_place(d) for part in found for d in part}
