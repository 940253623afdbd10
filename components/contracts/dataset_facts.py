# SPDX-License-Identifier: Apache-2.0
"""Facts about a data set that trainer and evaluator need."""

from dataclasses import dataclass, field

from components.contracts.evaluation_facts import EvaluationFacts


@dataclass(frozen=True)
class DatasetFacts:
    """Facts about a data set; the graph passes them to the steps as JSON."""

    name: str
    """Name of the data set."""

    classes: tuple[str, ...]
    """Class names in the order of their indices; empty where there are none."""

    image_shape: tuple[int, ...]
    """Height, width and channels; empty where images differ, or are none."""

    encoding: str
    """How the bytes of an image are encoded."""

    content_sha256: str
    """Checksum over the raw files."""

    dvc_md5: str
    """The md5 of the folder of raw files, as DVC computes it."""

    variant: str
    """Variant of the data set."""

    evaluation: EvaluationFacts = field(default_factory=EvaluationFacts)
    """Facts that only an evaluation uses."""

    @property
    def has_photographs(self) -> bool:
        """Whether the images are encoded, and differ in size."""
        return self.encoding in ("jpeg", "png")
