# SPDX-License-Identifier: Apache-2.0
"""The benchmark of a GPU says why it measures nothing, and measures like with like."""

import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from components.core.project import project_root

# As a script finds the modules beside it.
sys.path.append(str(project_root() / "benchmarks"))
from benchmarks import gpu
from benchmarks.project import Run


def program(folder: Path, says: str, code: int = 0) -> str:
    path = folder / "nvidia-smi"
    path.write_text(f"#!/bin/sh\necho '{says}'\nexit {code}\n")
    path.chmod(0o755)
    return str(path)


def run(folder: Path, device: str, seconds: float, **details: Any) -> Run:
    folder.mkdir(parents=True)
    history = f"epoch,loss,seconds\n1,2.0,9.0\n2,1.0,{seconds}\n"
    (folder / "history.csv").write_text(history)
    steps = {"Trainer": {"outputs": {"model_run": str(folder)}}}
    provenance = {"details": details, "devices": device, "precision": "float32"}
    return Run("recipe", steps, {}, {}, provenance, [])


def test_without_a_gpu_it_ends_well_with_the_reason(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    monkeypatch.setattr("sys.argv", ["gpu.py"])
    gpu.main()
    said = capsys.readouterr().out
    assert said == "gpu: skipped: no NVIDIA GPU: nvidia-smi is not on PATH\n"


def test_driver_without_a_gpu_is_quoted(tmp_path: Path) -> None:
    silent = program(tmp_path, "No devices were found", code=6)
    assert "No devices were found" in gpu.reason_for_none(silent)


def test_gpu_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    listed = program(tmp_path, "GPU 0: NVIDIA L4 (UUID: GPU-1)")
    assert gpu.reason_for_none(listed) == ""
    assert capsys.readouterr().out == "gpu: GPU 0: NVIDIA L4\n"


def test_second_epoch_counts_of_a_network_that_is_trained(tmp_path: Path) -> None:
    items = {"num_train": 600, "num_validation": 100}
    assert gpu.throughput(run(tmp_path / "a", "1 x cpu", 3.0), items) == (600, 3.0)


def test_features_count_of_a_pretrained_network(tmp_path: Path) -> None:
    items = {"num_train": 600, "num_validation": 100}
    found = run(tmp_path / "a", "1 x cpu", 3.0, feature_seconds=14.0)
    assert gpu.throughput(found, items) == (700, 14.0)


def test_rows_compare_with_the_cpu(tmp_path: Path) -> None:
    found = {
        "gpu": run(tmp_path / "gpu", "1 x gpu", 2.0),
        "cpu": run(tmp_path / "cpu", "1 x cpu", 6.0),
    }
    rows = gpu.compare("mnist-cnn", found, {"num_train": 600})
    assert [(row[1], row[5], row[6]) for row in rows] == [
        ("1 x gpu", "300", "3.0 x"),
        ("1 x cpu", "100", "1.0 x"),
    ]
    assert all(len(row) == len(gpu.HEADER) for row in rows)


def test_trainings_are_short_and_the_rest_of_the_recipe_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    monkeypatch.setattr(gpu, "prodl", lambda *words: asked.append(words[1:]))
    project = gpu.prepare(tmp_path, ["mnist-cnn", "cats-dogs-vgg16"])
    recipes = yaml.safe_load((project / "params.yaml").read_text())["recipes"]
    assert recipes["mnist-cnn"]["trainer"]["epochs"] == 2
    assert recipes["cats-dogs-vgg16"]["trainer"]["epochs"] == 1
    assert recipes["mnist-cnn"]["trainer"]["batch_size"] == 128
    assert asked == [("fetch", "cats_dogs"), ("fetch", "mnist")]
