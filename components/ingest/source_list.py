# SPDX-License-Identifier: Apache-2.0
"""The source list of a data set: its files with checksums, and where to get them.

It is the file `data/<dataset>/source.yaml`; data/README.md explains the keys. Sizes and
checksums are those of the uncompressed files, so the sources need not be trusted.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import ClassVar, Final

from components.contracts.modality import Modality, ModalityName, find_modality
from components.contracts.ratings_layout import RatingsLayout
from components.contracts.table_layout import TableLayout
from components.core.checks import expect_match
from components.core.errors import UsageError
from components.core.records import read_record, unknown_name
from components.core.yaml_files import load_yaml
from components.ingest.corrections import Corrections
from components.ingest.download_sources import DataFile
from components.ingest.variant import Variant

READERS: Final = "components.ingest.readers"


@dataclass(frozen=True)
class SourceList:
    """The content of a source list."""

    dataset: str
    """Name of the data set, equal to the name of its folder."""

    title: str
    """Name for readers."""

    licence: str
    """Licence of the data."""

    redistributable: bool
    """Whether copies may be passed on, so pushed to a remote that others read."""

    citation: str
    """Whom to cite."""

    modality: ModalityName
    """What an item is; see `components.contracts.modality`."""

    variants: Mapping[str, Variant]
    """Variants by name: `official`, `synthetic`."""

    homepage: str = ""
    """Where the publisher describes the data."""

    RENAMED: ClassVar[Mapping[str, str]] = {"encoding": "modality"}

    by_hand: str = ""
    """Advice to someone who must put the files in place by hand."""

    classes: tuple[str, ...] = ()
    """Class names in index order; empty where there are none."""

    image_shape: tuple[int, ...] = ()
    """Height, width, channels of every item, for the modality `image` alone."""

    ink_box: int = 0
    """Side in pixels of the box that the ink of each image fits, bright on black and
    centred by mass; 0 where images are no drawings."""

    table: TableLayout | None = None
    """Columns and target, for the modality `table` alone."""

    ratings: RatingsLayout | None = None
    """Columns and values, for the modality `ratings` alone."""

    group_by: str = ""
    """Column of a table, or of the table of labels of pictures, whose value related
    items share, for instance a patient: they get the same split. Defaults to none."""

    reader: str = ""
    """Import path of the module that reads the files. Defaults to
    `components.ingest.readers.<dataset>` if there is one, and else to the reader of the
    modality."""

    corrections: Corrections = field(default_factory=Corrections)
    """Known errors of single files."""

    path: Path = field(default=Path())
    """The file this was read from, relative to the project's root."""

    sha256: str = ""
    """Checksum of that file."""

    def __post_init__(self) -> None:
        if len(set(self.classes)) < len(self.classes):
            raise ValueError(f"classes must all differ.\nReceived {self.classes}.")
        if len(self.image_shape) not in (0, 3) or min((1, *self.image_shape)) < 1:
            raise ValueError(
                "image_shape must be [height, width, channels], each 1 or more.\n"
                f"Received {list(self.image_shape)}."
            )
        has_one = self.item_kind.has_one_image_shape
        if bool(self.image_shape) != has_one:
            wanted = "[height, width, channels]" if has_one else "none"
            raise ValueError(
                f"image_shape: expected {wanted} for the modality {self.modality!r}.\n"
                f"Received {list(self.image_shape)}."
            )
        layouts = {"table": "target and columns", "ratings": "columns and values"}
        for name, words in layouts.items():
            layout = getattr(self, name)
            if (layout is None) != (self.modality != name):
                wanted = words if layout is None else "none"
                raise ValueError(
                    f"{name}: expected {wanted} for the modality {self.modality!r}."
                )
        if self.table and bool(self.classes) == self.table.is_regression:
            wanted = "none" if self.classes else "one or more"
            raise ValueError(
                f"classes: expected {wanted} for a target of the kind "
                f"{self.table.target_kind!r}.\nReceived {list(self.classes)}."
            )
        channels = self.image_shape[2:]
        if channels not in ((), (1,), (3,)):
            raise ValueError(
                f"image_shape: expected 1 channel (grey) or 3 (RGB).\n"
                f"Received {channels[0]}."
            )
        largest = min(self.image_shape[:2], default=0) if channels == (1,) else 0
        if not 0 <= self.ink_box <= largest:
            raise ValueError(
                f"ink_box: expected 0 to {largest}, for grey images of that side.\n"
                f"Received {self.ink_box}."
            )
        rule = "reader must be the import path of a module"
        expect_match(r"(\w+(\.\w+)*)?", self.reader, rule)

    @property
    def item_kind(self) -> Modality:
        """The modality: how each step handles an item."""
        return find_modality(self.modality, self.table)

    def variant(self, name: str) -> Variant:
        """Return a variant.

        Raises:
            UsageError: There is none of that name; the message has the nearest one.
        """
        if name not in self.variants:
            what = f"{self.path}: unknown variant"
            raise UsageError(unknown_name(name, self.variants, what))
        return self.variants[name]

    def files(self, variant: str) -> tuple[DataFile, ...]:
        """The files that are listed for a variant; see `file_manifest.expected_files`.

        Args:
            variant: Name of the variant.
        """
        return self.variant(variant).files


def raw_folder(dataset: str, variant: str) -> str:
    """The folder of the raw files, which DVC tracks, relative to the project's root."""
    return f"data/raw/{dataset}/{variant}"


def read_source_list(root: Path, dataset: str) -> SourceList:
    """Read and check the source list of a data set.

    Args:
        root: The project's root folder.
        dataset: Name of the data set.

    Raises:
        UsageError: The file is missing, a value breaks a rule or a key is unknown; the
            message names the file, the key, what was expected and what was received.
    """
    path = Path("data", dataset, "source.yaml")
    received = load_yaml(root / path)
    if isinstance(received, Mapping):
        _refuse_computed_keys(received, path)
        sha256 = hashlib.sha256((root / path).read_bytes()).hexdigest()
        received = {**received, "path": str(path), "sha256": sha256}
    source_list = read_record(SourceList, received, str(path))
    if source_list.dataset != dataset:
        raise UsageError(
            f"{path}.dataset: expected {dataset!r}, as in the file's name.\n"
            f"Received {source_list.dataset!r}."
        )
    return source_list


def _refuse_computed_keys(received: Mapping[str, object], path: Path) -> None:
    """Treat `path` and `sha256`, which are computed here, as unknown keys."""
    known = {field.name for field in fields(SourceList)} - {"path", "sha256"}
    for key in ("path", "sha256"):
        if key in received:
            raise UsageError(unknown_name(key, known, f"{path}: unknown key"))
