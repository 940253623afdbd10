# SPDX-License-Identifier: Apache-2.0
"""Run of TFX's Trainer for a model of images: read, train, export, record.

The families pass what differs between them as functions.
"""

import shutil
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Protocol, TypeVar

from numpy.typing import NDArray

from components.contracts.dataset_facts import DatasetFacts
from components.core.records import read_record
from components.trainer.images.arrays import ImageData, read_images
from components.trainer.images.params import ImageInput
from components.trainer.job import Job, checkpoint_folder, read_job
from components.trainer.loop.history import EpochRow, write_history
from components.trainer.provenance import Outcome, write_provenance
from components.trainer.training_data import write_training_data

Params = TypeVar("Params")


class TrainedLike(Protocol):
    """The fields that the trained model of every family has."""

    @property
    def history(self) -> list[EpochRow]: ...
    @property
    def outcome(self) -> Outcome: ...


Trained = TypeVar("Trained", bound=TrainedLike)


def run_image_model(
    fn_args: Any,
    params_class: type[Params],
    train: Callable[[Params, ImageData, Path, int], Trained],
    export: Callable[[Trained, Params, str, DatasetFacts, Path], None],
    renderer: str,
    arrays: Callable[[Trained], Mapping[str, NDArray[Any]]] = lambda trained: {},
    write_logs: Callable[[Trained, Params, Path], None] = lambda *_: None,
) -> None:
    """Read the examples, train, export the model and record the training.

    Args:
        fn_args: TFX's `FnArgs`, of which train_files, eval_files, transform_output,
            serving_model_dir, model_run_dir and custom_config are read.
        params_class: The family's `Params`. A field `image` is the size of its images
            and the memory of a split; without one that of the data set holds.
        train: The family's `train`: parameters, data, folder of checkpoints, seed.
        export: Writes the SavedModel: model, parameters, folder of the transform
            graph, data set, folder.
        renderer: Import path of the family's `section` module, which shows the
            training.
        arrays: Arrays of the trained model that the section shows. Defaults to none.
        write_logs: Writes further files beside the history: model, parameters, folder.
            Defaults to none.
    """
    job = read_job(fn_args.custom_config)
    params = read_record(params_class, job.params, f"parameters of {job.recipe!r}")
    workdir = checkpoint_folder(job.model_key)
    image_input = getattr(params, "image", ImageInput())
    trained = train(
        params, _read(fn_args, job, image_input, workdir), workdir, job.seed
    )

    model_folder = Path(fn_args.serving_model_dir)
    run_folder = Path(fn_args.model_run_dir)
    export(trained, params, fn_args.transform_output, job.dataset, model_folder)
    write_provenance(model_folder, job, params, trained.outcome)
    write_history(trained.history, run_folder)
    write_logs(trained, params, run_folder)
    write_training_data(
        run_folder,
        renderer,
        job,
        asdict(params),  # type: ignore[call-overload]
        trained.outcome,
        trained.history,
        arrays=arrays(trained),
    )
    # Last: a run that is killed before resumes instead of training again.
    shutil.rmtree(workdir, ignore_errors=True)


def _read(fn_args: Any, job: Job, image_input: ImageInput, workdir: Path) -> ImageData:
    """Read both splits; the pixels of large ones lie beside the checkpoints."""
    train, validation = (
        read_images(
            files,
            fn_args.transform_output,
            job.dataset,
            image_input,
            workdir / f"{name}.pixels",
        )
        for name, files in (
            ("train", fn_args.train_files),
            ("validation", fn_args.eval_files),
        )
    )
    classes = tuple(job.dataset.classes)
    return ImageData(train, validation, len(classes), classes)
