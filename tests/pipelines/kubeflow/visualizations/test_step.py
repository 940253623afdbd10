# SPDX-License-Identifier: Apache-2.0
"""TFX's executor does not see the visualizations; KFP's launcher is told of them."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from components.contracts.verdicts import ModelVerdict, write_model_verdict
from pipelines.kubeflow.visualizations.step import hide_visualizations
from tfx_kfp.uris import ROOT_VARIABLE, to_folder

TASK = "minio://bucket/run/Evaluate/7"
SPEC = json.dumps({"artifacts": {"model": {}}})


@pytest.fixture
def invocation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """An ExecutorInput with an input and outputs that TFX does not know."""
    monkeypatch.setenv(ROOT_VARIABLE, str(tmp_path))
    kinds = {
        "evaluation": {"instanceSchema": "title: tfx.ModelEvaluation"},
        "gate": {"schemaTitle": "system.Metrics"},
        "executor-logs": {"schemaTitle": "system.Artifact"},
    }
    outputs = {
        name: {"artifacts": [{"uri": f"{TASK}/{name}", "type": kind}]}
        for name, kind in kinds.items()
    }
    inputs = {
        name: {"artifacts": [{"uri": f"minio://bucket/{name}"}]}
        for name in ("model", "item_result")
    }
    file = str(tmp_path / "output_metadata.json")
    return {
        "inputs": {"artifacts": inputs},
        "outputs": {"artifacts": outputs, "outputFile": file},
    }


def test_executor_sees_what_its_component_declares(invocation: dict[str, Any]) -> None:
    hide_visualizations(invocation, SPEC)
    assert invocation["inputs"]["artifacts"].keys() == {"model"}
    seen = invocation["outputs"]["artifacts"].keys()
    assert seen == {"evaluation", "executor-logs"}


def test_files_and_properties_are_written_after_the_step(
    invocation: dict[str, Any],
) -> None:
    visualizations = hide_visualizations(invocation, SPEC)
    own = {"evaluation": {"artifacts": [{"uri": f"{TASK}/evaluation"}]}}
    file = Path(invocation["outputs"]["outputFile"])
    file.write_text(json.dumps({"artifacts": own}))
    write_model_verdict(ModelVerdict(()), to_folder(f"{TASK}/evaluation"))
    visualizations.write()
    told = json.loads(file.read_text())["artifacts"]
    assert told["evaluation"] == own["evaluation"]
    properties = {"passed": 0, "failed_checks": 0}
    assert told["gate"] == {
        "artifacts": [{"uri": f"{TASK}/gate", "metadata": properties}]
    }
    # One file at the address itself, as KFP's page reads it.
    assert json.loads(Path(to_folder(f"{TASK}/gate")).read_text()) == properties


def test_step_without_visualizations_stays_as_it_is(
    invocation: dict[str, Any],
) -> None:
    del invocation["outputs"]["artifacts"]["gate"]
    del invocation["inputs"]["artifacts"]["item_result"]
    before = copy.deepcopy(invocation)
    visualizations = hide_visualizations(invocation, SPEC)
    assert invocation == before
    # Nothing is written: there is no output file.
    visualizations.write()
