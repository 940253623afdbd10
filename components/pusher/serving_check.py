# SPDX-License-Identifier: Apache-2.0
"""Check that a pushed model serves: load it in a fresh process, ask, compare."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from components.core.errors import ModelRefused

TIMEOUT_SECONDS = 300.0

_PROBE = Path(__file__).with_name("serving_probe.py")
_LAST_LINES = 5


def check_serving(
    path: str | Path,
    probes: str | Path | None = None,
    timeout_seconds: float = TIMEOUT_SECONDS,
) -> None:
    """Refuse a model that does not answer as it must.

    It must load without the project's code, and answer every recorded question as the
    model that was evaluated did.

    Args:
        path: Folder of the SavedModel.
        probes: The evaluation's probes.json. Defaults to none: then the model must
            load and have a signature.
        timeout_seconds: Longest time for loading and answering. Defaults to 300.

    Raises:
        ModelRefused: With what was expected and what was received.
    """
    folder = Path(path)
    answers = _ask(folder, Path(probes) if probes else None, timeout_seconds)
    if not answers["signatures"]:
        raise _refusal(folder, "a model with a signature", "none")
    for expected, received in answers["complaints"]:
        raise _refusal(folder, expected, received)


def _ask(folder: Path, probes: Path | None, timeout_seconds: float) -> dict[str, Any]:
    """Let a fresh process load the model and answer."""
    with tempfile.TemporaryDirectory(prefix="prodl-serving-") as scratch:
        asked, answered = Path(scratch, "probes.json"), Path(scratch, "answers.json")
        asked.write_bytes(probes.read_bytes() if probes else b"[]")
        # -P keeps the script's folder, and with it the project, off the import path.
        command = [sys.executable, "-P", str(_PROBE), str(folder.resolve())]
        try:
            process = subprocess.run(
                [*command, str(asked), str(answered)],
                cwd=scratch,
                env={k: v for k, v in os.environ.items() if k != "PYTHONPATH"},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                # TensorFlow quotes what it could not read, whatever it is.
                errors="replace",
                timeout=timeout_seconds,
            )
        except subprocess.TimeoutExpired:
            expected = f"an answer within {timeout_seconds:g} seconds"
            raise _refusal(folder, expected, "none") from None
        if process.returncode or not answered.exists():
            raise _refusal(folder, "a model that loads and answers", _tail(process))
        return dict(json.loads(answered.read_text(encoding="utf-8")))


def _refusal(folder: Path, expected: str, received: str) -> ModelRefused:
    return ModelRefused(
        f"{folder}: the model does not serve.\nExpected {expected}.\n"
        f"Received {received}.\nTrain it again; it was not published."
    )


def _tail(process: "subprocess.CompletedProcess[str]") -> str:
    lines = process.stderr.strip().splitlines()[-_LAST_LINES:]
    return "\n".join([f"exit code {process.returncode}:", *lines])
