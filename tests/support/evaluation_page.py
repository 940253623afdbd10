# SPDX-License-Identifier: Apache-2.0
"""The page of an evaluation, made the way the report makes it."""

from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory

from components.contracts.step_data import read_step_data, write_step_data
from components.evaluator.metrics import Metrics


def render_page(metrics: Metrics) -> str:
    """Write what an evaluate function returned for its renderer, and render it."""
    with TemporaryDirectory() as folder:
        write_step_data(folder, metrics.renderer, metrics.facts, metrics.arrays)
        data = read_step_data(Path(folder))
        return str(import_module(metrics.renderer).render_body(data))
