# SPDX-License-Identifier: Apache-2.0
"""Devices of a training: one, several, or a TPU."""

import json
from pathlib import Path

import pytest

from components.trainer.loop.devices import find_devices, tpu_address
from tests.support.training.processes import run_module
from tests.support.training.tiny import train_plain


@pytest.mark.slow
def test_two_devices_train_the_same_model_together(tmp_path: Path) -> None:
    module = "tests.support.training.two_devices"
    completed = run_module(module, str(tmp_path / "two"))
    assert completed.returncode == 0, completed.stderr
    devices, loss = json.loads(completed.stdout.splitlines()[-1])

    alone = train_plain(tmp_path / "one")

    assert devices == "2 x cpu"
    assert loss == pytest.approx(alone.history[0]["loss"], rel=1e-3)


def test_one_cpu_trains_alone() -> None:
    assert find_devices().description == "1 x cpu"


@pytest.mark.parametrize(
    ("environment", "address"),
    [
        ({}, ""),
        ({"TPU_NAME": "node-1"}, "node-1"),
        ({"TPU_WORKER_HOSTNAMES": "localhost"}, "local"),
    ],
)
def test_tpu_is_what_the_environment_names(
    environment: dict[str, str], address: str
) -> None:
    assert tpu_address(environment) == address


def test_tpu_that_does_not_answer_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TPU_NAME", "grpc://localhost:1")
    monkeypatch.setattr("components.trainer.loop.devices._connect", _no_tpu)

    with pytest.raises(RuntimeError, match=r"localhost:1(.|\n)*unset TPU_NAME"):
        find_devices()


def _no_tpu(address: str) -> None:
    raise ValueError(f"no TPU at {address}")
