# SPDX-License-Identifier: Apache-2.0
"""Train a recurrent language model on a small corpus.

Regularisation: tied embeddings (Press & Wolf 2017), embedding dropout and variational
dropout (Gal & Ghahramani 2016), unknown-token dropout, weight decay, early stopping by
validation perplexity, and an ensemble of independently trained networks.
"""

from functools import partial
from pathlib import Path
from typing import Final

import keras
import numpy as np

from components.trainer.language import own_network
from components.trainer.language.input_pipeline import TextData, Texts
from components.trainer.language.monitor import PerplexityMonitor, evaluate
from components.trainer.language.networks import (
    StatefulModel,
    build_ensemble,
    build_model,
    token_embeddings,
)
from components.trainer.language.params import Params
from components.trainer.language.trained import (
    TrainedLanguageModel,
    summarize_training,
)
from components.trainer.language.windows import make_stream
from components.trainer.loop.best_weights import BestWeights
from components.trainer.loop.early_stopping import has_stalled
from components.trainer.loop.fit import FitSettings, fit
from components.trainer.loop.history import EpochRow, mean_history
from components.trainer.loop.optimizer import make_optimizer

# Far apart, so that the ensembles of neighbouring seeds have no network in common.
_SEED_STRIDE: Final = 10_000
# Added to each count, so that tokens absent from the training split have a logarithm.
_COUNT_SMOOTHING: Final = 0.1


def train(
    params: Params, data: TextData, workdir: Path, seed: int
) -> TrainedLanguageModel:
    """Train a language model, from the last checkpoint in `workdir` if there is one.

    Args:
        params: Architecture and training.
        data: Training and validation split.
        workdir: Folder for checkpoints.
        seed: Seed of weights, order and dropout.
    """
    networks, histories = [], []
    for number in range(params.ensemble_size):
        folder = workdir / f"member_{number}"
        network_seed = seed + number * _SEED_STRIDE
        network, history = _train_network(params, data, folder, network_seed)
        networks.append(network)
        histories.append(history)
    # Before the ensemble: it renames its networks.
    embeddings_of = own_network.token_embeddings if params.network else token_embeddings
    embeddings = embeddings_of(networks[0])
    ensemble = build_ensemble(networks)
    history = mean_history(histories)
    metrics = evaluate(ensemble, data.validation)
    outcome = summarize_training(ensemble, history, metrics)
    window = params.num_steps if params.network else None
    return TrainedLanguageModel(ensemble, embeddings, None, history, outcome, window)


def _train_network(
    params: Params, data: TextData, workdir: Path, seed: int
) -> tuple[keras.Model, list[EpochRow]]:
    """Train one network; return it with the weights of its best epoch."""
    keras.utils.set_random_seed(seed)
    stream = make_stream(data.train, params.batch_size, params.num_steps)
    vocabulary_size = len(data.vocabulary) + 1
    settings = FitSettings(params.epochs, stream.windows_per_epoch, workdir)
    network = _build(params, vocabulary_size, params.num_steps)
    if not params.network:
        _initialize_bias(network, data.train)
    model = StatefulModel(network, params.batch_size)
    model.compile(
        optimizer=make_optimizer(params.optimizer, settings.total_steps),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        jit_compile=False,
    )
    monitor = PerplexityMonitor(
        _build(params, vocabulary_size), data.validation, BestWeights(workdir)
    )
    history = fit(
        model,
        partial(stream.epochs, seed),
        settings,
        monitor,
        partial(has_stalled, "val_perplexity", params.patience),
    )
    return monitor.best_network(), history


def _build(
    params: Params, vocabulary_size: int, num_steps: int | None = None
) -> keras.Model:
    if params.network:
        return own_network.build_own_language_model(params, vocabulary_size)
    return build_model(params, vocabulary_size, num_steps)


def _initialize_bias(network: keras.Model, texts: Texts) -> None:
    """Set the output bias to log token frequencies, so training starts from those."""
    bias = network.get_layer("embedding").bias
    counts = np.bincount(np.concatenate(texts.blocks), minlength=bias.shape[0])
    smoothed = counts + _COUNT_SMOOTHING
    bias.assign(np.log(smoothed / smoothed.sum()))
