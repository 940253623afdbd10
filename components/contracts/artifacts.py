# SPDX-License-Identifier: Apache-2.0
"""The artifact types of this project.

They declare no `PROPERTIES` and have a dot in their name because TFX's Kubeflow
compiler accepts nothing else. Facts are stored in custom properties, which are part of
TFX's cache key like declared ones.
"""

from tfx.types.artifact import Artifact


class RawDataset(Artifact):
    """The verified raw files of one data set version, as its source list has them."""

    TYPE_NAME = "prodl.RawDataset"


class ItemTable(Artifact):
    """One row per raw item, faulty ones included; see `contracts/modality.py`."""

    TYPE_NAME = "prodl.ItemTable"


class ValidationResult(Artifact):
    """A verdict on data (`verdict.json`) with the data of its report section."""

    TYPE_NAME = "prodl.ValidationResult"


class DataBlessing(Artifact):
    """The proof that data passed a data gate."""

    TYPE_NAME = "prodl.DataBlessing"


class ReportSection(Artifact):
    """Data of one section of a report page, as `write_step_data` leaves them."""

    TYPE_NAME = "prodl.ReportSection"


class ReportPage(Artifact):
    """A whole report page: `index.html`, `verdict.json` and the metrics."""

    TYPE_NAME = "prodl.ReportPage"


ARTIFACT_TYPES = (
    *(RawDataset, ItemTable, ValidationResult, DataBlessing),
    *(ReportSection, ReportPage),
)
