# SPDX-License-Identifier: Apache-2.0
"""Check that a pushed model serves: replay recorded signature calls in a fresh process.

TFX's InfraValidator does the same with a model server in a container, which a machine
for local runs need not have.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

from components.core.errors import ModelRefused

TIMEOUT_SECONDS: Final = 300.0

_SCRIPT: Final = Path(__file__).with_name("replay.py")
_LAST_LINES: Final = 5


def check_serving(
    path: str | Path,
    signature_examples: str | Path | None = None,
    timeout_seconds: float = TIMEOUT_SECONDS,
) -> None:
    """Refuse a model that does not serve as it was evaluated.

    It must load without the project's code, and each recorded call must give the
    outputs that the evaluated model gave.

    Args:
        path: Folder of the SavedModel.
        signature_examples: Recorded calls that the evaluation wrote. Defaults to None:
            then the model must load and have a signature.
        timeout_seconds: Longest time for loading and all calls. Defaults to 300.

    Raises:
        ModelRefused: With what was expected and what was received.
    """
    folder = Path(path)
    examples = Path(signature_examples) if signature_examples else None
    result = _replay(folder, examples, timeout_seconds)
    if not result["signatures"]:
        raise _refusal(folder, "a model with a signature", "none")
    for expected, received in result["mismatches"]:
        raise _refusal(folder, expected, received)


def _replay(
    folder: Path, signature_examples: Path | None, timeout_seconds: float
) -> dict[str, Any]:
    """Load the model and replay the calls in a fresh process."""
    with tempfile.TemporaryDirectory(prefix="prodl-serving-") as scratch:
        examples, result = Path(scratch, "examples.json"), Path(scratch, "result.json")
        recorded = signature_examples.read_bytes() if signature_examples else b"[]"
        examples.write_bytes(recorded)
        # -P keeps the script's folder, and with it the project, off the import path.
        command = [sys.executable, "-P", str(_SCRIPT), str(folder.resolve())]
        try:
            process = _run_with_lifeline(
                [*command, str(examples), str(result)],
                cwd=scratch,
                env={k: v for k, v in os.environ.items() if k != "PYTHONPATH"},
                capture_output=True,
                text=True,
                # TensorFlow quotes what it could not read, whatever it is.
                errors="replace",
                timeout=timeout_seconds,
            )
        except subprocess.TimeoutExpired:
            expected = f"an answer within {timeout_seconds:g} seconds"
            raise _refusal(folder, expected, "none") from None
        if process.returncode or not result.exists():
            raise _refusal(folder, "a model that loads and answers", _tail(process))
        return dict(json.loads(result.read_text(encoding="utf-8")))


def _run_with_lifeline(
    command: list[str], **settings: Any
) -> "subprocess.CompletedProcess[str]":
    """Run a command whose standard input ends when this process ends, even killed."""
    lifeline, hold_lifeline = os.pipe()
    try:
        return subprocess.run(command, stdin=lifeline, **settings)
    finally:
        os.close(lifeline)
        os.close(hold_lifeline)


def _refusal(folder: Path, expected: str, received: str) -> ModelRefused:
    return ModelRefused(
        f"{folder}: the model does not serve.\nExpected {expected}.\n"
        f"Received {received}.\nTrain it again; it was not published."
    )


def _tail(process: "subprocess.CompletedProcess[str]") -> str:
    lines = process.stderr.strip().splitlines()[-_LAST_LINES:]
    return "\n".join([f"exit code {process.returncode}:", *lines])
