# SPDX-License-Identifier: Apache-2.0
"""An autoencoder is published, and its encoder becomes part of a classifier."""

from pathlib import Path

import pytest
from PIL import Image

from tests.support.external_loads import find_external_loads
from tests.support.project import Project, make_project

pytestmark = pytest.mark.slow

AUTOENCODER, CLASSIFIER = "mnist-sparse-ae", "mnist-ae-classifier"
RECIPES = {
    AUTOENCODER: {
        "dataset": "mnist",
        "family": "autoencoder",
        "seed": 1,
        "trainer": {
            "units": 32,
            "epochs": 3,
            "batch_size": 32,
            "precision": "float32",
            "optimizer": {"learning_rate": 0.01},
        },
        "gate": {"test_mse": {"max": 1}},
    },
    CLASSIFIER: {
        "dataset": "mnist",
        "family": "encoder",
        "needs": AUTOENCODER,
        "seed": 1,
        "trainer": {
            "mode": "frozen",
            "labels": 100,
            "learning_rates": [0.003],
            "epochs": 2,
            "batch_size": 20,
            "precision": "float32",
            "optimizer": {"learning_rate": 0.03},
        },
        "gate": {"test_gain_over_control": {"min": -1}},
    },
}


@pytest.fixture
def project(tmp_path: Path) -> Project:
    project = make_project(tmp_path / "project")
    project.edit_yaml("params.yaml", lambda p: p["recipes"].update(RECIPES))
    return project


def test_encoder_is_published_used_and_asked(project: Project, tmp_path: Path) -> None:
    missing = project.prodl("run", CLASSIFIER)
    assert missing.returncode == 2
    assert f"dvc repro publish@{AUTOENCODER}" in missing.stderr

    for recipe in (AUTOENCODER, CLASSIFIER):
        for verb in ("run", "publish"):
            project.check("prodl", verb, recipe)

    (needed,) = (project.root / "models" / AUTOENCODER).glob("[0-9]*")
    (version,) = (project.root / "models" / CLASSIFIER).glob("[0-9]*")
    provenance = project.read_json(
        f"models/{CLASSIFIER}/{version.name}/provenance.json"
    )
    assert provenance["needs"]["uri"] == f"models/{AUTOENCODER}/{needed.name}"
    page = (project.root / "reports" / CLASSIFIER / "index.html").read_text()
    assert "Against the same network from scratch" in page
    assert find_external_loads(page) == []

    picture = tmp_path / "digit.png"
    Image.new("L", (28, 28), 0).save(picture)
    asked = project.check("prodl", "predict", CLASSIFIER, str(picture))
    assert str(picture) in asked.stdout
