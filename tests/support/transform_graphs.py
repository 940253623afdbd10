# SPDX-License-Identifier: Apache-2.0
"""Transform graphs in a form that is equal for equal computations.

TensorFlow numbers functions by how many the process traced before, and writes them in
the order of a hash table.
"""

import re
from pathlib import Path
from typing import Any

from google.protobuf import text_format
from tensorflow.core.protobuf.saved_model_pb2 import SavedModel

# A name that ends in a number: `__inference_signature_wrapper_1124`.
NUMBERED = re.compile(r"\b(__inference_\w+?)_\d+\b")


def computation(transform_graph: Path) -> list[str]:
    """Return what a transform graph computes: nodes and functions, without numbers.

    Args:
        transform_graph: The artifact.
    """
    model = SavedModel()
    model.ParseFromString(
        (transform_graph / "transform_fn/saved_model.pb").read_bytes()
    )
    (graph,) = (meta.graph_def for meta in model.meta_graphs)
    parts = [*graph.node, *graph.library.function]
    return sorted(_without_numbers(part) for part in parts)


def _without_numbers(part: Any) -> str:
    # Maps of a message have no order of their own.
    return NUMBERED.sub(r"\1", text_format.MessageToString(part))
