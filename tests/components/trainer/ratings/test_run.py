# SPDX-License-Identifier: Apache-2.0
"""Ratings from raw files through Ingest, Transform, training and evaluation."""

import json
from dataclasses import asdict
from pathlib import Path
from types import SimpleNamespace

import apache_beam as beam
import pytest

from components.contracts.modality import MODALITIES
from components.contracts.step_data import read_step_data, write_step_data
from components.evaluator.examples import ExampleSplit
from components.evaluator.ratings.evaluate import evaluate_model
from components.evaluator.ratings.page import render_body
from components.ingest.beam.pipeline import IngestJob, add_ingest
from components.ingest.readers import ratings as reader
from components.serving.saved_model import SavedModel
from components.trainer.ratings_rbm.params import Params
from components.trainer.ratings_rbm.run import run_fn
from components.trainer.ratings_rbm.section import render
from components.transform.ratings import preprocessing_fn
from tests.support.datasets.examples import run_transform
from tests.support.datasets.ratings import FACTS, RULE, draw_lines, write_raw

pytestmark = pytest.mark.slow


def test_ratings_become_a_published_model_and_two_pages(tmp_path: Path) -> None:
    lines = draw_lines()
    # Rated again at the end: the earlier rating is left out.
    lines.append([*lines[0][:2], "3", str(int(lines[0][3]) + 5_000)])
    raw, examples = write_raw(tmp_path / "raw", lines), tmp_path / "examples"
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
    params = Params(hidden=6, epochs=10, learning_rate=0.1, batch_size=30)
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
                    "recipe": "films-rbm",
                    "seed": 5,
                    "params": asdict(params),
                    "dataset": FACTS.record(),
                    "model_key": "key",
                    "code_fingerprint": "5" * 64,
                }
            )
        ),
    )
    run_fn(fn_args)
    assert "Film f0" in render(read_step_data(tmp_path / "run")).html
    model = SavedModel(tmp_path / "model")
    metrics = evaluate_model(model, ExampleSplit(examples, "test", FACTS))
    assert metrics.protocol["examples"] == "120 ratings of 60 users"
    assert metrics.values["test_recommended_rated_share"] == 0
    write_step_data(tmp_path / "page", metrics.renderer, metrics.facts, metrics.arrays)
    page = render_body(read_step_data(tmp_path / "page"))
    assert "user and item bias" in page
    assert "rated later, not known to the model" in page
