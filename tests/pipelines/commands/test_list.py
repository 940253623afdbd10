# SPDX-License-Identifier: Apache-2.0
"""`prodl list` shows what there is, and what each thing is waiting for."""

from pathlib import Path

import pandas as pd
import pytest
import yaml

from components.evaluator.metrics import Metrics, write_metrics
from pipelines.commands.list import list_project
from pipelines.run_record import RunRecord, StepRecord, save_record
from tests.support.datasets.table_project import make_table_project

RECIPE = {
    "dataset": "birds",
    "family": "table",
    "seed": 1,
    "trainer": {"epochs": 1, "batch_size": 8, "optimizer": {"learning_rate": 0.01}},
    "gate": {"test_auc": {"min": 0.5}, "test_log_loss": {"max": 1}},
}
LEARNED = """\
learned:
  when: '2026-01-01T00:00:00+00:00'
  content_sha256: cccccccccccccccc
  limits: {}
approvals: []
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    make_table_project(tmp_path)
    path = tmp_path / "params.yaml"
    params = yaml.safe_load(path.read_text())
    params["recipes"] = {"birds-table": RECIPE, "birds-late": RECIPE}
    path.write_text(yaml.safe_dump(params, sort_keys=False))
    monkeypatch.setenv("PRODL_ROOT", str(tmp_path))
    return tmp_path


def _row(text: str, first: str) -> list[str]:
    (line,) = (line for line in text.splitlines() if line.startswith(f"{first} "))
    return [cell.strip() for cell in line.split("  ") if cell.strip()]


def test_data_set_says_whether_it_was_validated_and_whose_limits_it_has(
    project: Path,
) -> None:
    wanted = ["birds", "own", "table", "not validated", "curated"]
    assert _row(list_project(), "birds") == wanted
    items = project / "items"
    items.mkdir()
    pd.DataFrame({"item_id": ["a", "b"] * 600}).to_parquet(items / "items.parquet")
    step = StepRecord("Ingest", "ran", outputs={"items": str(items)})
    save_record(RunRecord("birds.1", steps=[step]), project / ".prodl", "birds")
    (project / "data" / "birds" / "approvals.yaml").write_text(LEARNED)
    assert _row(list_project(), "birds")[3:] == ["1,200", "provisional"]


def test_recipe_shows_its_published_version_with_the_first_figure_of_its_gate(
    project: Path,
) -> None:
    version = project / "models" / "birds-table" / "1700000000"
    write_metrics(Metrics({"test_log_loss": 0.25, "test_x": 1.0}, {}), version)
    text = list_project()
    wanted = ["birds-table", "table", "birds", "1700000000", "test_log_loss 0.2500"]
    assert _row(text, "birds-table") == wanted
    assert _row(text, "birds-late")[3:] == ["-", "-"]


def test_families_say_what_their_models_are(project: Path) -> None:
    assert _row(list_project(), "cnn")[1] == "a classifier of images"


def test_broken_file_of_one_data_set_does_not_hide_the_others(project: Path) -> None:
    (project / "data" / "birds" / "source.yaml").write_text("title: [")
    text = list_project()
    assert "source.yaml is not valid YAML" in text
    assert _row(text, "birds-table")[1] == "table"
