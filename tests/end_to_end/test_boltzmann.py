# SPDX-License-Identifier: Apache-2.0
"""Boltzmann machines from raw files to published models that are asked."""

from pathlib import Path
from typing import Any, Final

import pytest
from PIL import Image

from tests.support.external_loads import find_external_loads
from tests.support.project import Project, make_project

pytestmark = pytest.mark.slow

DBN, RBM = "mnist-dbn", "mnist-rbm"
RECIPES: Final[dict[str, dict[str, Any]]] = {
    DBN: {
        "description": "a tiny pretrained classifier",
        "dataset": "mnist",
        "family": "dbn",
        "needs": "none",
        "seed": 1,
        "trainer": {
            "units": [16, 8],
            "pretraining": {"epochs": 1, "batch_size": 32},
            "few_labels": {"labels": [20], "seeds": 2, "steps": 2, "batch_size": 10},
            "epochs": 2,
            "batch_size": 32,
            "precision": "float32",
            "optimizer": {"learning_rate": 0.01},
        },
        "gate": {"test_accuracy": {"min": 0.01}},
    },
    RBM: {
        "description": "a tiny machine, judged in the features of the classifier",
        "dataset": "mnist",
        "family": "rbm",
        "needs": DBN,
        "seed": 1,
        "trainer": {
            "units": 12,
            "binarisation": "stochastic",
            "persistent": True,
            "sample_steps": 5,
            "epochs": 1,
            "batch_size": 32,
            "optimizer": {"name": "sgd", "learning_rate": 0.05, "momentum": 0},
        },
        "gate": {"test_ais_gap_nats": {"max": 5}},
    },
}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = make_project(tmp_path_factory.mktemp("boltzmann") / "project")
    project.edit_yaml("params.yaml", lambda p: p["recipes"].update(RECIPES))
    for recipe in (DBN, RBM):
        project.check("prodl", "run", recipe)
        project.check("prodl", "publish", recipe)
    return project


def test_pages_show_what_such_models_are_judged_by(project: Project) -> None:
    shown = {
        DBN: ("What pretraining gains", "Against the same network from scratch"),
        RBM: ("Free energy of images and noise", "Chains from the base rates"),
    }
    for recipe, titles in shown.items():
        page = (project.root / "reports" / recipe / "index.html").read_text()
        assert find_external_loads(page) == []
        for title in titles:
            assert title in page
        (version,) = (project.root / "models" / recipe).glob("[0-9]*")
        assert (version / "MODEL_CARD.md").exists()


def test_machine_draws_pictures_and_tells_energies(
    project: Project, tmp_path: Path
) -> None:
    sheet, out = tmp_path / "digits.png", tmp_path / "out"
    asked = project.prodl("sample", RBM, "-n", "4", "--steps", "3", "-o", str(sheet))
    assert "4 pictures of mnist-rbm, seed 0, 3 steps" in asked.stdout, asked.stderr
    asked = project.prodl("sample", RBM, "-n", "4", "-o", str(sheet))
    assert asked.returncode == 0, asked.stderr
    picture = tmp_path / "digit.png"
    Image.new("L", (28, 28), 99).save(picture)
    asked = project.prodl("predict", RBM, str(picture), "-o", str(out))
    assert "free energy" in asked.stdout, asked.stderr
    assert (out / picture.name).exists()


def test_classifier_has_no_chain(project: Project, tmp_path: Path) -> None:
    refused = project.prodl("sample", DBN, "--steps", "3", "-o", str(tmp_path / "x"))
    assert refused.returncode == 2
    assert "it has no signature 'sample'" in refused.stderr
