# SPDX-License-Identifier: Apache-2.0
"""Check that a pushed model serves: load it in a fresh process, ask, compare."""

import json
import math
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from components.errors import ModelRefused

SIGNATURES = ("predict_images", "serving_default")
# Largest difference between two answers that are the same; float32 on one machine
# repeats exactly, other batch sizes and other processors do not quite.
TOLERANCE = 1e-4
TIMEOUT_SECONDS = 300.0

_PROBE = Path(__file__).with_name("serving_probe.py")
_LAST_LINES = 5

Rows = Sequence[Sequence[float]]


def check_serving(
    path: str | Path,
    probes: str | Path | None = None,
    timeout_seconds: float = TIMEOUT_SECONDS,
) -> None:
    """Refuse a model that does not answer as it must.

    It must load without the project's code; have both signatures; answer with
    probabilities; and say the same by both signatures about the same pixels.

    Args:
        path: Folder of the SavedModel, with its provenance.json.
        probes: The evaluation's probes.json: examples with the answers of the model
            that was evaluated, which this one must repeat. Defaults to none.
        timeout_seconds: Longest time for loading and answering. Defaults to 300.

    Raises:
        ModelRefused: With what was expected and what was received.
    """
    folder = Path(path)
    recorded = _read_json(Path(probes)) if probes else {}
    answers = _ask(folder, recorded.get("examples", []), timeout_seconds)
    judge_answers(folder, answers, recorded.get("probabilities"))


def judge_answers(
    folder: Path, answers: Mapping[str, Any], recorded: Rows | None = None
) -> None:
    """Refuse a model for what it answered.

    Args:
        folder: Folder of the SavedModel, for messages.
        answers: What `serving_probe.py` wrote: `signatures`, and the probabilities that
            `serving_default` and `predict_images` gave for the same pixels and
            `serving_default` gave for the `recorded` examples.
        recorded: What the evaluated model said about those. Defaults to None.

    Raises:
        ModelRefused: With what was expected and what was received.
    """
    absent = [name for name in SIGNATURES if name not in answers["signatures"]]
    if absent:
        received = ", ".join(answers["signatures"]) or "none"
        raise _refusal(folder, f"signatures {', '.join(SIGNATURES)}", received)
    for name in SIGNATURES:
        _expect_probabilities(folder, name, answers[name])
    _expect_same(
        folder,
        "the same answers by both signatures",
        answers["serving_default"],
        answers["predict_images"],
    )
    if recorded:
        _expect_same(
            folder,
            "the answers of the model that was evaluated",
            recorded,
            answers["recorded"],
        )


def _ask(folder: Path, recorded: list[str], timeout_seconds: float) -> dict[str, Any]:
    """Let a fresh process load the model and answer."""
    dataset = _dataset(folder)
    questions = {
        "image_shape": dataset["image_shape"],
        "encoding": dataset["encoding"],
        "recorded": recorded,
    }
    with tempfile.TemporaryDirectory(prefix="prodl-serving-") as scratch:
        asked, answered = Path(scratch, "questions.json"), Path(scratch, "answers.json")
        asked.write_text(json.dumps(questions), encoding="utf-8")
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
                timeout=timeout_seconds,
            )
        except subprocess.TimeoutExpired:
            expected = f"an answer within {timeout_seconds:g} seconds"
            raise _refusal(folder, expected, "none") from None
        if process.returncode or not answered.exists():
            raise _refusal(folder, "a model that loads and answers", _tail(process))
        return dict(_read_json(answered))


def _dataset(folder: Path) -> dict[str, Any]:
    path = folder / "provenance.json"
    dataset = _read_json(path).get("dataset", {}) if path.exists() else {}
    if not {"image_shape", "encoding"} <= set(dataset):
        expected = "provenance.json with dataset.image_shape and dataset.encoding"
        raise _refusal(folder, expected, "none" if not dataset else ", ".join(dataset))
    return dict(dataset)


def _expect_probabilities(folder: Path, name: str, rows: Rows | None) -> None:
    what = f"{name} to return 'probabilities', finite and with a sum of one per row"
    if not rows:
        raise _refusal(folder, what, "no such output")
    for row in rows:
        is_sound = all(math.isfinite(p) and p >= 0 for p in row)
        if not is_sound or abs(sum(row) - 1) > TOLERANCE * len(row):
            raise _refusal(folder, what, str([round(p, 6) for p in row]))


def _expect_same(folder: Path, what: str, wanted: Rows, received: Rows) -> None:
    shapes = [[len(row) for row in rows] for rows in (wanted, received)]
    if shapes[0] != shapes[1]:
        raise _refusal(folder, what, f"{len(received)} rows of another shape")
    gaps = [
        abs(one - other)
        for rows in zip(wanted, received, strict=True)
        for one, other in zip(*rows, strict=True)
    ]
    if not all(gap <= TOLERANCE for gap in gaps):  # NaN is no agreement
        raise _refusal(folder, what, f"probabilities that differ by {max(gaps):.3g}")


def _refusal(folder: Path, expected: str, received: str) -> ModelRefused:
    return ModelRefused(
        f"{folder}: the model does not serve.\nExpected {expected}.\n"
        f"Received {received}.\nTrain it again; it was not published."
    )


def _tail(process: "subprocess.CompletedProcess[str]") -> str:
    lines = process.stderr.strip().splitlines()[-_LAST_LINES:]
    return "\n".join([f"exit code {process.returncode}:", *lines])


def _read_json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))
