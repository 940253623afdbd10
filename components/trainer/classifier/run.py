# SPDX-License-Identifier: Apache-2.0
"""From what TFX's Trainer hands over to what it expects back, for image classifiers."""

import shutil
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from components.core.records import read_record
from components.trainer.classifier.train import Trained, TrainingParams
from components.trainer.job import checkpoint_folder, read_job

if TYPE_CHECKING:
    from components.trainer.images.input_pipeline import ImageArrays, ImageData

Params = TypeVar("Params", bound=TrainingParams)


def run_classifier(
    fn_args: Any,
    params_class: type[Params],
    train: "Callable[[Params, ImageData, Path, int], Trained]",
) -> None:
    """Read the examples, train, export the model and tell about it.

    Args:
        fn_args: TFX's `FnArgs`; what is read of it: train_files, eval_files,
            transform_output, serving_model_dir, model_run_dir, custom_config.
        params_class: The trainer's parameters.
        train: The trainer's `train`.
    """
    from components.trainer.classifier.export import export_classifier
    from components.trainer.images.input_pipeline import ImageData, read_images
    from components.trainer.loop.history import write_history
    from components.trainer.provenance import write_provenance
    from components.trainer.section import CLASSIFIER_CHARTS, write_training_section

    job = read_job(fn_args.custom_config)
    params = read_record(params_class, job.params, f"parameters of {job.recipe!r}")
    transform, facts = fn_args.transform_output, job.dataset
    workdir = checkpoint_folder(job.model_key)
    framing = params.image

    def read(files: Any, name: str) -> "ImageArrays":
        return read_images(files, transform, facts, framing, workdir / f"{name}.pixels")

    data = ImageData(
        train=read(fn_args.train_files, "train"),
        validation=read(fn_args.eval_files, "validation"),
        num_classes=len(facts.classes),
    )
    trained = train(params, data, workdir, job.seed)

    model_folder, run_folder = (
        Path(fn_args.serving_model_dir),
        Path(fn_args.model_run_dir),
    )
    export_classifier(
        trained.model, trained.temperature, transform, facts, model_folder, framing
    )
    write_provenance(model_folder, job, params, trained.outcome)
    write_history(trained.history, run_folder)
    chosen = asdict(params)
    write_training_section(
        run_folder, job, chosen, trained.outcome, trained.history, CLASSIFIER_CHARTS
    )
    # Only now: until here a killed run resumes instead of training again.
    shutil.rmtree(workdir, ignore_errors=True)
