# SPDX-License-Identifier: Apache-2.0
"""From what TFX's Trainer hands over to what it expects back, for language models."""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

from components.core.records import read_record
from components.trainer.job import checkpoint_folder, read_job
from components.trainer.provenance import Outcome

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from components.trainer.language.windows import TextData
    from components.trainer.loop.history import EpochRow

Params = TypeVar("Params")

# Title of a chart -> label of a line -> column of the history.
LANGUAGE_CHARTS: Final = {
    "Loss, nats per word": {"training": "loss", "validation": "val_loss"},
    "Perplexity of known words": {"validation": "val_perplexity"},
    "Learning rate": {"learning rate": "learning_rate"},
}


@dataclass(frozen=True)
class TrainedLanguage:
    """A trained language model, in float32 and ready to export.

    Attributes:
        network: From `[words, *states]` to `[logits, *states]`, for any length.
        embeddings: A vector per word, the unknown one first.
        context: Words that a prediction depends on; None for all words before.
        history: One row per epoch.
        outcome: Facts about the training.
    """

    network: Any
    embeddings: "NDArray[Any]"
    context: int | None
    history: "list[EpochRow]"
    outcome: Outcome


def run_language_model(
    fn_args: Any,
    params_class: type[Params],
    train: "Callable[[Params, TextData, Path, int], TrainedLanguage]",
    charts: dict[str, dict[str, str]] = LANGUAGE_CHARTS,
) -> None:
    """Read the texts, train, export the model and tell about it.

    Args:
        fn_args: TFX's `FnArgs`; what is read of it: train_files, eval_files,
            transform_output, serving_model_dir, model_run_dir, custom_config.
        params_class: The trainer's parameters.
        train: The trainer's `train`.
        charts: What the report draws of the history. Defaults to loss, perplexity and
            learning rate.
    """
    from components.trainer.language.decoding import Reader
    from components.trainer.language.export import export_language_model
    from components.trainer.language.input_pipeline import read_texts, read_vocabulary
    from components.trainer.language.section import word_map
    from components.trainer.language.windows import TextData
    from components.trainer.loop.history import write_history
    from components.trainer.provenance import write_provenance
    from components.trainer.section import write_training_section

    job = read_job(fn_args.custom_config)
    params = read_record(params_class, job.params, f"parameters of {job.recipe!r}")
    transform = fn_args.transform_output
    data = TextData(
        train=read_texts(fn_args.train_files, transform),
        validation=read_texts(fn_args.eval_files, transform),
        vocabulary=read_vocabulary(transform),
    )
    workdir = checkpoint_folder(job.model_key)
    trained = train(params, data, workdir, job.seed)

    model_folder, run_folder = (
        Path(fn_args.serving_model_dir),
        Path(fn_args.model_run_dir),
    )
    reader = Reader(trained.network, trained.context)
    export_language_model(reader, data.vocabulary, transform, model_folder)
    write_provenance(model_folder, job, params, trained.outcome)
    write_history(trained.history, run_folder)
    write_training_section(
        run_folder,
        job,
        asdict(params),  # type: ignore[call-overload]
        trained.outcome,
        trained.history,
        charts,
        note=NOTE,
        more=word_map(trained.embeddings, data),
    )
    # Only now: until here a killed run resumes instead of training again.
    shutil.rmtree(workdir, ignore_errors=True)


NOTE: Final = (
    "Training loss is taken while the weights change and with words and features "
    "hidden; validation figures after each epoch, with everything in sight, over the "
    "known words. The weights exported are those of the epoch with the lowest "
    "validation perplexity, where there is one."
)


def describe(
    network: Any, history: "Sequence[EpochRow]", validation: dict[str, float]
) -> Outcome:
    """Tell the facts of a training.

    Args:
        network: The trained network.
        history: One row per epoch.
        validation: Its metrics on the validation split.
    """
    from components.trainer.loop.devices import find_devices
    from components.trainer.loop.history import train_seconds

    return Outcome(
        num_parameters=network.count_params(),
        epochs=len(history),
        train_seconds=train_seconds(history),
        # A state is carried from step to step: one device does it all.
        devices=f"1 x {find_devices().kind}",
        precision="float32",
        validation=validation,
    )
