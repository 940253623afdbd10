# SPDX-License-Identifier: Apache-2.0
"""Entry point of TFX's Trainer for networks on the rows of a table."""

import shutil
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from components.core.errors import UsageError
from components.core.records import read_record
from components.trainer.job import checkpoint_folder, read_job
from components.trainer.loop.history import write_history
from components.trainer.provenance import write_provenance
from components.trainer.table.export import export_table_model
from components.trainer.table.params import Params
from components.trainer.table.rows import read_table
from components.trainer.table.train import train
from components.trainer.training_data import write_training_data

RENDERER: Final = "components.trainer.table.section"


def run_fn(fn_args: Any) -> None:
    """Train a network and export it.

    Args:
        fn_args: TFX's `FnArgs`, of which train_files, eval_files, transform_output,
            serving_model_dir, model_run_dir and custom_config are read.
    """
    job = read_job(fn_args.custom_config)
    params = read_record(Params, job.params, f"parameters of {job.recipe!r}")
    layout = job.dataset.table
    if layout is None:
        raise UsageError(
            f"recipe {job.recipe!r}: expected a data set of the modality table.\n"
            f"Received {job.dataset.name!r}, of the modality {job.dataset.modality}."
        )
    transform = fn_args.transform_output
    data = read_table(fn_args.train_files, fn_args.eval_files, transform, job.dataset)
    workdir = checkpoint_folder(job.model_key)
    trained = train(params, data, workdir, job.seed)

    model_folder = Path(fn_args.serving_model_dir)
    run_folder = Path(fn_args.model_run_dir)
    export_table_model(trained, transform, layout, model_folder)
    write_provenance(model_folder, job, params, trained.outcome)
    write_history(trained.history, run_folder)
    write_training_data(
        run_folder, RENDERER, job, asdict(params), trained.outcome, trained.history
    )
    # Last: a run that is killed before resumes instead of training again.
    shutil.rmtree(workdir, ignore_errors=True)
