# SPDX-License-Identifier: Apache-2.0
"""Each kind of thing is added by the files that ARCHITECTURE.md names, and no other.

A toy of each kind is added to one copy of the project: new files are copied from
`tests/support/additions/<kind>/`, existing ones are edited here. Then the recipes run.
"""

import hashlib
import json
import re
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from components.core.project import project_root
from tests.support.datasets.mnist import describe_file, write_idx
from tests.support.project import Project, make_project

pytestmark = pytest.mark.slow

ADDITIONS = project_root() / "tests" / "support" / "additions"
FAMILIES = "pipelines/families.py"
EVALUATION = "components/evaluator/classification"
FAMILY_ENTRY = """
    "centroid": Family(
        trainer="components.trainer.centroid",
        evaluator="components.evaluator.error_rate",
        transform="components.transform.images",
        card="components.trainer.centroid.card",
    ),"""
DATASET = {
    "variant": "official",
    "validation_share": 0.2,
    "test_share": 0.3,
    "split_salt": "toys",
}
CENTROID, CNN = "stripes-centroid", "stripes-cnn"
RECIPES: dict[str, dict[str, Any]] = {
    CENTROID: {
        "dataset": "stripes",
        "family": "centroid",
        "needs": "none",
        "seed": 1,
        "trainer": {"sharpness": 2.0},
        "gate": {"test_error_rate": {"max": 0.1}},
    },
    CNN: {
        "dataset": "stripes",
        "family": "cnn",
        "needs": "none",
        "seed": 1,
        "trainer": {
            "layers": [],
            "epochs": 2,
            "batch_size": 32,
            "precision": "float32",
            "optimizer": {"name": "adam", "learning_rate": 0.05},
        },
        "gate": {"test_accuracy": {"min": 0.5}},
    },
}


@dataclass(frozen=True)
class Additions:
    """A project with all toys, and the files that each of them took."""

    project: Project
    raw: Path
    """Raw files of the data set, to be fetched."""

    files: Mapping[str, set[str]]
    """Kind -> paths that were made or changed."""


@pytest.fixture(scope="module")
def additions(tmp_path_factory: pytest.TempPathFactory) -> Additions:
    folder = tmp_path_factory.mktemp("additions")
    project = make_project(folder / "project")
    _draw_stripes(folder / "raw")
    steps: dict[str, Callable[[], None]] = {
        "data set": lambda: _add_data_set(project, folder / "raw"),
        "family": lambda: _add_family(project),
        "recipe": lambda: _add_recipe(project, CNN),
        "metric": lambda: _add_metric(project),
        "check on items": lambda: _add_check(project),
        "verb": lambda: _copy(project, "verb"),
    }
    files = {}
    for kind, add in steps.items():
        before = _snapshot(project.root)
        add()
        after = _snapshot(project.root)
        files[kind] = {path for path, _ in before.items() ^ after.items()}
    return Additions(project, folder / "raw", files)


def _add_data_set(project: Project, raw: Path) -> None:
    _copy(project, "data_set")
    files = [describe_file(path) for path in sorted(raw.iterdir())]
    project.edit_yaml(
        "data/stripes/source.yaml",
        lambda content: content["variants"]["official"].update(files=files),
    )
    project.edit_yaml("params.yaml", lambda p: p["datasets"].update(stripes=DATASET))


def _add_family(project: Project) -> None:
    _copy(project, "family")
    _insert(project, FAMILIES, "FAMILIES: .* = {", FAMILY_ENTRY)
    _add_recipe(project, CENTROID)


def _add_recipe(project: Project, name: str) -> None:
    recipe = {name: RECIPES[name]}
    project.edit_yaml("params.yaml", lambda p: p["recipes"].update(recipe))


def _add_metric(project: Project) -> None:
    _copy(project, "metric")
    unit = '\n    "mean_confidence": "probability of the predicted class",'
    _insert(project, f"{EVALUATION}/metric_names.py", "TEST_UNITS: Final = {", unit)
    evaluate = f"{EVALUATION}/evaluate.py"
    module = EVALUATION.replace("/", ".") + ".confidence"
    imported = f"\nfrom {module} import mean_confidence"
    _insert(project, evaluate, "import numpy as np", imported)
    value = '\n        "mean_confidence": mean_confidence(predictions),'
    _insert(project, evaluate, "    values: .* = {", value)
    gate = {"test_mean_confidence": {"min": 0.1}}
    project.edit_yaml("params.yaml", lambda p: p["recipes"][CNN]["gate"].update(gate))


def _add_check(project: Project) -> None:
    _copy(project, "check")
    settings = {
        "description": "No image is bright.",
        "severity": "critical",
        "max_mean": 200.0,
    }
    project.edit_yaml(
        "data/stripes/expectations.yaml",
        lambda content: content["items"]["expectations"].update(
            images_are_dark=settings
        ),
    )


