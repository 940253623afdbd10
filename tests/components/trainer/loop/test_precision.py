# SPDX-License-Identifier: Apache-2.0
"""The number format of a training."""

from pathlib import Path
from typing import Any

import keras
import pytest

from components.trainer.loop.precision import (
    choose_precision,
    dtype_policy,
    read_cpu_flags,
)
from tests.support.training.tiny import train_tiny


@pytest.mark.parametrize(
    ("kind", "flags", "policy"),
    [
        ("cpu", {"avx2"}, "float32"),
        ("cpu", {"avx2", "avx512_bf16"}, "mixed_bfloat16"),
        ("cpu", {"amx_bf16"}, "mixed_bfloat16"),
        ("gpu", set(), "mixed_float16"),
        ("tpu", set(), "mixed_bfloat16"),
    ],
)
def test_auto_is_what_the_device_computes_natively(
    kind: Any, flags: set[str], policy: str
) -> None:
    assert choose_precision("auto", kind, frozenset(flags)) == policy


def test_a_chosen_format_is_kept() -> None:
    assert choose_precision("float32", "gpu", frozenset()) == "float32"
    assert choose_precision("bfloat16", "cpu", frozenset()) == "mixed_bfloat16"


def test_cpu_flags_are_read(tmp_path: Path) -> None:
    info = tmp_path / "cpuinfo"
    info.write_text("processor\t: 0\nflags\t\t: fpu avx512_bf16\nbugs\t\t: none\n")

    assert read_cpu_flags(info) == {"fpu", "avx512_bf16"}


def test_a_system_without_cpuinfo_has_no_flags(tmp_path: Path) -> None:
    assert read_cpu_flags(tmp_path / "missing") == frozenset()


def test_policy_is_put_back() -> None:
    with dtype_policy("mixed_bfloat16"):
        assert keras.layers.Dense(1).compute_dtype == "bfloat16"

    assert keras.layers.Dense(1).compute_dtype == "float32"


@pytest.mark.slow
def test_what_was_trained_in_bfloat16_is_a_float32_model(tmp_path: Path) -> None:
    trained = train_tiny(tmp_path, precision="bfloat16", epochs=1)

    assert trained.outcome.precision == "mixed_bfloat16"
    assert {layer.compute_dtype for layer in trained.model.layers} == {"float32"}
    assert trained.outcome.validation["log_loss"] < 10
