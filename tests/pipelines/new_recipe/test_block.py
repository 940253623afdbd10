# SPDX-License-Identifier: Apache-2.0
"""Blocks of params.yaml stay as they are when DVC writes the file again."""

from pathlib import Path

import pytest
import yaml
from dvc.utils.hydra import apply_overrides

from components.core.project import project_root
from components.core.yaml_files import parse_yaml
from pipelines.new_recipe.block import entry_lines
from pipelines.new_recipe.pictures import fit_layers

VALUES = {
    "layers": ["conv 32 stride 2", "average"],
    "sizes": [32, 16],
    "optimizer": {"learning_rate": 0.0004, "schedule": "one_cycle", "clip_norm": 0.5},
    "augmentation": {
        **{"flip": True, "crop": 0.2, "rotation": 10, "brightness": 0.2},
        "border": "reflect",
    },
    "description": "like another: it's the one, of # 12",
    "empty": "",
    "number": "1e3",
    "l2": 0.00001,
    "network": "mine.model.build_model",
}


def test_values_are_read_back_as_they_were() -> None:
    # DVC's dumper, of YAML 1.2, would drop the quotes of `yes`.
    values = {**VALUES, "word": "yes", "quoted": 'the "one"'}
    lines = [line for item in values.items() for line in entry_lines(*item, 2)]
    assert parse_yaml("\n".join(lines), "lines") == [values]


def test_experiment_changes_one_line_of_a_block(tmp_path: Path) -> None:
    lines = [
        line
        for key, value in VALUES.items()
        for line in entry_lines(key, value, 4, beside="and so")
    ]
    lines += entry_lines("gate", {"test_auc": {"min": 0.5}}, 4)
    lines += entry_lines("seed", 1, 4, "Any number.")
    text = "recipes:\n  birds:\n" + "\n".join(lines) + "\n"
    path = tmp_path / "params.yaml"
    path.write_text(text)
    apply_overrides(str(path), ["recipes.birds.seed=2"])
    assert path.read_text() == text.replace("seed: 1", "seed: 2")


@pytest.mark.parametrize("file", ["params.yaml", "book/params.yaml"])
def test_experiment_changes_one_line_of_the_project_s_own_file(
    tmp_path: Path, file: str
) -> None:
    text = (project_root() / file).read_text()
    name = next(iter(yaml.safe_load(text)["recipes"]))
    path = tmp_path / "params.yaml"
    path.write_text(text)
    apply_overrides(str(path), [f"recipes.{name}.seed=77"])
    pairs = zip(text.splitlines(), path.read_text().splitlines(), strict=True)
    assert [new.strip() for old, new in pairs if old != new] == ["seed: 77"]


def test_halvings_stop_at_four_places() -> None:
    layers = ["conv 8 5x5 stride 2", "pool", "residual 8 stride 2", "average"]
    assert fit_layers(layers, 64) == layers
    wanted = ["conv 8 5x5 stride 2", "residual 8", "average"]
    assert fit_layers(layers, 9) == wanted
    overlapping = ["pool 3x3 stride 2", "mean pool", "branches pool 3x3 | pool 3x3"]
    assert fit_layers(overlapping, 9) == ["pool 3x3 stride 2"]
    assert fit_layers(["pool 3x3 stride 1"], 4) == ["pool 3x3 stride 1"]
