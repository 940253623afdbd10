# SPDX-License-Identifier: Apache-2.0
"""A tiny GAN for the tests' small project, judged by the project's classifier."""

from typing import Any, Final

from tests.support.project import RECIPE, Project

GAN: Final = "mnist-gan"
SETTINGS: Final[dict[str, Any]] = {
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


def add_gan(project: Project) -> None:
    """Add the recipe to a project."""
    project.edit_yaml("params.yaml", lambda p: p["recipes"].update({GAN: SETTINGS}))


def publish_classifier(project: Project) -> None:
    """Publish the classifier, in whose features a GAN is judged, unless it is."""
    if not (project.root / "models" / RECIPE).is_dir():
        project.check("prodl", "run", RECIPE)
        project.check("prodl", "publish", RECIPE)
