# SPDX-License-Identifier: Apache-2.0
"""Examples of one split for an evaluation, read batch by batch."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any, Final

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from components.contracts.dataset_facts import DatasetFacts
from components.contracts.features import IMAGE, ITEM_ID, LABEL
from components.contracts.item_table import pixels_png
from components.core.errors import ProdlError
from components.images.thumbnails import jpeg_thumbnail
from components.serving.saved_model import SavedModel

BATCH_SIZE: Final = 1000


@dataclass(frozen=True)
class ExampleBatch:
    """Consecutive examples of a split."""

    serialized: list[bytes]
    """tf.Examples, as a serving signature takes them."""

    labels: list[str]
    """Class name of each example; empty where the answer is a number."""

    item_ids: list[str]
    """Item of each example."""


@dataclass(frozen=True)
class ExampleSplit:
    """One split of an Examples artifact."""

    uri: str | Path
    """Folder of the artifact."""

    split: str
    """Name of the split."""

    dataset: DatasetFacts
    """Facts about the data set."""

    batch_size: int = BATCH_SIZE
    """Examples at once; they must fit into memory."""

    needs: SavedModel | None = None
    """The published model that the recipe names as `needs`; None if it names none."""

    def batches(self, size: int | None = None) -> Iterator[ExampleBatch]:
        """Read the split once, in the order of its files.

        Args:
            size: Examples per batch. Defaults to `batch_size`, and at most to what the
                modality takes at once.

        Raises:
            ProdlError: If the split has no files or no examples.
        """
        is_empty = True
        labels = (LABEL,) if self.dataset.item_kind.answer == LABEL else ()
        for serialized, features in self._read((*labels, ITEM_ID), size):
            is_empty = False
            yield ExampleBatch(
                serialized, _texts(features.get(LABEL, ())), _texts(features[ITEM_ID])
            )
        if is_empty:
            raise ProdlError(f"split {self.split!r} of {self.uri} holds no examples.")

    def features(
        self, spec: Mapping[str, Any], size: int | None = None
    ) -> Iterator[tuple[list[bytes], dict[str, Any]]]:
        """Read features of the split once, in the order of its files.

        Args:
            spec: Feature -> `tf.io.FixedLenFeature` or another kind of TensorFlow's.
            size: Examples per batch. Defaults to `batch_size`, and at most to what the
                modality takes at once.

        Returns:
            Batches: the serialized tf.Examples, and tensors by feature.
        """
        records = tf.data.TFRecordDataset(self._files(), self._compression())
        for batch in records.batch(size or self._most_at_once).as_numpy_iterator():
            yield list(batch), tf.io.parse_example(batch, dict(spec)) if spec else {}

    def serialized(self, positions: Iterable[int]) -> list[bytes]:
        """Read some tf.Examples of the split; reads up to the last of them.

        Args:
            positions: Where they stand in the order of the files, ascending.
        """
        found, records = list[bytes](), self._records()
        start = 0
        for position in positions:
            found += islice(records, position - start, position - start + 1)
            start = position + 1
        return found

    def sibling(self, split: str) -> "ExampleSplit":
        """Return another split of the same examples, for a comparison."""
        return replace(self, split=split)

    def count(self) -> int:
        """Count the examples; reads the whole split."""
        return sum(len(serialized) for serialized, _ in self._read(()))

    def pictures(self, item_ids: Collection[str]) -> dict[str, bytes]:
        """Read the pictures of some items as PNG or JPEG; reads the whole split.

        Args:
            item_ids: The items.

        Returns:
            Encoded picture by item id.
        """
        wanted = {item_id.encode() for item_id in item_ids}
        found: dict[str, bytes] = {}
        for _, features in self._read((IMAGE, ITEM_ID) if wanted else ()):
            pairs = zip(features.get(ITEM_ID, ()), features.get(IMAGE, ()), strict=True)
            for item_id, image in pairs:
                if item_id in wanted:
                    found[item_id.decode()] = self._picture(image)
        return found

    def pixels(self, serialized: list[bytes]) -> NDArray[np.uint8]:
        """Decode the images of examples that hold raw pixels.

        Args:
            serialized: tf.Examples of this split.

        Returns:
            uint8 (n, height, width, channels).
        """
        spec = {IMAGE: tf.io.FixedLenFeature([], tf.string)}
        images = tf.io.parse_example(serialized, spec)[IMAGE].numpy()
        rows = np.stack([np.frombuffer(image, np.uint8) for image in images])
        return rows.reshape(-1, *self.dataset.image_shape)

    def _read(
        self, names: tuple[str, ...], size: int | None = None
    ) -> Iterator[tuple[list[bytes], dict[str, Any]]]:
        spec = {name: tf.io.FixedLenFeature([], tf.string) for name in names}
        for batch, parsed in self.features(spec, size):
            yield batch, {name: value.numpy() for name, value in parsed.items()}

    def _records(self) -> Iterator[bytes]:
        dataset = tf.data.TFRecordDataset(self._files(), self._compression())
        yield from dataset.as_numpy_iterator()

    @property
    def _most_at_once(self) -> int:
        return min(self.batch_size, self.dataset.item_kind.examples_at_once)

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
        if self.dataset.item_kind.has_encoded_pictures:
            return jpeg_thumbnail(image)
        height, width = self.dataset.image_shape[:2]
        return pixels_png(image, width, height)


def _texts(values: Any) -> list[str]:
    return [value.decode() for value in values]
