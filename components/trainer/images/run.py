# SPDX-License-Identifier: Apache-2.0
"""From what TFX's Trainer hands over to what it expects back, for models of images.

What differs between families comes as functions: how to train, what to export, and what
to show of it.
"""

import shutil
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from components.contracts.dataset_facts import DatasetFacts
from components.core.records import read_record
from components.trainer.job import Job, checkpoint_folder, read_job

if TYPE_CHECKING:
    from components.trainer.images.input_pipeline import ImageData
    from components.trainer.loop.history import EpochRow
    from components.trainer.provenance import Outcome

Params = TypeVar("Params")


class TrainedLike(Protocol):
    """What every trained model has, whatever else its family adds."""

    @property
    def history(self) -> "list[EpochRow]": ...
    @property
    def outcome(self) -> "Outcome": ...


Trained = TypeVar("Trained", bound=TrainedLike)


def run_image_model(
    fn_args: Any,
    params_class: type[Params],
    train: "Callable[[Params, ImageData, Path, int], Trained]",
    export: Callable[[Trained, Params, str, DatasetFacts, Path], None],
    write_section: Callable[[Path, Job, dict[str, Any], Trained], None],
) -> None:
    """Read the examples, train, export the model and tell about it.

    Args:
        fn_args: TFX's `FnArgs`; what is read of it: train_files, eval_files,
            transform_output, serving_model_dir, model_run_dir, custom_config.
        params_class: The trainer's parameters.
        train: The trainer's `train`.
        export: Writes the SavedModel: model, parameters, folder of the transform
            graph, data set, folder.
        write_section: Writes the section "training": folder, job, parameters, model.
    """
    from components.trainer.images.input_pipeline import ImageData, read_images
    from components.trainer.loop.history import write_history
    from components.trainer.provenance import write_provenance

    job = read_job(fn_args.custom_config)
    params = read_record(params_class, job.params, f"parameters of {job.recipe!r}")
    transform, facts = fn_args.transform_output, job.dataset
    data = ImageData(
        train=read_images(fn_args.train_files, transform, facts),
        validation=read_images(fn_args.eval_files, transform, facts),
        num_classes=len(facts.classes),
    )
    workdir = checkpoint_folder(job.model_key)
    trained = train(params, data, workdir, job.seed)

    model_folder = Path(fn_args.serving_model_dir)
    run_folder = Path(fn_args.model_run_dir)
    export(trained, params, transform, facts, model_folder)
    write_provenance(model_folder, job, params, trained.outcome)
    write_history(trained.history, run_folder)
    chosen = asdict(params)  # type: ignore[call-overload]
    write_section(run_folder, job, chosen, trained)
    # Only now: until here a killed run resumes instead of training again.
    shutil.rmtree(workdir, ignore_errors=True)
