# SPDX-License-Identifier: Apache-2.0
"""Section "training" of the report on a VAE: learning curves and sample images."""

from typing import Final

from components.contracts.step_data import StepData
from components.report.section import Section
from components.trainer.generative.section import sample_strips
from components.trainer.section import render_training

# Title of a chart -> label of a line -> column of the history.
CHARTS: Final = {
    "Negative bound, nats": {
        "training": "loss",
        "validation": "val_negative_elbo_nats",
    },
    "Reconstruction, nats": {
        "training": "reconstruction",
        "validation": "val_reconstruction_nats",
    },
    "Divergence, nats": {
        "training": "kl_divergence",
        "validation": "val_kl_divergence_nats",
    },
    "Learning rate": {"learning rate": "learning_rate"},
}
NOTE: Final = (
    "All curves show the bound itself, whatever weight its divergence had in training. "
    "Training figures are means over an epoch, taken while the weights change; "
    "validation figures are taken after each epoch, on images held out of the training "
    "set, with the same codes each time."
)


def render(data: StepData) -> Section:
    """Make the section of the data that the training left."""
    strips = sample_strips(data.arrays["samples"], "codes")
    return render_training(data, CHARTS, note=NOTE, more=strips)
