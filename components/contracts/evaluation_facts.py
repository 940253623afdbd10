# SPDX-License-Identifier: Apache-2.0
"""Facts about a data set that only an evaluation uses.

They are `data/<dataset>/evaluation.yaml`, a file of their own because they determine no
model: a change of one runs the evaluation of that data set's recipes again, and nothing
else.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from components.core.records import read_record
from components.core.yaml_files import load_yaml


@dataclass(frozen=True, kw_only=True)
class EvaluationFacts:
    """Content of `evaluation.yaml`; every key may be left out."""

    prompt: str = ""
    """Beginning of a text that language models have to continue."""

    printed_continuation: str = ""
    """Continuation of the prompt that the book prints, shown beside the model's."""

    remark: str = ""
    """Comment on what the book prints for this data set."""

    # Without a hash, as a mapping has none: caches of evaluations have splits as keys.
    rmse_ceilings: Mapping[str, float] = field(default_factory=dict, hash=False)
    """Variant -> smallest root mean squared error that any model can have; of drawn
    ratings, whose noise is known."""


def read_evaluation_facts(root: Path, dataset: str) -> dict[str, Any]:
    """Read the facts of a data set; empty if it has no such file.

    Args:
        root: The project's root folder.
        dataset: Name of the data set.

    Raises:
        UsageError: If a key is unknown or a value is of another kind; the message names
            the file and the key.
    """
    path = Path("data", dataset, "evaluation.yaml")
    if not (root / path).exists():
        return {}
    facts = read_record(EvaluationFacts, load_yaml(root / path), str(path))
    return {name: value for name, value in asdict(facts).items() if value}
