# SPDX-License-Identifier: Apache-2.0
"""Trainings in a process of their own, which finds TensorFlow imported."""

import os
import subprocess
import sys

from pipelines.fingerprint import PROJECT_ROOT
from tests.support import preloaded


def run_module(module: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `python -m MODULE ARGUMENT...` in the project; return how it ended."""
    client = preloaded.BIN.with_name("client.py")
    return subprocess.run(
        [sys.executable, "-I", "-S", str(client), "-m", module, *arguments],
        cwd=PROJECT_ROOT,
        env={**os.environ, **preloaded.environment()},
        capture_output=True,
        text=True,
    )
