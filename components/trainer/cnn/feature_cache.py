# SPDX-License-Identifier: Apache-2.0
"""Cache on disk of the features of a frozen network.

A frozen backbone has the same features of an image in every epoch, so a training that
computes them once takes one pass over the images instead of one per epoch. There is a
folder per network and weights, with one row per image under the hash of its pixels:
another split, or more images, computes only the new rows, and a killed run resumes.
Each row has a checksum; one that does not match is computed again.

One growing file instead of one per image or of an .npz file per split: a split may be
an hour of VGG16, of which a kill must not lose more than a batch.
"""

import hashlib
import math
import os
import time
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import keras
import numpy as np
from numpy.typing import NDArray

from components.core.errors import DamagedFile
from components.core.json_files import read_json, write_json
from components.core.locks import hold_lock
from components.trainer.images.input_pipeline import evaluation_batch
from components.trainer.loop.progress import print_status

# Two files that only grow: row n of one belongs to row n of the other.
VALUES_FILE: Final = "features.f32"
INDEX_FILE: Final = "index"
SECONDS_FILE: Final = "seconds.json"
LOCK_FILE: Final = "lock"

# A row of the index: hash of the pixels, checksum of the features.
_DIGEST_BYTES: Final = 16
_CHECKSUM_BYTES: Final = 4
_INDEX_BYTES: Final = _DIGEST_BYTES + _CHECKSUM_BYTES
_SECONDS_BETWEEN_LINES: Final = 20.0


@dataclass(frozen=True)
class Features:
    """Features of some images."""

    values: NDArray[np.float32]
    """(n, ...)."""

    computed: int
    """Images whose features were computed now; the others were cached."""

    seconds_each: float
    """Mean seconds that computing the features of one image takes or took."""


def cached_features(
    network: keras.Model, network_name: str, images: NDArray[np.uint8], cache: Path
) -> Features:
    """Return the features of images, computing those that are not cached.

    Args:
        network: A Keras model that is not trained.
        network_name: Description of its architecture; with the weights, the key of the
            cache.
        images: (n, height, width, channels).
        cache: Folder of the features of all networks.
    """
    folder = cache / _network_key(network, network_name)
    digests = [hashlib.blake2b(i.tobytes(), digest_size=_DIGEST_BYTES) for i in images]
    keys = [digest.digest() for digest in digests]
    # Two processes that append would mix up their rows.
    with hold_lock(folder / LOCK_FILE, "a training", on_wait=_say_wait):
        store = _FeatureStore(folder, network.output_shape[1:])
        computed = _compute_missing(store, keys, network, images)
        if store.forget_damaged(keys):
            computed += _compute_missing(store, keys, network, images)
        values = store.read(keys)
        return Features(values, computed, store.seconds / max(1, len(store.rows)))


def _say_wait(holder: str) -> None:
    print_status(f"waiting for {holder}, which uses the same features")


def _compute_missing(
    store: "_FeatureStore",
    keys: Sequence[bytes],
    network: keras.Model,
    images: NDArray[np.uint8],
) -> int:
    """Add the missing rows, batch by batch; returns their number."""
    missing = list(
        {key: i for i, key in enumerate(keys) if key not in store.rows}.items()
    )
    size, progress = evaluation_batch(images.shape[1:]), _Progress(len(missing))
    for first in range(0, len(missing), size):
        batch, start = missing[first : first + size], time.monotonic()
        values = network.predict_on_batch(images[[i for _, i in batch]])
        store.append([key for key, _ in batch], values)
        store.add_seconds(time.monotonic() - start)
        progress.update(first + len(batch))
    return len(missing)


def _network_key(network: keras.Model, network_name: str) -> str:
    digest = hashlib.sha256(f"{network_name}, Keras {version('keras')}".encode())
    for weight in network.get_weights():
        digest.update(weight.tobytes())
    return digest.hexdigest()


