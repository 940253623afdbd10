# SPDX-License-Identifier: Apache-2.0
"""Section "training" of the report on a restricted Boltzmann machine."""

from typing import Final

from components.contracts.step_data import StepData
from components.report.section import Section
from components.trainer.generative.section import sample_strips
from components.trainer.section import render_training

# Title of a chart -> label of a line -> column of the history.
CHARTS: Final = {
    "Negative log-likelihood, nats": {
        "validation, a short AIS": "val_negative_log_likelihood_nats"
    },
    "Squared error of a reconstruction": {"validation": "val_reconstruction_mse"},
    "Free energy, nats": {
        "batch less chains": "loss",
        "validation less training": "val_free_energy_gap",
    },
    "Learning rate": {"learning rate": "learning_rate"},
}
NOTE: Final = (
    "No loss is minimised: weights follow the difference between the data and chains "
    "of the model. The likelihood is estimated by annealed importance sampling with "
    "few temperatures, which flatters the model; the evaluation has the careful "
    "figure. A free energy of validation images that rises above that of training "
    "images tells overfitting."
)


def render(data: StepData) -> Section:
    """Make the section of the data that the training left."""
    strips = sample_strips(data.arrays["samples"], "starts of a chain")
    return render_training(data, CHARTS, note=NOTE, more=strips)
