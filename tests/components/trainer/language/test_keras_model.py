# SPDX-License-Identifier: Apache-2.0
"""The file for Keras: it predicts what the exported language model predicts."""

from pathlib import Path

import keras
import numpy as np
import pytest

from components.core.errors import UsageError
from components.trainer.keras_file import write_keras_file
from components.trainer.language.keras_model import as_keras_model
from components.trainer.language.model import LanguageModel
from components.trainer.language.networks import build_ensemble, build_model
from components.trainer.language.own_network import (
    build_own_language_model,
    token_embeddings,
)
from components.trainer.language.params import NetworkParams
from components.trainer.own_network_params import OwnNetworkParams
from tests.support.own_code import own_package

NUM_TOKENS = 12
TOKENS = np.array([[3, 1, 4, 1, 5], [9, 2, 6, 5, 3]], np.int32)
OWN = """
import keras

def _model(inputs, output, wrap):
    spec = inputs["tokens"]
    tokens = keras.Input(spec.shape, dtype=spec.dtype, name="tokens")
    tensor = keras.layers.Embedding(spec.vocabulary_size, 4)(tokens)
    tensor = wrap(keras.layers.GRU(4, return_sequences=True))(tensor)
    return keras.Model(tokens, keras.layers.Dense(output.units)(tensor))

def build_model(inputs, output, params):
    return _model(inputs, output, lambda layer: layer)

def both_ways(inputs, output, params):
    return _model(inputs, output, keras.layers.Bidirectional)
"""


def _network(cell: str, **changes: int) -> keras.Model:
    params = NetworkParams(units=4, cell=cell, **changes)  # type: ignore[arg-type]
    return build_model(params, NUM_TOKENS)


def _check(network: keras.Model, folder: Path) -> None:
    write_keras_file(as_keras_model(network), folder)
    loaded = keras.saving.load_model(folder / "model.keras")
    # The exported model scores each token given those before it.
    expected = LanguageModel(network, None).score(TOKENS).numpy()[:, 1:]
    answers = loaded.predict(np.pad(TOKENS[:, :-1], [(0, 0), (1, 0)]), verbose=0)
    np.testing.assert_allclose(answers[:, 1:], expected, atol=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_loaded_network_is_the_exported_one(cell: str, tmp_path: Path) -> None:
    _check(_network(cell, num_layers=2), tmp_path)


@pytest.mark.slow
def test_loaded_ensemble_is_the_exported_one(tmp_path: Path) -> None:
    _check(build_ensemble([_network("gru"), _network("gru")]), tmp_path)


def test_own_network_is_a_language_model_if_it_does_not_look_ahead(
    tmp_path: Path,
) -> None:
    with own_package(tmp_path, text=OWN):
        own = OwnNetworkParams(network="mine.text.build_model")
        network = build_own_language_model(own, NUM_TOKENS)
        assert token_embeddings(network).shape == (NUM_TOKENS, 4)
        _check(network, tmp_path)
        sliding = LanguageModel(network, None, window=3)
        assert sliding.prefill(TOKENS[0])[1][0].shape == (1, 3)
        with pytest.raises(UsageError, match="mine.text.both_ways: .*\n.*looks ahead"):
            build_own_language_model(
                OwnNetworkParams(network="mine.text.both_ways"), NUM_TOKENS
            )
