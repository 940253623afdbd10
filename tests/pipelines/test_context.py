# SPDX-License-Identifier: Apache-2.0
"""One command reads its source list, hashes its needed model and its key once."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from components.ingest import source_list
from components.model_store.published import PublishedModel
from pipelines import context
from pipelines.config import load_config
from pipelines.graph.pipeline import build_recipe
from pipelines.local.outputs import write_recipe_outputs
from pipelines.local.runner import local_target
from pipelines.run_record import RunRecord, StepRecord
from tests.support.project import RECIPE, Project, make_project
from tests.support.published import publish_bytes


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project whose recipe reads a published model."""
    project = make_project(tmp_path / "project")
    project.edit_yaml(
        "params.yaml", lambda p: p["recipes"][RECIPE].update(needs=RECIPE)
    )
    publish_bytes(project.root / "models" / RECIPE / "1", b"a model")
    return project


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the expensive functions, one per call."""
    calls: list[str] = []

    def count(module: Any, name: str) -> None:
        function: Callable[..., Any] = getattr(module, name)

        def counted(*arguments: Any) -> Any:
            calls.append(name)
            return function(*arguments)

        monkeypatch.setattr(module, name, counted)

    count(source_list, "load_yaml")
    count(context, "find_needed_model")
    count(context, "read_data_version")
    count(context, "model_key")
    return calls


def test_a_run_resolves_each_of_its_inputs_once(
    project: Project, calls: list[str]
) -> None:
    config = load_config(project.root)
    state = project.root / ".prodl"

    run = context.recipe_context(config, RECIPE)
    target = local_target(state, run.data.dataset, RECIPE)
    build_recipe(run, PublishedModel(sha256=run.model_key), target)
    record = RunRecord(f"{RECIPE}.1", data=run.data, steps=[StepRecord("Acquire")])
    write_recipe_outputs(RECIPE, config, run.source_list, state, record)

    assert sorted(calls) == [
        "find_needed_model",
        "load_yaml",
        "model_key",
        "read_data_version",
    ]
