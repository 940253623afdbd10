# SPDX-License-Identifier: Apache-2.0
"""Section "training" of the report on a GAN: learning curves and sample images."""

from typing import Any, Final

from components.contracts.step_data import StepData
from components.report.section import Section
from components.trainer.generative.section import sample_strips
from components.trainer.section import render_training

# Title of a chart -> label of a line -> column of the history.
CHARTS: Final = {
    "Losses, nats": {"generator": "loss", "discriminator": "discriminator_loss"},
    "Mean output of the discriminator": {
        "real, D(x)": "real_score",
        "generated, D(G(z))": "fake_score",
    },
    "Frechet distance": {"validation": "val_frechet_distance"},
    "Learning rate of the generator": {"learning rate": "learning_rate"},
}
NOTE: Final = (
    "Losses and discriminator outputs are means over an epoch, taken while the weights "
    "change. At chance level the discriminator outputs 0.5 for both; its loss is then "
    "1.386 and the generator's 0.693. The Frechet distance is that of the averaged "
    "generator to as many images held out of the training set, in the features of the "
    "classifier that the recipe needs; the test split is not used."
)


def render(data: StepData) -> Section:
    """Make the section of the data that the training left."""
    return render_training(
        data,
        CHARTS,
        note=f"{NOTE} {_protocol(data.facts)}",
        more=sample_strips(data.arrays["samples"], "latent vectors"),
    )


def _protocol(facts: Any) -> str:
    if facts["needs"] is None:
        return ""
    needs, count = facts["needs"], facts["outcome"]["details"]["held_out_images"]
    return (
        f"Classifier: {needs['uri']}, sha256 {needs['sha256']}; {count} images of "
        f"each, generated with seed {facts['seed']}."
    )
