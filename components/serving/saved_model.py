# SPDX-License-Identifier: Apache-2.0
"""An exported model as its users meet it: by its serving signatures alone."""

import json
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from components.contracts.signatures import PROBABILITIES, SERVING_DEFAULT
from components.core.errors import ProdlError
from components.core.hashing import hash_directory
from components.model_store.published import PROVENANCE_FILE

if TYPE_CHECKING:
    from numpy.typing import NDArray

ROWS_AT_ONCE = 1000


class ServedModel:
    """A SavedModel in a folder, loaded when it is first asked for something.

    Example:
        >>> model = ServedModel("models/mnist-cnn/1700000000")
        >>> model.signature("predict_images")(images=pixels)["probabilities"]
    """

    def __init__(self, path: str | Path) -> None:
        """Name the model; nothing is read yet.

        Args:
            path: Folder of the SavedModel.
        """
        self.path = Path(path)

    @cached_property
    def provenance(self) -> dict[str, Any]:
        """What provenance.json says; empty where there is none."""
        path = self.path / PROVENANCE_FILE
        if not path.exists():
            return {}
        return dict(json.loads(path.read_text(encoding="utf-8")))

    @cached_property
    def sha256(self) -> str:
        """Hash over the folder's files."""
        return hash_directory(self.path)

    @property
    def signatures(self) -> tuple[str, ...]:
        """Names of its serving signatures."""
        return tuple(sorted(self._loaded.signatures))

    def has_signature(self, name: str) -> bool:
        """Whether the model can be asked in this way."""
        return name in self._loaded.signatures

    def signature(self, name: str) -> Callable[..., dict[str, Any]]:
        """A serving signature, to be called with its inputs by keyword.

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

    def predict(self, serialized: Sequence[bytes]) -> "NDArray[Any]":
        """Class probabilities of a batch of serialized examples.

        Args:
            serialized: tf.Examples as Ingest writes them.

        Returns:
            float32 (batch, classes).

        Raises:
            ProdlError: If memory runs out; the message says for how many examples.
        """
        import tensorflow as tf

        signature = self.signature(SERVING_DEFAULT)
        try:
            outputs = signature(examples=tf.constant(list(serialized)))
        except (MemoryError, tf.errors.ResourceExhaustedError):
            raise ProdlError(
                f"{self.path}: memory ran out on a batch of {len(serialized)} examples."
                "\nEvaluate with a smaller batch_size, or give the evaluator more RAM "
                "or GPU memory."
            ) from None
        if PROBABILITIES not in outputs:
            raise ProdlError(
                f"{self.path}: {SERVING_DEFAULT} must return {PROBABILITIES!r}.\n"
                f"Received {', '.join(sorted(outputs))}."
            )
        probabilities: NDArray[Any] = outputs[PROBABILITIES].numpy()
        return probabilities

    def answers(self, signature: str, output: str, **rows: Any) -> "NDArray[Any]":
        """One output of a signature for many rows, a thousand at a time.

        Args:
            signature: For example `encode`.
            output: For example `code`.
            **rows: Arrays by the names of the signature, as many rows in each.

        Raises:
            ProdlError: If the model has no such signature.
        """
        import numpy as np
        import tensorflow as tf

        function = self.signature(signature)
        count = len(next(iter(rows.values())))
        answers = []
        for start in range(0, count, ROWS_AT_ONCE):
            stop = start + ROWS_AT_ONCE
            batch = {k: tf.constant(v[start:stop]) for k, v in rows.items()}
            answers.append(function(**batch)[output].numpy())
        return np.concatenate(answers)

    @cached_property
    def _loaded(self) -> Any:
        import tensorflow as tf

        if not (self.path / "saved_model.pb").exists():
            raise ProdlError(
                f"{self.path}: expected the folder of a SavedModel.\n"
                "Received one without saved_model.pb."
            )
        _grow_gpu_memory(tf)
        return tf.saved_model.load(str(self.path))


def _grow_gpu_memory(tf: Any) -> None:
    # Two models at once must not each claim a whole GPU. Once a GPU is in use its
    # setting is fixed, which is no reason to stop.
    for device in tf.config.list_physical_devices("GPU"):
        try:
            tf.config.experimental.set_memory_growth(device, True)
        except RuntimeError:
            return
