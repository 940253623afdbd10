# SPDX-License-Identifier: Apache-2.0
"""A project of a user's own, of the penguins, from `prodl init` to its removal.

The tests share the project and go on with it, in their order. That prodl is installed
and in no folder of the project is tested in `test_installed.py`.
"""

import json
import re
import shutil
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import pytest

from pipelines.fingerprint import PROJECT_ROOT
from pipelines.new_project.new_project import new_project
from tests.support.project import Project, statuses

pytestmark = [pytest.mark.slow, pytest.mark.cluster]

RECIPE = "penguins-table"
OUTCOME = f".prodl/emulator/outcomes/{RECIPE}"
TRAINED = ["Trainer", "FindBaseline", "Evaluate", "Pusher"]
ROW = {
    "island": "Biscoe",
    "bill_length_mm": 46.1,
    "bill_depth_mm": 13.2,
    "flipper_length_mm": 211,
    "body_mass_g": 4500,
    "sex": None,
    "year": 2007,
}


@dataclass(frozen=True)
class OwnProject(Project):
    """A project without prodl's code, which is that of this checkout."""

    @property
    def code(self) -> Path:
        """Folder with the code that the commands run."""
        return PROJECT_ROOT

    def refused(self, code: int, *arguments: str) -> str:
        """Run `prodl`, which must end with an exit code; return what it says."""
        completed = self.prodl(*arguments)
        assert completed.returncode == code, completed.stdout + completed.stderr
        return completed.stderr


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The measurements, as their package has them."""
    path = tmp_path_factory.mktemp("table") / "penguins.csv"
    measured = files("palmerpenguins").joinpath("data", "penguins.csv")
    path.write_bytes(measured.read_bytes())
    return path


@pytest.fixture(scope="module")
def project(table: Path) -> OwnProject:
    root = table.parent / "penguins"
    new_project(root, table, "species", report=lambda text: None)
    return OwnProject(root)


@pytest.fixture(scope="module")
def first_run(project: OwnProject) -> str:
    return project.check("prodl", "run", RECIPE).stdout


def test_run_ends_with_verdict_figures_page_and_next_command(
    project: OwnProject, first_run: str
) -> None:
    end = first_run[first_run.index("verdict: passed") :]
    assert "test_log_loss_share_of_majority" in end
    assert f"page: reports/{RECIPE}/index.html" in end
    assert f"next: prodl publish {RECIPE}" in end
    metrics = project.read_json(f"metrics/{RECIPE}.json")
    assert metrics["test_accuracy"] > 0.9
    assert metrics["test_log_loss_share_of_best_rival"] < 2


def test_published_model_answers_a_row_with_a_missing_value(
    project: OwnProject, first_run: str
) -> None:
    project.check("prodl", "publish", RECIPE)
    (version,) = (project.root / "models" / RECIPE).glob("[0-9]*")
    assert (version / "model.keras").is_file()
    answer = project.check("prodl", "predict", RECIPE, json.dumps(ROW)).stdout
    assert "Gentoo" in answer


def test_verdict_and_card_are_provisional_until_someone_approves(
    project: OwnProject, first_run: str
) -> None:
    (card,) = (project.root / "models" / RECIPE).glob("[0-9]*/MODEL_CARD.md")
    page = project.root / f"reports/{RECIPE}/index.html"
    assert "rovisional" in card.read_text()
    assert "nobody has approved them" in page.read_text()
    project.check("prodl", "approve", "penguins", "--reason", "as measured")
    assert "nobody has approved them" not in page.read_text()
    assert "as measured" in page.read_text()


def test_emulated_steps_give_the_same_metrics(
    project: OwnProject, first_run: str
) -> None:
    emulated = project.check("prodl", "emulate", RECIPE).stdout
    assert set(statuses(emulated).values()) == {"ran"}
    local = project.read_json(f"metrics/{RECIPE}.json")
    assert project.read_json(f"{OUTCOME}/metrics.json") == local


def test_changed_network_runs_from_the_trainer_onward(
    project: OwnProject, first_run: str
) -> None:
    network = project.root / "mine" / "model.py"
    before = network.read_text()
    after = before.replace('activation="relu"', 'activation="tanh"')
    assert after != before
    network.write_text(after)
    output = project.check("prodl", "run", RECIPE).stdout
    ran = [node for node, status in statuses(output).items() if status == "ran"]
    assert ran == TRAINED
    assert re.search(r"Trainer +ran .*code changed", output)


def test_renamed_column_is_refused_by_the_check_of_columns(
    project: OwnProject, table: Path, first_run: str
) -> None:
    raw = project.root / "data/raw/penguins/own"
    shutil.move(raw, table.parent / "before")
    renamed = table.with_name("renamed.csv")
    renamed.write_text(table.read_text().replace("bill_depth_mm", "culmen_depth", 1))
    said = project.refused(4, "fetch", "penguins", "--from", str(renamed))
    assert "the check of columns failed" in said
    assert "bill_depth_mm" in said
    assert not raw.exists()
    shutil.move(table.parent / "before", raw)


def test_shifted_units_are_refused_by_name(
    project: OwnProject, table: Path, first_run: str
) -> None:
    raw = project.root / "data/raw/penguins/own"
    shutil.rmtree(raw)
    header, *rows = table.read_text().splitlines()
    in_kilograms = [_scaled(row.split(","), header.split(",")) for row in rows]
    changed = table.with_name("changed.csv")
    changed.write_text("\n".join([header, *in_kilograms]) + "\n")
    project.check("prodl", "fetch", "penguins", "--from", str(changed))
    said = project.refused(4, "validate", "penguins")
    assert "numbers_in_range" in said
    assert "body_mass_g" in said


def _scaled(values: list[str], header: list[str]) -> str:
    column = header.index("body_mass_g")
    if values[column] != "NA":
        values[column] = str(float(values[column]) / 1000)
    return ",".join(values)


def test_removed_code_is_told_in_one_sentence_each(
    project: OwnProject, first_run: str
) -> None:
    shutil.rmtree(project.root / "mine")
    said = project.refused(2, "run", RECIPE)
    assert "there is no module mine" in said
    assert "Traceback" not in said
