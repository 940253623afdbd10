# SPDX-License-Identifier: Apache-2.0
"""Workflow of TFX's Trainer for language models: read, train, export, record."""

import shutil
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final, TypeVar

import numpy as np

from components.core.records import read_record
from components.trainer.job import checkpoint_folder, read_job
from components.trainer.language.export import export_language_model
from components.trainer.language.input_pipeline import (
    TextData,
    read_texts,
    read_vocabulary,
)
from components.trainer.language.model import LanguageModel
from components.trainer.language.trained import TrainedLanguageModel
from components.trainer.loop.history import write_history
from components.trainer.provenance import write_provenance
from components.trainer.training_data import write_training_data

Params = TypeVar("Params")

NUM_FREQUENT_TOKENS: Final = 150
# Array of their embeddings, which the section shows.
FREQUENT: Final = "frequent_embeddings"


def run_language_model(
    fn_args: Any,
    params_class: type[Params],
    train: Callable[[Params, TextData, Path, int], TrainedLanguageModel],
    renderer: str,
) -> None:
    """Read the texts, train, export the model and record the training.

    Args:
        fn_args: TFX's `FnArgs`, of which these are used: train_files, eval_files,
            transform_output, serving_model_dir, model_run_dir, custom_config.
        params_class: The parameters of the family.
        train: The family's `train`.
        renderer: Import path of the family's `section` module.
    """
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

    model_folder = Path(fn_args.serving_model_dir)
    run_folder = Path(fn_args.model_run_dir)
    model = LanguageModel(trained.network, trained.context, trained.window)
    export_language_model(model, data.vocabulary, transform, model_folder)
    write_provenance(model_folder, job, params, trained.outcome)
    write_history(trained.history, run_folder)
    token_ids, embeddings = frequent_tokens(data), trained.embeddings
    write_training_data(
        run_folder,
        renderer,
        job,
        asdict(params),  # type: ignore[call-overload]
        trained.outcome,
        trained.history,
        facts={"frequent_tokens": [data.vocabulary[i - 1] for i in token_ids]},
        arrays={} if embeddings is None else {FREQUENT: embeddings[token_ids]},
    )
    # Only now: a run killed before this line resumes from its last checkpoint.
    shutil.rmtree(workdir, ignore_errors=True)


def frequent_tokens(data: TextData, limit: int = NUM_FREQUENT_TOKENS) -> list[int]:
    """Return the ids of the most frequent known tokens of the training split.

    Args:
        data: The texts.
        limit: Number of tokens. Defaults to NUM_FREQUENT_TOKENS.
    """
    counts = np.bincount(np.concatenate(data.train.blocks))
    counts[0] = 0
    frequent = np.argsort(-counts, kind="stable")[:limit]
    token_ids: list[int] = frequent[counts[frequent] > 0].tolist()
    return token_ids
