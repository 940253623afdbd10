# SPDX-License-Identifier: Apache-2.0
"""From what TFX's Trainer hands over to what it expects back, for GANs."""

import shutil
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from components.errors import UsageError
from components.published import open_published
from components.records import read_record
from components.trainer.job import Job, checkpoint_folder, read_job

if TYPE_CHECKING:
    from components.trainer.gan import Params, Trained


def run_generator(
    fn_args: Any, params_class: "type[Params]", train: "Callable[..., Trained]"
) -> None:
    """Read the examples, train, export the generator and tell about it.

    Args:
        fn_args: TFX's `FnArgs`; what is read of it: train_files, eval_files,
            transform_output, serving_model_dir, model_run_dir, custom_config.
        params_class: The trainer's parameters.
        train: The trainer's `train`.
    """
    from components.trainer.generator_export import export_generator
    from components.trainer.generator_section import write_generator_section
    from components.trainer.history import write_history
    from components.trainer.inputs import ImageData, read_images
    from components.trainer.provenance import write_provenance

    job = read_job(fn_args.custom_config)
    classifier = _open_classifier(job)
    params = read_record(params_class, job.params, f"parameters of {job.recipe!r}")
    transform, facts = fn_args.transform_output, job.dataset
    data = ImageData(
        train=read_images(fn_args.train_files, transform, facts),
        validation=read_images(fn_args.eval_files, transform, facts),
        num_classes=len(facts.classes),
    )
    workdir = checkpoint_folder(job.model_key)
    trained = train(params, data, workdir, job.seed, classifier)

    model_folder = Path(fn_args.serving_model_dir)
    run_folder = Path(fn_args.model_run_dir)
    export_generator(trained.generator, params.noise, model_folder)
    write_provenance(model_folder, job, params, trained.outcome)
    write_history(trained.history, run_folder)
    write_generator_section(run_folder, job, asdict(params), trained)
    # Only now: until here a killed run resumes instead of training again.
    shutil.rmtree(workdir, ignore_errors=True)


def _open_classifier(job: Job) -> Path:
    if job.needs is None:
        raise UsageError(
            f"{job.recipe!r} needs a published classifier, in whose features its "
            "samples are measured.\nWrite into params.yaml, as in mnist-gan:\n"
            "    needs: models/mnist-cnn"
        )
    return open_published("needs", job.needs)
