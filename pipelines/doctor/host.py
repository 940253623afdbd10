# SPDX-License-Identifier: Apache-2.0
"""Facts about this machine, read from the system and without importing TensorFlow."""

import ctypes
import os
import re
import shutil
import subprocess
from pathlib import Path

GIGABYTE = 1_000_000_000
COMMAND_SECONDS = 10


def glibc_of_python() -> str:
    """Return the version of the C library that this Python runs on, '' without one."""
    if "CS_GNU_LIBC_VERSION" not in os.confstr_names:
        return ""
    return (os.confstr("CS_GNU_LIBC_VERSION") or "").removeprefix("glibc ")


def glibc_of_system() -> str:
    """Return the version that the system's own programs run on, '' when unknown."""
    return first_line("getconf", "GNU_LIBC_VERSION").removeprefix("glibc ")


def newest_glibcxx() -> str:
    """Return the newest symbol version of the C++ library in use, such as '3.4.33'."""
    try:
        ctypes.CDLL("libstdc++.so.6")
    except OSError:
        return ""
    maps = Path("/proc/self/maps").read_text(encoding="utf-8")
    loaded = re.search(r"(/\S*libstdc\+\+\.so\S*)$", maps, re.MULTILINE)
    if loaded is None:
        return ""
    found = re.findall(rb"GLIBCXX_(\d+\.\d+\.\d+)\0", Path(loaded[1]).read_bytes())
    return max((text.decode() for text in found), key=version_key, default="")


def version_key(text: str) -> tuple[int, ...]:
    """Make dotted numbers comparable.

    Example:
        >>> version_key("3.4.32") > version_key("3.4.9")
        True
    """
    return tuple(int(part) for part in re.findall(r"\d+", text))


def free_disk_gb(folder: Path) -> float:
    """Return the free space on the disk of a folder."""
    return shutil.disk_usage(folder).free / GIGABYTE


def usable_memory_gb(
    meminfo: Path = Path("/proc/meminfo"),
    limit: Path = Path("/sys/fs/cgroup/memory.max"),
) -> float:
    """Memory that this process can use: the available memory or the group's limit.

    Args:
        meminfo: The kernel's statistics. Defaults to those of Linux.
        limit: The control group's limit. Defaults to that of the second version.
    """
    text = meminfo.read_text(encoding="utf-8")
    found = re.search(r"^MemAvailable:\s+(\d+) kB", text, re.MULTILINE)
    available = int(found[1]) * 1024 if found else 0
    if limit.exists():
        allowed = limit.read_text(encoding="utf-8").strip()
        if allowed.isdecimal():
            available = min(available, int(allowed))
    return available / GIGABYTE


def cpu_flags(cpuinfo: Path = Path("/proc/cpuinfo")) -> frozenset[str]:
    """Return the instruction sets of the first processor, by the kernel's names."""
    text = cpuinfo.read_text(encoding="utf-8") if cpuinfo.exists() else ""
    found = re.search(r"^flags\s*:(.*)$", text, re.MULTILINE)
    return frozenset(found[1].split()) if found else frozenset()


def gpus() -> list[str]:
    """Names of the NVIDIA GPUs that the driver lists."""
    if shutil.which("nvidia-smi") is None:
        return []
    answer = run("nvidia-smi", "--query-gpu=name", "--format=csv,noheader")
    return [line.strip() for line in answer.splitlines() if line.strip()]


def tpu_devices() -> list[str]:
    """The TPU chips of this machine, or the TPU that its environment names."""
    chips = sorted(str(path) for path in Path("/dev").glob("accel*"))
    named = os.environ.get("TPU_NAME") or os.environ.get("TPU_WORKER_ID")
    return chips or ([f"TPU {named}"] if named else [])


def first_line(*command: str) -> str:
    """Return the first line that a command prints, '' when it fails."""
    return next(iter(run(*command).splitlines()), "").strip()


def run(*command: str) -> str:
    """Return what a command prints, '' when it is missing, fails or hangs."""
    try:
        result = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            timeout=COMMAND_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return result.stdout if result.returncode == 0 else ""
