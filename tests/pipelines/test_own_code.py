# SPDX-License-Identifier: Apache-2.0
"""The user's code of a recipe is found whatever key names it."""

from pathlib import Path

import pytest

from pipelines.config import RecipeConfig
from pipelines.own_code import find_own_code


def test_code_of_the_recipe_and_of_its_checks_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PRODL_ROOT", str(tmp_path))
    (tmp_path / "mine").mkdir()
    for name in ("checks", "gates", "model"):
        (tmp_path / "mine" / f"{name}.py").touch()
    (tmp_path / "data" / "birds").mkdir(parents=True)
    (tmp_path / "data" / "birds" / "expectations.yaml").write_text(
        "items: {expectations: {bill: {expectation: mine.checks.ExpectBill}}}"
    )
    recipe = RecipeConfig(
        dataset="birds",
        family="cnn",
        needs="none",
        seed=1,
        trainer={"network": "mine.model.build_model", "layers": ["data.csv"]},
        gate={"mine.gates.small": {}, "test_accuracy": {"min": 0.5}},
        description="a model. It uses os.path and numpy.linalg.norm",
    )
    assert find_own_code(tmp_path, recipe) == (
        "mine.checks.ExpectBill",
        "mine.gates.small",
        "mine.model.build_model",
    )
