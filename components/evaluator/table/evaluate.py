# SPDX-License-Identifier: Apache-2.0
"""Evaluation of models of tables: metrics beside rivals, importance, slices.

The model runs over the split once, and again over a part of it for the importance of
each column. Figures and intervals come from one formula (`resampling.py`).
"""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final

from components.contracts.table_layout import TableLayout
from components.evaluator.examples import ExampleSplit
from components.evaluator.metrics import SIGNATURE_EXAMPLES_FILE, UNIT, Metrics
from components.evaluator.signature_examples import signature_examples_json
from components.evaluator.table.classes import measure_classes
from components.evaluator.table.importance import (
    REPEATS,
    permutation_importance,
)
from components.evaluator.table.measured import Invalid, Measured
from components.evaluator.table.metric_names import (
    BASELINE_UNITS,
    TEST_UNITS,
    baseline,
    general_name,
)
from components.evaluator.table.numbers import measure_numbers
from components.evaluator.table.read_rows import layout_of
from components.evaluator.table.references import References, load_references
from components.evaluator.table.resampling import number_of_draws
from components.evaluator.table.signature_examples import record_calls
from components.evaluator.table.slices import SMALL, slice_rows
from components.serving.saved_model import SavedModel

# Not imported: a reworded page must not evaluate again.
RENDERER: Final = "components.evaluator.table.page"
# Columns that the split is sliced by, the most important ones.
MOST_SLICED: Final = 12


def evaluate_model(model: SavedModel, examples: ExampleSplit) -> Metrics:
    """Evaluate a model of a table on a split.

    Args:
        model: The exported model.
        examples: The split; rivals are fitted on the training split beside it.

    Returns:
        Metrics with confusion.csv or predictions.csv (one row per example) and
        signature_examples.json. If any output is no probability or no number, the only
        metric is their number, so that no gate passes.
    """
    layout = layout_of(examples.dataset)
    references = load_references(examples)
    measure = measure_numbers if layout.is_regression else measure_classes
    measured = measure(model, examples, references)
    prefix = f"{examples.split}_"
    invalid = f"{prefix}invalid_predictions"
    protocol = _protocol(model, examples, references)
    if isinstance(measured, Invalid):
        values = {invalid: float(measured.num_invalid)}
        units = _units(values, prefix, layout.target)
        return Metrics(values, protocol | units, RENDERER, asdict(measured))
    values = {
        **{prefix + name: value for name, value in measured.values.items()},
        **_rival_values(measured),
        invalid: 0.0,
    }
    facts = _facts(measured, examples, references, layout)
    return Metrics(
        values=values,
        protocol={**protocol, **_units(values, prefix, layout.target)},
        renderer=RENDERER,
        answers=measured.answers,
        facts={"values": values, **facts},
        arrays=measured.arrays,
        files={
            **measured.files,
            SIGNATURE_EXAMPLES_FILE: signature_examples_json(
                record_calls(
                    model,
                    layout,
                    references.rows,
                    measured.first_examples,
                    measured.first_outputs,
                )
            ),
        },
    )


def _rival_values(measured: Measured) -> dict[str, float]:
    return {
        baseline(metric, rival): figures[metric].value
        for rival, figures in measured.comparison.rivals.items()
        for metric in measured.compared
        if metric in figures
    }


def _facts(
    measured: Measured,
    examples: ExampleSplit,
    references: References,
    layout: TableLayout,
) -> dict[str, Any]:
    importance, num_rows = permutation_importance(
        examples, measured.num_examples, tuple(layout.columns), measured.loss_of
    )
    sliced = [one.column for one in importance[:MOST_SLICED]]
    dates = [n for n, column in layout.columns.items() if column.kind == "date"]
    slices = slice_rows(references.rows, sliced, measured.measure_slice, dates)
    return {
        "split": examples.split,
        "num_examples": measured.num_examples,
        "num_train": references.num_train,
        "remark": examples.dataset.evaluation.remark,
        "target": layout.target,
        "is_regression": layout.is_regression,
        "loss": measured.loss,
        "loss_unit": measured.loss_unit,
        "columns": {name: asdict(one) for name, one in layout.columns.items()},
        "comparison": measured.comparison.facts(references.rivals, measured.compared),
        "left_out": dict(references.left_out),
        "importance": [asdict(one) for one in importance],
        "importance_rows": num_rows,
        "importance_repeats": REPEATS,
        "small_slice": SMALL,
        "slices": [asdict(one) for one in slices],
        **measured.facts,
    }


def _protocol(
    model: SavedModel, examples: ExampleSplit, references: References
) -> dict[str, str]:
    data = examples.dataset
    count = len(references.rows)
    return {
        "data": f"{data.name} {data.variant}",
        "data_sha256": data.content_sha256,
        "split": examples.split,
        "examples": str(count),
        "model_sha256": model.sha256,
        "seed": str(model.provenance.get("seed", "not recorded")),
        "signature": "serving_default, float32",
        "log_loss": "probabilities clipped at 1e-7",
        "interval": f"95 %: bootstrap of {number_of_draws(count):,} draws, the same "
        "for model and rivals; Wilson for shares of examples",
        "rivals": f"scikit-learn, fitted on {references.num_train:,} training rows, "
        "settings chosen on the validation split",
        **{f"rival_left_out_{name}": why for name, why in references.left_out.items()},
    }


def _units(values: Mapping[str, float], prefix: str, target: str) -> dict[str, str]:
    units = {
        metric: BASELINE_UNITS.get(metric)
        or TEST_UNITS[general_name(metric.removeprefix(prefix))]
        for metric in values
    }
    # Readers know the target by its header.
    named = f"units of {target}"
    return {UNIT + m: u.replace("units of the target", named) for m, u in units.items()}
