# SPDX-License-Identifier: Apache-2.0
"""What the report section of a training shows of a variational autoencoder."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from components.trainer.generative.sample_strips import strips_html
from components.trainer.section import write_training_section

if TYPE_CHECKING:
    from components.trainer.job import Job
    from components.trainer.vae.train import Trained

# Title of a chart -> label of a line -> column of the history.
CHARTS: Final = {
    "Negative bound, nats": {
        "training": "loss",
        "validation": "val_negative_bound_nats",
    },
    "Reconstruction, nats": {
        "training": "reconstruction",
        "validation": "val_reconstruction_nats",
    },
    "Divergence, nats": {
        "training": "divergence",
        "validation": "val_divergence_nats",
    },
    "Learning rate": {"learning rate": "learning_rate"},
}
NOTE: Final = (
    "All curves show the bound itself, whatever weight its divergence had in training. "
    "Training figures are means over an epoch, taken while the weights change; "
    "validation figures are taken after each epoch, on images held out of the training "
    "set, with the same codes each time."
)


def write_vae_section(
    folder: Path, job: "Job", params: dict[str, Any], trained: "Trained"
) -> None:
    """Write the section "training" of a report.

    Args:
        folder: Where to write.
        job: What was asked for.
        params: The trainer's parameters by name.
        trained: What came out.
    """
    write_training_section(
        folder,
        job,
        params,
        trained.outcome,
        trained.history,
        CHARTS,
        note=NOTE,
        more=strips_html(trained.strips, "codes"),
    )