class _FeatureStore:
    """Rows of features by the hash of the pixels.

    Args:
        folder: Folder of the files.
        shape: Shape of the features of one image.
    """

    def __init__(self, folder: Path, shape: tuple[int, ...]) -> None:
        # `prodl clean` keeps what was used last.
        folder.touch()
        self._folder, self._shape = folder, shape
        self._row_bytes = 4 * math.prod(shape)
        index = self._index.read_bytes() if self._index.exists() else b""
        # A killed run may have written values without their row of the index.
        self._num_rows = min(len(index) // _INDEX_BYTES, self._num_values)
        for path, width in self._widths.items():
            path.touch()
            os.truncate(path, self._num_rows * width)
        entries = (
            index[i * _INDEX_BYTES : (i + 1) * _INDEX_BYTES]
            for i in range(self._num_rows)
        )
        # Of two rows of one image the first was damaged.
        self.rows = {
            entry[:_DIGEST_BYTES]: (row, int.from_bytes(entry[_DIGEST_BYTES:]))
            for row, entry in enumerate(entries)
        }

    @property
    def seconds(self) -> float:
        """Seconds that computing all rows took; only told, so a damaged file is 0."""
        path = self._folder / SECONDS_FILE
        try:
            return float(read_json(path, "")) if path.exists() else 0.0
        except (DamagedFile, TypeError, ValueError):
            return 0.0

    def add_seconds(self, seconds: float) -> None:
        """Add the seconds that new rows took."""
        write_json(self._folder / SECONDS_FILE, self.seconds + seconds)

    def append(self, keys: Sequence[bytes], values: NDArray[Any]) -> None:
        """Add rows; the values first, so that every row of the index has its values."""
        rows = [row.tobytes() for row in values.astype("float32")]
        checksums = [zlib.crc32(row) for row in rows]
        entries = (
            key + checksum.to_bytes(_CHECKSUM_BYTES)
            for key, checksum in zip(keys, checksums, strict=True)
        )
        for path, content in (
            (self._values, b"".join(rows)),
            (self._index, b"".join(entries)),
        ):
            with path.open("ab") as file:
                file.write(content)
        for key, checksum in zip(keys, checksums, strict=True):
            self.rows[key] = (self._num_rows, checksum)
            self._num_rows += 1

    def forget_damaged(self, keys: Sequence[bytes]) -> int:
        """Forget the rows whose values are not those that were added.

        Returns:
            Their number.
        """
        stored = self._stored()
        damaged = [
            key
            for key in dict.fromkeys(keys)
            if zlib.crc32(stored[self.rows[key][0]].tobytes()) != self.rows[key][1]
        ]
        for key in damaged:
            del self.rows[key]
        if damaged:
            print_status(
                f"{self._values} is damaged: wrong checksum of {len(damaged)} rows. "
                "They are computed again."
            )
        return len(damaged)

    def read(self, keys: Sequence[bytes]) -> NDArray[np.float32]:
        """Return the rows of some keys, in their order."""
        return np.array(self._stored()[[self.rows[key][0] for key in keys]])

    def _stored(self) -> NDArray[np.float32]:
        return np.memmap(
            self._values, np.float32, "r", shape=(self._num_rows, *self._shape)
        )

    @property
    def _values(self) -> Path:
        return self._folder / VALUES_FILE

    @property
    def _index(self) -> Path:
        return self._folder / INDEX_FILE

    @property
    def _num_values(self) -> int:
        size = self._values.stat().st_size if self._values.exists() else 0
        return size // self._row_bytes

    @property
    def _widths(self) -> dict[Path, int]:
        return {self._values: self._row_bytes, self._index: _INDEX_BYTES}


class _Progress:
    """A line of progress every 20 seconds and at the end.

    Args:
        total: Number of images.
    """

    def __init__(self, total: int) -> None:
        self._total = total
        self._start = self._last = time.monotonic()

    def update(self, done: int) -> None:
        """Print a line if it is time for one."""
        now = time.monotonic()
        if done < self._total and now - self._last < _SECONDS_BETWEEN_LINES:
            return
        self._last = now
        rate = done / (now - self._start)
        left = (self._total - done) / rate
        print_status(
            f"features {done:,}/{self._total:,}  {rate:.1f} images/s  {left:.0f} s left"
        )
