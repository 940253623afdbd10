# SPDX-License-Identifier: Apache-2.0
"""Section "training" of the report on a VAE: learning curves and sample images."""

from typing import Final

from components.contracts.step_data import StepData
from components.report.section import Section
from components.trainer.generative.section import sample_strips
from components.trainer.section import render_training

# Title of a chart -> label of a line -> column of the history.
CHARTS: Final = {
    "Negative ELBO, nats": {
        "training": "loss",
        "validation": "val_negative_elbo_nats",
    },
    "Reconstruction, nats": {
        "training": "reconstruction",
        "validation": "val_reconstruction_nats",
    },
    "KL divergence, nats": {
        "training": "kl_divergence",
        "validation": "val_kl_divergence_nats",
    },
    "Learning rate": {"learning rate": "learning_rate"},
}
NOTE: Final = (
    "The curves show the ELBO and its terms without the weight that the KL divergence "
    "has in training. Training figures are means over an epoch, taken while the "
    "weights change; validation figures are taken after each epoch, on images held out "
    "of the training set, with the same latent samples each time."
)


def render(data: StepData) -> Section:
    """Make the section of the data that the training left."""
    strips = sample_strips(data.arrays["samples"], "latent vectors")
    return render_training(data, CHARTS, note=NOTE, more=strips)
