# SPDX-License-Identifier: Apache-2.0
"""Number format of a training: the fastest that the device computes in hardware.

Only the training may use less than float32; the exported model is always float32.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import keras

from components.trainer.loop.devices import DeviceKind
from components.trainer.loop.params import Precision

CPU_FLAGS_FOR_BFLOAT16: Final = frozenset({"avx512_bf16", "amx_bf16"})
CPU_INFO: Final = Path("/proc/cpuinfo")


def choose_precision(
    precision: Precision, kind: DeviceKind, cpu_flags: frozenset[str]
) -> str:
    """Return the name of the Keras dtype policy to train with.

    Args:
        precision: A format, or `auto` for the fastest of the device.
        kind: The device.
        cpu_flags: Feature flags of the CPU.
    """
    if precision == "auto":
        precision = _fastest(kind, cpu_flags)
    return "float32" if precision == "float32" else f"mixed_{precision}"


def read_cpu_flags(cpu_info: Path = CPU_INFO) -> frozenset[str]:
    """Read the feature flags of this machine's CPU.

    Args:
        cpu_info: File in the format of Linux. Defaults to /proc/cpuinfo.

    Returns:
        The flags; empty where the file is missing or lists none.
    """
    if not cpu_info.exists():
        return frozenset()
    for line in cpu_info.read_text(encoding="utf-8", errors="replace").splitlines():
        name, _, value = line.partition(":")
        if name.strip() == "flags":
            return frozenset(value.split())
    return frozenset()


@contextmanager
def dtype_policy(name: str) -> Iterator[None]:
    """Set the Keras dtype policy of the layers that the `with` block builds."""
    previous = keras.config.dtype_policy()
    keras.config.set_dtype_policy(name)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(previous)


def _fastest(kind: DeviceKind, cpu_flags: frozenset[str]) -> Precision:
    if kind == "gpu":
        return "float16"
    if kind == "tpu" or cpu_flags & CPU_FLAGS_FOR_BFLOAT16:
        return "bfloat16"
    return "float32"
