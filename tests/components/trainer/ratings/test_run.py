# SPDX-License-Identifier: Apache-2.0
"""Ratings from raw files through Ingest, Transform, training and evaluation."""

import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

import apache_beam as beam
import numpy as np
import pytest

from components.contracts.modality import MODALITIES
from components.contracts.step_data import read_step_data, write_step_data
from components.evaluator.examples import ExampleSplit
from components.evaluator.ratings.evaluate import evaluate_model
from components.evaluator.ratings.page import render_body
from components.ingest.beam.pipeline import IngestJob, add_ingest
from components.ingest.readers import ratings as reader
from components.serving.saved_model import SavedModel
from components.trainer.factors import run as factors_run
from components.trainer.factors import section as factors_section
from components.trainer.factors.params import Params as FactorsParams
from components.trainer.ratings_rbm import run as rbm_run
from components.trainer.ratings_rbm import section as rbm_section
from components.trainer.ratings_rbm.params import Params as RbmParams
from components.transform.ratings import preprocessing_fn
from tests.support.datasets.examples import run_transform
from tests.support.datasets.ratings import (
    FACTS,
    LAYOUT,
    RULE,
    draw_lines,
    write_options,
    write_raw,
)

pytestmark = pytest.mark.slow


STARS: Final = LAYOUT.values
# Steps that no binary number is equal to.
TENTHS: Final = (0.1, 0.2, 0.3, 0.4, 0.5)
FAMILIES: Final[dict[str, tuple[Any, Any, Any, Sequence[str]]]] = {
    "ratings_rbm": (
        *(rbm_run, rbm_section),
        RbmParams(
            hidden=8, epochs=40, learning_rate=0.1, batch_size=30, smoothness=0.01
        ),
        ("What hidden units stand for", "Validation error (RMSE)"),
    ),
    "factors": (
        *(factors_run, factors_section),
        FactorsParams(factors=2, sweeps=5, compared=(0, 1)),
        (
            "Error (RMSE) by number of factors",
            "Items on the two directions in which their factors differ most",
        ),
    ),
}


@pytest.mark.parametrize(
    ("family", "scale"), [("ratings_rbm", TENTHS), ("factors", STARS)]
)
def test_ratings_become_a_published_model_and_two_pages(
    family: str, scale: tuple[float, ...], tmp_path: Path
) -> None:
    run, section, params, titles = FAMILIES[family]
    lines = draw_lines()
    # Rated again at the end: the earlier rating is left out.
    lines.append([*lines[0][:2], "3", str(int(lines[0][3]) + 5_000)])
    for line in lines:
        line[2] = f"{scale[int(line[2]) - 1]:g}"
    layout = replace(LAYOUT, values=scale)
    facts = replace(FACTS, ratings=layout)
    raw, examples = write_raw(tmp_path / "raw", lines), tmp_path / "examples"
    write_options(raw, layout)
    items = tmp_path / "items"
    items.mkdir()
    kind = MODALITIES["ratings"]
    job = IngestJob(reader.__name__, kind, raw, examples, items, RULE)
    with beam.Pipeline() as pipeline:
        add_ingest(pipeline, job)
    graph = run_transform(
        examples,
        tmp_path / "graph",
        ["train", "validation"],
        preprocessing_fn,
        dataset="movielens",
        config={},
    )
    files = {
        split: [str(examples / f"Split-{split}" / "*")]
        for split in ("train", "validation")
    }
    fn_args = SimpleNamespace(
        train_files=files["train"],
        eval_files=files["validation"],
        transform_output=str(graph),
        serving_model_dir=str(tmp_path / "model"),
        model_run_dir=str(tmp_path / "run"),
        custom_config=json.loads(
            json.dumps(
                {
                    "recipe": f"films-{family}",
                    "seed": 5,
                    "params": asdict(params),
                    "dataset": facts.record(),
                    "model_key": "key",
                    "code_fingerprint": "5" * 64,
                }
            )
        ),
    )
    run.run_fn(fn_args)
    learnt = section.render(read_step_data(tmp_path / "run")).html
    for words in ("Film f0", *titles):
        assert words in learnt
    model = SavedModel(tmp_path / "model")
    metrics = evaluate_model(model, ExampleSplit(examples, "test", facts))
    assert metrics.protocol["examples"] == "120 ratings of 60 users"
    values = metrics.values
    assert values["test_recommended_rated_share"] == 0
    assert values["test_rmse"] < 0.8 * metrics.values["baseline_rmse_global_mean"]
    # Far higher if trainer and evaluation place ratings differently on the scale.
    assert values["test_log_loss"] < np.log(len(scale))
    assert 0 < values["test_coverage"] <= 1
    write_step_data(tmp_path / "page", metrics.renderer, metrics.facts, metrics.arrays)
    page = render_body(read_step_data(tmp_path / "page"))
    for words in (
        "user and item bias",
        "rated later, not known to the model",
        "Error (RMSE) by how many ratings of a user are known",
        "Predicted and real ratings",
        "ratings of the user before",
    ):
        assert words in page
