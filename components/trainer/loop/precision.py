# SPDX-License-Identifier: Apache-2.0
"""In which number format to train: the fastest one that the device computes natively.

A model is always exported in float32; what is chosen here is only how it is trained.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Literal

from components.trainer.loop.devices import Kind

Precision = Literal["auto", "float32", "bfloat16", "float16"]

CPU_FLAGS_FOR_BFLOAT16: Final = frozenset({"avx512_bf16", "amx_bf16"})
CPU_INFO: Final = Path("/proc/cpuinfo")


def choose_precision(wanted: Precision, kind: Kind, cpu_flags: frozenset[str]) -> str:
    """Name the Keras dtype policy to train with.

    Args:
        wanted: A format, or `auto` for the fastest.
        kind: The device.
        cpu_flags: Features of the CPU.
    """
    if wanted == "auto":
        wanted = _fastest(kind, cpu_flags)
    return "float32" if wanted == "float32" else f"mixed_{wanted}"


def read_cpu_flags(cpu_info: Path = CPU_INFO) -> frozenset[str]:
    """Features of this machine's CPU; none where the system does not list them."""
    if not cpu_info.exists():
        return frozenset()
    for line in cpu_info.read_text(encoding="utf-8", errors="replace").splitlines():
        name, _, value = line.partition(":")
        if name.strip() == "flags":
            return frozenset(value.split())
    return frozenset()


@contextmanager
def dtype_policy(name: str) -> Iterator[None]:
    """Build Keras layers with a dtype policy, then put the former one back."""
    import keras

    former = keras.config.dtype_policy()
    keras.config.set_dtype_policy(name)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(former)


def _fastest(kind: Kind, cpu_flags: frozenset[str]) -> Precision:
    if kind == "gpu":
        return "float16"
    if kind == "tpu" or cpu_flags & CPU_FLAGS_FOR_BFLOAT16:
        return "bfloat16"
    return "float32"
