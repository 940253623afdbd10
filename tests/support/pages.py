# SPDX-License-Identifier: Apache-2.0
"""Fragment of a report page that the renderer of an evaluation makes."""

import json
from importlib import import_module
from pathlib import Path

from components.contracts.step_data import read_step_data, write_step_data
from components.evaluator.metrics import Metrics


def render_metrics(metrics: Metrics, folder: Path) -> str:
    """Write the data of an evaluation and render it, as the page writer does.

    Args:
        metrics: Result of an evaluate function.
        folder: Where to write.
    """
    facts = json.loads(json.dumps(metrics.facts))
    write_step_data(folder, metrics.renderer, facts, metrics.arrays, metrics.pictures)
    return str(import_module(metrics.renderer).render_body(read_step_data(folder)))
