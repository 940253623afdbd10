# SPDX-License-Identifier: Apache-2.0
"""What the report section of a training shows of a GAN: its curves and its pictures."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from components.trainer.generative.sample_strips import strips_html
from components.trainer.section import write_training_section

if TYPE_CHECKING:
    from components.trainer.gan.train import Trained
    from components.trainer.job import Job

# Title of a chart -> label of a line -> column of the history.
CHARTS: Final = {
    "Losses, nats": {"generator": "loss", "discriminator": "discriminator_loss"},
    "Taken for real, on average": {
        "real, D(x)": "score_of_real",
        "made, D(G(z))": "score_of_made",
    },
    "Frechet distance": {"validation": "val_frechet_distance"},
    "Learning rate of the generator": {"learning rate": "learning_rate"},
}
NOTE: Final = (
    "Losses and scores are means over an epoch, taken while the weights change. A "
    "discriminator that cannot tell the two apart gives 0.5 to both; its loss is then "
    "1.386 and the generator's 0.693. The distance is that of the averaged generator, "
    "in the features of the classifier that the recipe needs, to as many images held "
    "out of the training set; the test split is not seen here."
)


def write_generator_section(
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
        note=f"{NOTE} {_protocol(job, trained)}",
        more=strips_html(trained.strips, "draws"),
    )


def _protocol(job: "Job", trained: "Trained") -> str:
    if job.needs is None:
        return ""
    count = trained.outcome.details["held_out_images"]
    return (
        f"Classifier: {job.needs.uri}, sha256 {job.needs.sha256}; {count} images of "
        f"each, made with seed {job.seed}."
    )
