# SPDX-License-Identifier: Apache-2.0
"""The data of a section come back as they were, and become a section by name."""

from pathlib import Path

import numpy as np

from components.contracts.step_data import StepData, read_step_data, write_step_data
from components.report.section import Section, has_section, read_section


def render(data: StepData) -> Section:
    """Stand in for a renderer module: this one."""
    return Section("training", "Training", f"{data.facts['epochs']} epochs")


def test_facts_arrays_and_files_come_back(tmp_path: Path) -> None:
    curve = np.linspace(0, 1, 5, dtype=np.float32)
    write_step_data(
        tmp_path, __name__, {"epochs": 3}, {"loss": curve}, {"a.png": b"png"}
    )
    data = read_step_data(tmp_path)
    assert data.facts == {"epochs": 3}
    assert np.array_equal(data.arrays["loss"], curve)
    assert (data.folder / "a.png").read_bytes() == b"png"


def test_data_without_arrays_have_none(tmp_path: Path) -> None:
    write_step_data(tmp_path, __name__, {})
    assert read_step_data(tmp_path).arrays == {}


def test_section_is_made_by_the_renderer_that_the_data_name(tmp_path: Path) -> None:
    assert not has_section(tmp_path)
    write_step_data(tmp_path, __name__, {"epochs": 3})
    assert has_section(tmp_path)
    assert read_section(tmp_path) == Section("training", "Training", "3 epochs")


def test_same_data_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_step_data(tmp_path / name, __name__, {}, {"x": np.arange(9)})
    left, right = ((tmp_path / n / "step_data.npz").read_bytes() for n in "ab")
    assert left == right
