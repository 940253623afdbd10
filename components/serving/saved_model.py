# SPDX-License-Identifier: Apache-2.0
"""Client of a SavedModel: its provenance, its hash and calls of its signatures."""

from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from components.contracts.dataset_facts import DatasetFacts
from components.contracts.signatures import PROBABILITIES, SERVING_DEFAULT
from components.core.errors import ProdlError, UsageError
from components.core.hashing import hash_directory
from components.core.records import read_record
from components.model_store.published import PROVENANCE_FILE, read_provenance

ROWS_AT_ONCE: Final = 1000


class SavedModel:
    """A SavedModel in a folder, loaded at the first call.

    Example:
        >>> model = SavedModel("models/mnist-cnn/1700000000")
        >>> model.signature("predict_images")(images=pixels)["probabilities"]
    """

    def __init__(self, path: str | Path) -> None:
        """Note the folder; nothing is read yet.

        Args:
            path: Folder of the SavedModel.
        """
        self.path = Path(path)

    @cached_property
    def provenance(self) -> dict[str, Any]:
        """Content of provenance.json; empty if there is none."""
        return read_provenance(self.path)

    @cached_property
    def dataset(self) -> DatasetFacts:
        """Facts about the data set it was trained on, from provenance.json.

        Raises:
            UsageError: It records none, or in another format.
        """
        place = f"{self.path / PROVENANCE_FILE}, dataset"
        try:
            return read_record(DatasetFacts, self.provenance.get("dataset", {}), place)
        except UsageError as error:
            recipe = self.provenance.get("recipe", "RECIPE")
            raise UsageError(
                f"{error}\nThe model is of another version of prodl. Make it again: "
                f"prodl run {recipe}, then prodl publish {recipe}"
            ) from None

    @cached_property
    def sha256(self) -> str:
        """Hash over the folder's files."""
        return hash_directory(self.path)

    @property
    def signatures(self) -> tuple[str, ...]:
        """Names of its serving signatures."""
        return tuple(sorted(self._loaded.signatures))

    def has_signature(self, name: str) -> bool:
        """Whether the model has a signature of this name."""
        return name in self._loaded.signatures

    def signature(self, name: str) -> Callable[..., dict[str, Any]]:
        """Get a serving signature, which takes its inputs by keyword.

        Args:
            name: For example `serving_default`.

        Raises:
            ProdlError: If there is no SavedModel, or it has no such signature.
        """
        if name not in self.signatures:
            raise ProdlError(
                f"{self.path}: no signature {name!r}. It has: "
                f"{', '.join(self.signatures) or 'none'}."
            )
        signature: Callable[..., dict[str, Any]] = self._loaded.signatures[name]
        return signature

    def predict(
        self, serialized: Sequence[bytes], output: str = PROBABILITIES
    ) -> NDArray[Any]:
        """Compute one output of `serving_default` for a batch of serialized examples.

        Args:
            serialized: tf.Examples as Ingest writes them.
            output: Name of the output. Defaults to `probabilities`, float32
                (n, classes).

        Raises:
            ProdlError: If memory runs out, or the signature has no such output.
        """
        signature = self.signature(SERVING_DEFAULT)
        try:
            outputs = signature(examples=tf.constant(list(serialized)))
        except (MemoryError, tf.errors.ResourceExhaustedError):
            raise ProdlError(
                f"{self.path}: memory ran out on a batch of {len(serialized)} examples."
                "\nEvaluate with a smaller batch_size, or give the evaluator more RAM "
                "or GPU memory."
            ) from None
        if output not in outputs:
            raise ProdlError(
                f"{self.path}: {SERVING_DEFAULT} must return {output!r}.\n"
                f"Received {', '.join(sorted(outputs))}."
            )
        values: NDArray[Any] = outputs[output].numpy()
        return values

    def predict_batches(self, signature: str, output: str, **rows: Any) -> NDArray[Any]:
        """Compute one output of a signature for many rows, a thousand at a time.

        Args:
            signature: For example `encode`.
            output: For example `code`.
            **rows: Arrays by the names of the inputs, with as many rows each.

        Raises:
            ProdlError: If the model has no such signature.
        """
        function = self.signature(signature)
        count = len(next(iter(rows.values())))
        batches = []
        for start in range(0, count, ROWS_AT_ONCE):
            stop = start + ROWS_AT_ONCE
            batch = {k: tf.constant(v[start:stop]) for k, v in rows.items()}
            batches.append(function(**batch)[output].numpy())
        return np.concatenate(batches)

    @cached_property
    def _loaded(self) -> Any:
        if not (self.path / "saved_model.pb").exists():
            raise ProdlError(
                f"{self.path}: expected the folder of a SavedModel.\n"
                "Received one without saved_model.pb."
            )
        _grow_gpu_memory()
        return tf.saved_model.load(str(self.path))


def _grow_gpu_memory() -> None:
    # Two models at once must not each claim a whole GPU. Once a GPU is in use its
    # setting is fixed, which is no error here.
    for device in tf.config.list_physical_devices("GPU"):
        try:
            tf.config.experimental.set_memory_growth(device, True)
        except RuntimeError:
            return
