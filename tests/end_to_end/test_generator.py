# SPDX-License-Identifier: Apache-2.0
"""Generative models from raw files to published ones that make and mend pictures."""

from pathlib import Path

import pytest
from PIL import Image

from tests.support.external_loads import find_external_loads
from tests.support.gan_recipe import GAN, add_gan, publish_classifier
from tests.support.project import RECIPE, Project, make_project, statuses

pytestmark = pytest.mark.slow

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
    add_gan(project)
    project.edit_yaml("params.yaml", lambda p: p["recipes"].update(OTHERS))
    return project


def test_generator_is_made_judged_published_and_asked(
    project: Project, tmp_path: Path
) -> None:
    missing = project.prodl("run", GAN)
    assert missing.returncode == 2
    assert f"dvc repro publish@{RECIPE}" in missing.stderr

    publish_classifier(project)
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
    publish_classifier(project)
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
