# SPDX-License-Identifier: Apache-2.0
"""The blessing of a run's model, as the metadata store has it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from components.contracts.verdicts import MODEL_SHA256
from pipelines.lineage.store import LineageStore
from pipelines.nodes import BLESSING

# Property of TFX's ModelBlessing (tfx.components.evaluator.constants), named here
# because TFX takes seconds to import.
BLESSED: Final = "blessed"


@dataclass(frozen=True)
class Blessing:
    """What the metadata of a run say of its model: TFX's artifact ModelBlessing."""

    is_blessed: bool
    """Whether Evaluate blessed the model."""

    model_sha256: str
    """Hash over the files of the model that it is about."""


def read_blessing(database: Path, run: str) -> Blessing | None:
    """Read the blessing that belongs to a run.

    Args:
        database: The SQLite file of MLMD.
        run: Name of the run.

    Returns:
        None if there is no store, no such run in it, or no blessing in the run.
    """
    if not database.exists():
        return None
    store = LineageStore(database)
    evaluate = store.executions_in(run).get(BLESSING.node)
    if evaluate is None or not evaluate.succeeded:
        return None
    ids = evaluate.outputs.get(BLESSING.key, ())
    return blessing_of(store.artifact(ids[0]).facts) if len(ids) == 1 else None


def blessing_of(facts: Mapping[str, Any]) -> Blessing:
    """The blessing that the properties of an artifact state; none where they lack."""
    return Blessing(facts.get(BLESSED) == 1, str(facts.get(MODEL_SHA256, "")))
