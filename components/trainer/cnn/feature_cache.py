# SPDX-License-Identifier: Apache-2.0
"""Features of a frozen network, computed once per image and kept on disk.

A frozen base gives an image the same features in every epoch, so a training that
computes them once costs one pass over the images instead of one per epoch. They lie in
the state folder, in a folder per network and weights, each row under a hash of the very
pixels: another split, or more images, computes only what is new, and a killed run goes
on where it was.
"""

import fcntl
import hashlib
import json
import math
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from components.trainer.classifier.validation import evaluation_batch
from components.trainer.loop.progress import say

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Two files that only grow: row n of one belongs to row n of the other.
VALUES_FILE: Final = "features.f32"
DIGESTS_FILE: Final = "pixels.blake2b"
SECONDS_FILE: Final = "seconds.json"
LOCK_FILE: Final = "lock"

_DIGEST_BYTES: Final = 16
_SECONDS_BETWEEN_LINES: Final = 20.0


@dataclass(frozen=True)
class Features:
    """What a frozen network says about some images.

    Attributes:
        values: float32 (items, ...).
        computed: How many were computed now; the others were there.
        seconds_each: What computing one image took, on average.
    """

    values: "NDArray[Any]"
    computed: int
    seconds_each: float


def cached_features(
    network: Any, identity: str, images: "NDArray[Any]", cache: Path
) -> Features:
    """Features of images, from the cache as far as they are there.

    Args:
        network: A Keras model that is not trained.
        identity: What the model is, beside its weights.
        images: uint8 (items, height, width, channels).
        cache: Folder for the features of all networks.
    """
    folder = cache / _network_key(network, identity)
    digests = [hashlib.blake2b(i.tobytes(), digest_size=_DIGEST_BYTES) for i in images]
    keys = [digest.digest() for digest in digests]
    with _alone_in(folder):
        store = _Store(folder, network.output_shape[1:])
        computed = _compute_missing(store, keys, network, images)
        values = store.read(keys)
        return Features(values, computed, store.seconds / max(1, len(store.rows)))


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Wait until no other process is at work there: two would mix up their rows."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / LOCK_FILE).open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _compute_missing(
    store: "_Store", keys: Sequence[bytes], network: Any, images: "NDArray[Any]"
) -> int:
    """Add the rows that are not there yet; gives how many these were."""
    missing = list(
        {key: i for i, key in enumerate(keys) if key not in store.rows}.items()
    )
    size, clock = evaluation_batch(images.shape[1:]), _Clock(len(missing))
    for first in range(0, len(missing), size):
        some, start = missing[first : first + size], time.monotonic()
        values = network.predict_on_batch(images[[i for _, i in some]])
        store.append([key for key, _ in some], values)
        store.note_seconds(time.monotonic() - start)
        clock.tell(first + len(some))
    return len(missing)


def _network_key(network: Any, identity: str) -> str:
    digest = hashlib.sha256(f"{identity}, Keras {version('keras')}".encode())
    for weight in network.get_weights():
        digest.update(weight.tobytes())
    return digest.hexdigest()


class _Store:
    """Rows of features by the hash of their pixels."""

    def __init__(self, folder: Path, shape: tuple[int, ...]) -> None:
        # What was used last is what `prodl clean` keeps.
        folder.touch()
        self._folder, self._shape = folder, shape
        self._row_bytes = 4 * math.prod(shape)
        digests = self._digests.read_bytes() if self._digests.exists() else b""
        sizes = len(digests) // _DIGEST_BYTES, self._num_values
        # A killed run may have written values whose digests it did not come to.
        whole = min(sizes)
        for path, width in self._widths.items():
            path.touch()
            os.truncate(path, whole * width)
        keys = (
            digests[i * _DIGEST_BYTES : (i + 1) * _DIGEST_BYTES] for i in range(whole)
        )
        self.rows = {key: row for row, key in enumerate(keys)}

    @property
    def seconds(self) -> float:
        """Time that all rows took."""
        path = self._folder / SECONDS_FILE
        return float(json.loads(path.read_text())) if path.exists() else 0.0

    def note_seconds(self, seconds: float) -> None:
        """Add the time that new rows took."""
        unfinished = self._folder / f"{SECONDS_FILE}.part"
        unfinished.write_text(json.dumps(self.seconds + seconds))
        os.replace(unfinished, self._folder / SECONDS_FILE)

    def append(self, keys: Sequence[bytes], values: "NDArray[Any]") -> None:
        """Add rows; values first, so that a digest always has its values."""
        for path, content in (
            (self._values, values.astype("float32").tobytes()),
            (self._digests, b"".join(keys)),
        ):
            with path.open("ab") as file:
                file.write(content)
        for key in keys:
            self.rows[key] = len(self.rows)

    def read(self, keys: Sequence[bytes]) -> "NDArray[Any]":
        """The rows of some keys, in their order."""
        import numpy as np

        shape = (len(self.rows), *self._shape)
        stored = np.memmap(self._values, np.float32, "r", shape=shape)
        return np.array(stored[[self.rows[key] for key in keys]])

    @property
    def _values(self) -> Path:
        return self._folder / VALUES_FILE

    @property
    def _digests(self) -> Path:
        return self._folder / DIGESTS_FILE

    @property
    def _num_values(self) -> int:
        size = self._values.stat().st_size if self._values.exists() else 0
        return size // self._row_bytes

    @property
    def _widths(self) -> dict[Path, int]:
        return {self._values: self._row_bytes, self._digests: _DIGEST_BYTES}


class _Clock:
    """Prints a line now and then, and one at the end."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._start = self._last = time.monotonic()

    def tell(self, done: int) -> None:
        """Say how far it is, if it is time for that."""
        now = time.monotonic()
        if done < self._total and now - self._last < _SECONDS_BETWEEN_LINES:
            return
        self._last = now
        rate = done / (now - self._start)
        left = (self._total - done) / rate
        say(
            f"features {done:,}/{self._total:,}  {rate:.1f} images/s  {left:.0f} s left"
        )
