# SPDX-License-Identifier: Apache-2.0
"""The examples that a model is judged on, read batch by batch."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from components.contracts.dataset_facts import DatasetFacts
from components.contracts.features import IMAGE, ITEM_ID, LABEL
from components.contracts.item_table import thumbnail_png
from components.core.errors import ProdlError
from components.evaluator.classification.photo_metadata import report_picture

if TYPE_CHECKING:
    from components.serving.saved_model import ServedModel

BATCH_SIZE = 1000
# Encoded photographs have megabytes each, and a deep network needs room for each.
PHOTOGRAPHS_AT_ONCE = 32


@dataclass(frozen=True)
class ExampleBatch:
    """Some examples in the order of their files.

    Attributes:
        serialized: tf.Examples, as a serving signature takes them.
        labels: Class name of each.
        item_ids: Item each was made from.
    """

    serialized: list[bytes]
    labels: list[str]
    item_ids: list[str]


@dataclass(frozen=True)
class ExampleSplit:
    """One split of an Examples artifact.

    Attributes:
        uri: Folder of the artifact.
        split: Name of the split.
        dataset: Facts about the data set.
        batch_size: Examples at once: what memory must hold. Defaults to 1000.
        needs: The published model that params.yaml names as `needs`, for an evaluation
            that asks it; None for a recipe that names none. Defaults to None.
    """

    uri: str | Path
    split: str
    dataset: DatasetFacts
    batch_size: int = BATCH_SIZE
    needs: "ServedModel | None" = None

    def batches(self, size: int | None = None) -> Iterator[ExampleBatch]:
        """Read the split once, from its first file to its last.

        Args:
            size: Examples per batch. Defaults to `batch_size`; of photographs to 32 at
                most.

        Raises:
            ProdlError: If the split has no files or no examples.
        """
        is_empty = True
        for serialized, features in self._read((LABEL, ITEM_ID), size):
            is_empty = False
            yield ExampleBatch(
                serialized, _texts(features[LABEL]), _texts(features[ITEM_ID])
            )
        if is_empty:
            raise ProdlError(f"split {self.split!r} of {self.uri} holds no examples.")

    def sibling(self, split: str) -> "ExampleSplit":
        """Another split of the same examples, for what is compared with it."""
        return replace(self, split=split)

    def count(self) -> int:
        """Number of examples; reads the whole split."""
        return sum(len(serialized) for serialized, _ in self._read(()))

    def pictures(self, item_ids: Collection[str]) -> dict[str, bytes]:
        """The pictures of some items, by item id; reads the whole split."""
        wanted = {item_id.encode() for item_id in item_ids}
        found: dict[str, bytes] = {}
        for _, features in self._read((IMAGE, ITEM_ID) if wanted else ()):
            pairs = zip(features.get(ITEM_ID, ()), features.get(IMAGE, ()), strict=True)
            for item_id, image in pairs:
                if item_id in wanted:
                    found[item_id.decode()] = self._picture(image)
        return found

    def pixels(self, serialized: list[bytes]) -> Any:
        """The pixels of examples that hold them raw: uint8 (n, height, width, c).

        Args:
            serialized: tf.Examples of this split.
        """
        import numpy as np
        import tensorflow as tf

        spec = {IMAGE: tf.io.FixedLenFeature([], tf.string)}
        images = tf.io.parse_example(serialized, spec)[IMAGE].numpy()
        rows = np.stack([np.frombuffer(image, np.uint8) for image in images])
        return rows.reshape(-1, *self.dataset.image_shape)

    def _read(
        self, names: tuple[str, ...], size: int | None = None
    ) -> Iterator[tuple[list[bytes], dict[str, Any]]]:
        import tensorflow as tf

        spec = {name: tf.io.FixedLenFeature([], tf.string) for name in names}
        records = tf.data.TFRecordDataset(self._files(), self._compression())
        for batch in records.batch(size or self._most_at_once).as_numpy_iterator():
            parsed = tf.io.parse_example(batch, spec) if spec else {}
            yield list(batch), {name: value.numpy() for name, value in parsed.items()}

    @property
    def _most_at_once(self) -> int:
        if self.dataset.has_photographs:
            return min(self.batch_size, PHOTOGRAPHS_AT_ONCE)
        return self.batch_size

    def _files(self) -> list[str]:
        folder = Path(self.uri) / f"Split-{self.split}"
        files = sorted(str(path) for path in folder.glob("*") if path.is_file())
        if not files:
            raise ProdlError(
                f"split {self.split!r}: expected files of examples in {folder}.\n"
                "Received none."
            )
        return files

    def _compression(self) -> str:
        return "GZIP" if self._files()[0].endswith(".gz") else ""

    def _picture(self, image: bytes) -> bytes:
        if self.dataset.has_photographs:
            return report_picture(image)
        height, width = self.dataset.image_shape[:2] or (0, 0)
        return thumbnail_png(image, width, height)


def _texts(values: Any) -> list[str]:
    return [value.decode() for value in values]
