# SPDX-License-Identifier: Apache-2.0
"""Photographs from an archive to a published model that is asked about files."""

import json
import re
from pathlib import Path

import pytest

from tests.support.datasets.photographs import draw_photograph, encode
from tests.support.external_loads import find_external_loads
from tests.support.photo_project import expect_small_album, give_album
from tests.support.project import Project, make_project, statuses

pytestmark = pytest.mark.slow

RECIPE = "cats-dogs-small"
SETTINGS = {
    "description": "a small head on a base with random weights",
    "dataset": "cats_dogs",
    "family": "cnn",
    "needs": "none",
    "seed": 1,
    "trainer": {
        "base": {"name": "VGG16", "weights": "none"},
        "image": {"size": 32},
        "layers": ["average", "normalize", "dense 16"],
        "temperature": "fit",
        "epochs": 6,
        "batch_size": 16,
        "precision": "float32",
        "optimizer": {"learning_rate": 0.01, "schedule": "one_cycle"},
    },
    "gate": {
        "test_log_loss_over_class_share": {"max": 1.0},
        "test_recall_cat": {"min": 0.1},
        "test_recall_dog": {"min": 0.1},
    },
}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = make_project(tmp_path_factory.mktemp("photographs") / "project")
    expect_small_album(project)
    project.edit_yaml("params.yaml", lambda p: p["recipes"].update({RECIPE: SETTINGS}))
    drawn = {
        f"{('cat', 'dog')[n % 2]}/{n:03d}.jpg": encode(draw_photograph(n % 2, n))
        for n in range(120)
    }
    give_album(project, drawn | {"cat/empty.jpg": b""})
    return project


def test_model_on_a_base_is_made_judged_published_and_asked(
    project: Project, tmp_path: Path
) -> None:
    ran = project.prodl("run", RECIPE)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    published = project.prodl("publish", RECIPE)
    assert published.returncode == 0, published.stdout + published.stderr

    (version,) = (project.root / "models" / RECIPE).glob("[0-9]*")
    details = json.loads((version / "provenance.json").read_text())["details"]
    assert details["features_computed_now"] > 80
    assert details["speed_up_by_cache"] >= 1
    assert "predict_encoded" in (version / "MODEL_CARD.md").read_text()
    page = (project.root / "reports" / RECIPE / "index.html").read_text()
    assert find_external_loads(page) == []
    for part in ("Where it looks", "Parts of the split", "Against guessing"):
        assert part in page

    folder = tmp_path / "photographs"
    folder.mkdir()
    (folder / "one.jpg").write_bytes(encode(draw_photograph(0, 7000)))
    (folder / "two.png").write_bytes(encode(draw_photograph(1, 7001), "PNG"))
    (folder / "half.jpg").write_bytes(encode(draw_photograph(0, 7002))[:500])
    single = project.prodl("predict", RECIPE, str(folder / "one.jpg"))
    assert single.returncode == 0, single.stderr
    assert re.fullmatch(r".*one\.jpg: (cat|dog) \([01]\.\d{3}\)\n", single.stdout)
    asked = project.prodl("predict", RECIPE, str(folder), str(folder / "one.jpg"))
    assert asked.returncode == 1
    assert len(asked.stdout.splitlines()) == 3
    assert f"{folder / 'half.jpg'}: not readable: " in asked.stderr
    assert "1 of 4 inputs could not be read" in asked.stderr

    assert statuses(project.prodl("run", RECIPE).stdout)["Trainer"] == "cached"
