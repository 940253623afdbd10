# SPDX-License-Identifier: Apache-2.0
"""Generative models from raw files to published ones that make and mend pictures."""

from pathlib import Path

import pytest
from PIL import Image

from tests.support.external_loads import find_external_loads
from tests.support.project import RECIPE, Project, make_project, statuses

pytestmark = pytest.mark.slow

GAN = "mnist-gan"
SETTINGS = {
    "description": "a tiny GAN",
    "dataset": "mnist",
    "family": "gan",
    "needs": RECIPE,
    "seed": 1,
    "trainer": {
        "filters": 4,
        "latent_size": 8,
        "conditional": True,
        "epochs": 2,
        "batch_size": 32,
        "precision": "float32",
        "generator": {"learning_rate": 0.002, "beta_1": 0.5},
        "discriminator": {"learning_rate": 0.002, "beta_1": 0.5},
    },
    "gate": {"test_memorised_share": {"max": 1.0}, "test_frechet_share": {"max": 9.0}},
}
VAE, DENOISER = "mnist-vae", "mnist-denoising-ae"
OTHERS = {
    VAE: {
        "description": "a tiny variational autoencoder",
        "dataset": "mnist",
        "family": "vae",
        "needs": RECIPE,
        "seed": 1,
        "trainer": {
            "binarisation": "stochastic",
            "latent_size": 4,
            "units": [32],
            "epochs": 2,
            "batch_size": 32,
            "precision": "float32",
            "optimizer": {"learning_rate": 0.005},
        },
        "gate": {"test_negative_elbo_stochastic_nats": {"max": 999}},
    },
    DENOISER: {
        "description": "a tiny denoiser with a code",
        "dataset": "mnist",
        "family": "autoencoder",
        "needs": "none",
        "seed": 1,
        "trainer": {
            "units": 32,
            "noise": ["salt_pepper"],
            "epochs": 2,
            "batch_size": 32,
            "precision": "float32",
            "optimizer": {"learning_rate": 0.005},
        },
        "gate": {"test_psnr_salt_pepper_db": {"min": 1}},
    },
}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = make_project(tmp_path_factory.mktemp("generator") / "project")
    project.edit_yaml(
        "params.yaml", lambda p: p["recipes"].update({GAN: SETTINGS, **OTHERS})
    )
    return project


def test_generator_is_made_judged_published_and_asked(
    project: Project, tmp_path: Path
) -> None:
    missing = project.prodl("run", GAN)
    assert missing.returncode == 2
    assert f"dvc repro publish@{RECIPE}" in missing.stderr

    _publish_classifier(project)
    ran = project.prodl("run", GAN)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert statuses(ran.stdout)["Ingest"] == "cached"
    published = project.prodl("publish", GAN)
    assert published.returncode == 0, published.stderr

    (needed,) = (project.root / "models" / RECIPE).glob("[0-9]*")
    (version,) = (project.root / "models" / GAN).glob("[0-9]*")
    provenance = project.read_json(f"models/{GAN}/{version.name}/provenance.json")
    assert provenance["needs"]["uri"] == f"models/{RECIPE}/{needed.name}"
    card = (version / "MODEL_CARD.md").read_text()
    assert provenance["needs"]["sha256"] in card
    assert 'model.signatures["sample"](count=count, seed=seed)' in card

    page = (project.root / "reports" / GAN / "index.html").read_text()
    assert find_external_loads(page) == []
    for part in (
        "Samples of the same latent vectors by epoch",
        "Between real images and noise",
    ):
        assert part in page
    sheet = tmp_path / "digits.png"
    asked = project.prodl("sample", GAN, "-n", "4", "--seed", "7", "-o", str(sheet))
    assert asked.returncode == 0, asked.stderr
    assert sheet.exists()
    asked = project.prodl("sample", GAN, "--class", "3", "-o", str(sheet))
    assert "36 pictures of mnist-gan, seed 0, class 3" in asked.stdout, asked.stderr
    unknown = project.prodl("sample", GAN, "--class", "ten", "-o", str(sheet))
    assert unknown.returncode == 2
    assert "expected one of 0, 1" in unknown.stderr

    assert statuses(project.prodl("run", GAN).stdout)["Trainer"] == "cached"


@pytest.mark.parametrize("recipe", [VAE, DENOISER])
def test_autoencoder_is_made_judged_published_and_asked(
    project: Project, tmp_path: Path, recipe: str
) -> None:
    _publish_classifier(project)
    for verb in ("run", "publish"):
        done = project.prodl(verb, recipe)
        assert done.returncode == 0, done.stdout + done.stderr
    (version,) = (project.root / "models" / recipe).glob("[0-9]*")
    card = (version / "MODEL_CARD.md").read_text()
    for signature in ("encode", "decode"):
        assert f'model.signatures["{signature}"]' in card
    page = (project.root / "reports" / recipe / "index.html").read_text()
    assert find_external_loads(page) == []

    picture, out = tmp_path / "digit.png", tmp_path / "out"
    if recipe == VAE:
        asked = project.prodl("sample", VAE, "-n", "1", "-o", str(picture))
    else:
        Image.new("L", (28, 28), 99).save(picture)
        asked = project.prodl("predict", DENOISER, str(picture), "-o", str(out))
        assert (out / picture.name).exists(), asked.stderr
    assert asked.returncode == 0, asked.stderr
    assert Image.open(picture).size == (28, 28)


def _publish_classifier(project: Project) -> None:
    """Publish the one that samples are read with, unless a test before did."""
    if not (project.root / "models" / RECIPE).exists():
        for verb in ("run", "publish"):
            assert project.prodl(verb, RECIPE).returncode == 0