def _copy(project: Project, kind: str) -> None:
    """Copy the new files of a kind, none of which may exist."""
    for source in sorted((ADDITIONS / kind).rglob("*")):
        if source.is_file() and "__pycache__" not in source.parts:
            target = project.root / source.relative_to(ADDITIONS / kind)
            target.parent.mkdir(parents=True, exist_ok=True)
            assert not target.exists()
            shutil.copy(source, target)


def _insert(project: Project, path: str, after: str, text: str) -> None:
    """Insert text behind the one line that matches a pattern."""
    file = project.root / path
    lines = re.compile(f"^{after}$", re.MULTILINE)
    edited, count = lines.subn(lambda found: found[0] + text, file.read_text())
    assert count == 1
    file.write_text(edited)


def _snapshot(root: Path) -> dict[str, str]:
    """Path -> checksum of all files."""
    return {
        path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in root.rglob("*")
        if path.is_file()
    }


def _draw_stripes(folder: Path, count: int = 240) -> None:
    """Write rows (label 0) and columns (label 1), all with other noise."""
    folder.mkdir()
    labels = np.arange(count) % 2
    rows = np.broadcast_to(np.arange(8)[:, None] % 2, (8, 8))
    clean = np.stack([rows, rows.T])[labels] * 120.0
    noise = np.random.default_rng(0).uniform(0, 100, clean.shape)
    write_idx(folder / "images-idx3-ubyte", clean + noise)
    write_idx(folder / "labels-idx1-ubyte", labels)


@pytest.mark.parametrize(
    "kind", ["data set", "family", "recipe", "metric", "check on items", "verb"]
)
def test_document_names_every_file_that_is_made_or_changed(
    additions: Additions, kind: str
) -> None:
    files, cells = additions.files[kind], _table(kind)
    named = [pattern for cell in cells for pattern in _patterns(cell)]
    assert {f for f in files if not any(p.fullmatch(f) for p in named)} == set()
    for cell in cells:
        met = [any(map(p.fullmatch, files)) for p in _patterns(cell)]
        assert any(met) if " or " in cell else all(met), cell


def _table(kind: str) -> list[str]:
    """The cells with files in the table of ARCHITECTURE.md on adding such a thing."""
    text = (project_root() / "ARCHITECTURE.md").read_text(encoding="utf-8")
    _, _, section = text.partition("## How to add")
    (table,) = re.findall(rf"^\*\*An? {kind}\*\*.*\n\n((?:\|.*\n)+)", section, re.M)
    _, _, *cells = re.findall(r"^\| (.+?) \|", table, re.MULTILINE)
    return cells


def _patterns(cell: str) -> list[re.Pattern[str]]:
    """The files that a cell names: `<word>` stands for any name, `...` for any module.

    A name without a folder, and `...`, belong to the folder of the name before.
    """
    folder, patterns = "", []
    for name in re.findall(r"`([^`]+)`|(\.\.\.)", cell):
        path = name[0] or "<module>.py"
        if "/" in path:
            folder = path.rpartition("/")[0] + "/"
        else:
            path = folder + path
        pattern = re.sub(r"<\w+>", "[^/]+", path.replace(".", r"\."))
        patterns.append(re.compile(pattern))
    return patterns


@pytest.fixture(scope="module")
def project(additions: Additions) -> Project:
    """The project after a run of the new family on the new data set."""
    project = additions.project
    project.check("prodl", "fetch", "stripes", "--from", str(additions.raw))
    project.check("prodl", "run", CENTROID)
    return project


def test_data_set_is_read_and_checked(project: Project) -> None:
    assert "Stripes for tests" in _page(project, CENTROID)
    assert "No image is bright." in _page(project, CENTROID)
    (verdict,) = (project.root / ".prodl").rglob("ValidateItems/result/*/verdict.json")
    checks = json.loads(verdict.read_text())["checks"]
    assert {check["name"]: check["passed"] for check in checks}["images_are_dark"]


def test_family_is_trained_and_evaluated(project: Project) -> None:
    page = _page(project, CENTROID)
    assert "A centroid is the mean image of a class." in page
    assert "Nearest to a wrong centroid: 0." in page
    assert _checks(project, CENTROID) == {"test_error_rate.max": True}


def test_recipe_is_run_and_metric_is_in_its_gate(project: Project) -> None:
    project.check("prodl", "run", CNN)
    page = _page(project, CNN)
    assert "The book prints nothing about stripes." in page
    assert "probability of the predicted class" in page
    assert _checks(project, CNN)["test_mean_confidence.min"]
    assert project.read_json(f"metrics/{CNN}.json")["test_mean_confidence"] > 0.5


def _page(project: Project, name: str) -> str:
    return (project.root / "reports" / name / "index.html").read_text()


def _checks(project: Project, recipe: str) -> dict[str, bool]:
    """Check of the gate -> whether it passed."""
    verdict = project.read_json(f"reports/{recipe}/verdict.json")
    return {check["name"]: check["passed"] for check in verdict["checks"]}


def test_verb_is_listed_and_called(additions: Additions) -> None:
    assert "List the classes of DATASET." in additions.project.prodl("--help").stdout
    assert additions.project.prodl("classes", "stripes").stdout == "rows columns\n"
