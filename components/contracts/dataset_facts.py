# SPDX-License-Identifier: Apache-2.0
"""Facts about a data set that trainer and evaluator need."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar

from components.contracts.evaluation_facts import EvaluationFacts
from components.contracts.modality import Modality, ModalityName, find_modality
from components.contracts.ratings_layout import RatingsLayout
from components.contracts.table_layout import TableLayout


@dataclass(frozen=True)
class DatasetFacts:
    """Facts about a data set; the graph passes them to the steps as JSON."""

    name: str
    """Name of the data set."""

    classes: tuple[str, ...]
    """Class names in the order of their indices; empty where there are none."""

    modality: ModalityName
    """Name of the modality: what an item is."""

    image_shape: tuple[int, ...]
    """Height, width and channels; empty where images differ, or are none."""

    content_sha256: str
    """Checksum over the raw files."""

    dvc_md5: str
    """The md5 of the folder of raw files, as DVC computes it."""

    variant: str
    """Variant of the data set."""

    ink_box: int = 0
    """Side in pixels of the box that the ink of each image fits, bright on black and
    centred by mass; 0 where images are no drawings."""

    # Models of former versions record it.
    RENAMED: ClassVar[Mapping[str, str]] = {"encoding": "modality"}

    table: TableLayout | None = None
    """Columns of a table; None for other data."""

    ratings: RatingsLayout | None = None
    """Columns and values of ratings; None for other data."""

    evaluation: EvaluationFacts = field(default_factory=EvaluationFacts)
    """Facts that only an evaluation uses."""

    def record(self) -> dict[str, Any]:
        """Return the facts for JSON, without those that only an evaluation uses."""
        record = asdict(self)
        del record["evaluation"]
        for name in ("table", "ratings"):
            if getattr(self, name) is None:
                del record[name]
        return record

    @property
    def item_kind(self) -> Modality:
        """The modality: how each step handles an item."""
        return find_modality(self.modality, self.table)
