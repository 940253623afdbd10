# SPDX-License-Identifier: Apache-2.0
"""Checks of this machine: Python, C and C++ libraries, processor, memory and disk.

Each check is one function that returns one finding with at most one remedy. TensorFlow
is not imported, so that the checks also run on a machine where it fails.
"""

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from pipelines.doctor import host
from pipelines.doctor.findings import Finding, Status
from pipelines.doctor.packages import installed_versions

OLDEST_PYTHON, NEWEST_PYTHON = (3, 11), (3, 13)
GLIBC_NEEDED: Final = "2.39"
GLIBCXX_NEEDED: Final = "3.4.32"  # GCC 13
# One recipe with its caches takes about 1 GB; a full disk loses a run at its end.
DISK_SCARCE_GB, DISK_FULL_GB = 5.0, 1.0
# A run on 70,000 images peaked at 2.3 GB.
MEMORY_SCARCE_GB, MEMORY_SHORT_GB = 4.0, 2.0
FAST_BFLOAT16: Final = ("amx_bf16", "avx512_bf16")
REBUILD: Final = "rm -rf .venv && make setup"


def check_python(root: Path) -> Finding:
    """Python 3.11, 3.12 or 3.13: the versions TFX 1.21 has wheels for."""
    version = ".".join(map(str, sys.version_info[:3]))
    if OLDEST_PYTHON <= sys.version_info[:2] <= NEWEST_PYTHON:
        return Finding("python", "ok", version)
    remedy = "PRODL_PYTHON=python3.11 make setup"
    return Finding("python", "error", f"{version}, expected 3.11 to 3.13", remedy)


def check_glibc(root: Path) -> Finding:
    """The C library is new enough for ml-metadata and TensorFlow Data Validation."""
    return judge_glibc(host.glibc_of_python(), host.glibc_of_system())


def judge_glibc(own: str, system: str) -> Finding:
    """Check the C library of this Python; the system's is named for comparison."""
    if host.version_key(own) < host.version_key(GLIBC_NEEDED):
        observed = f"{own or 'none'}, expected {GLIBC_NEEDED} or newer"
        return Finding("glibc", "error", observed, REBUILD)
    if own == system:
        return Finding("glibc", "ok", own)
    observed = f"{own} in this Python, {system or 'unknown'} in the system"
    return Finding("glibc", "ok", observed)


def check_libstdcxx(root: Path) -> Finding:
    """The C++ library is that of GCC 13 or newer."""
    newest = host.newest_glibcxx()
    if host.version_key(newest) >= host.version_key(GLIBCXX_NEEDED):
        return Finding("libstdc++", "ok", f"GLIBCXX_{newest}")
    observed = f"GLIBCXX_{newest or 'none'}, expected {GLIBCXX_NEEDED} or newer"
    return Finding("libstdc++", "error", observed, REBUILD)


def check_disk(root: Path) -> Finding:
    """There is room for data, caches and models."""
    limits = (DISK_FULL_GB, DISK_SCARCE_GB)
    return _judge_amount("disk", host.free_disk_gb(root), limits, "prodl clean")


def check_memory(root: Path) -> Finding:
    """A run fits into the available memory."""
    amount = host.usable_memory_gb()
    remedy = "close other programs, or give this container more memory"
    return _judge_amount("memory", amount, (MEMORY_SHORT_GB, MEMORY_SCARCE_GB), remedy)


def check_cpu(root: Path) -> Finding:
    """The processor has the instructions that TensorFlow's wheels need."""
    return judge_cpu(host.cpu_flags(), os.cpu_count() or 1)


def judge_cpu(flags: frozenset[str], cores: int) -> Finding:
    """Check the instruction sets of a processor, fast bfloat16 among them."""
    if "avx" not in flags:
        remedy = "run on a machine with AVX, or on Kubeflow (docs/kubeflow.md)"
        return Finding("cpu", "error", "no AVX: TensorFlow ends at import", remedy)
    fast = next((flag for flag in FAST_BFLOAT16 if flag in flags), "")
    kind = f"{fast}: trains in bfloat16" if fast else "trains in float32"
    return Finding("cpu", "ok", f"{cores} cores, {kind}")


def check_accelerator(root: Path) -> Finding:
    """An installed GPU or TPU can be used."""
    return judge_accelerator(host.gpus(), host.tpu_devices(), installed_versions())


def judge_accelerator(
    gpus: Sequence[str], tpus: Sequence[str], installed: dict[str, str]
) -> Finding:
    """Check the devices: none is fine, a GPU without its libraries is not."""
    if not gpus:
        return Finding(
            "accelerator", "ok", ", ".join(tpus) or "none, trains on the CPU"
        )
    if any(name.startswith("nvidia-cudnn") for name in installed):
        return Finding("accelerator", "ok", ", ".join(gpus))
    version = installed.get("tensorflow", "2.21.0")
    package = f"'tensorflow[and-cuda]=={version}'"
    return Finding(
        "accelerator",
        "warning",
        f"{', '.join(gpus)}, but not the CUDA libraries: trains on the CPU",
        f".tools/bin/uv pip install --python .venv/bin/python {package}",
    )


def _judge_amount(
    name: str, amount: float, limits: tuple[float, float], remedy: str
) -> Finding:
    short, scarce = limits
    if amount >= scarce:
        return Finding(name, "ok", f"{amount:.0f} GB free")
    status: Status = "error" if amount < short else "warning"
    observed = f"{amount:.1f} GB free, expected {scarce:.0f} GB"
    return Finding(name, status, observed, remedy)
