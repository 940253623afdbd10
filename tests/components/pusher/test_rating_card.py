# SPDX-License-Identifier: Apache-2.0
"""The card of a model of ratings says what it is asked by."""

import json
import shlex
from base64 import b64encode
from dataclasses import asdict

import numpy as np

from components.pusher.rating_card import describe_ratings
from tests.support.datasets.ratings import LAYOUT

CALL = {
    "signature": "recommend",
    "inputs": {
        "rated": {
            "dtype": "string",
            "shape": [2],
            "values": [b64encode(name).decode() for name in (b"f01", b"f02")],
        },
        "ratings": {
            "dtype": "float32",
            "shape": [2],
            "values": b64encode(np.array([5, 2], np.float32).tobytes()).decode(),
        },
    },
}


def test_request_on_the_card_is_one_that_predict_takes() -> None:
    card = "\n\n".join(describe_ratings("films", {"ratings": asdict(LAYOUT)}, [CALL]))
    command = next(line for line in card.splitlines() if line.startswith("prodl"))
    words = shlex.split(command)
    assert words[:3] == ["prodl", "predict", "films"]
    assert json.loads(words[3]) == {"f01": 5, "f02": 2}
    assert "`recommend_user`" in card


def test_card_of_other_data_has_no_such_part() -> None:
    assert list(describe_ratings("mnist-cnn", {"name": "mnist"}, [])) == []
