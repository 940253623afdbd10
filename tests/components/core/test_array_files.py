# SPDX-License-Identifier: Apache-2.0
"""Arrays come back as they were written, or not at all."""

from pathlib import Path

import numpy as np
import pytest

from components.core.array_files import read_arrays, write_arrays
from components.core.errors import DamagedFile

ARRAYS = {"text": np.array("history"), "v0": np.arange(12.0).reshape(3, 4)}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    write_arrays(tmp_path / "state.npz", ARRAYS)
    return tmp_path / "state.npz"


@pytest.mark.parametrize("is_compressed", [False, True])
def test_arrays_come_back(tmp_path: Path, is_compressed: bool) -> None:
    write_arrays(tmp_path / "new" / "x.npz", ARRAYS, is_compressed)
    _assert_sound(tmp_path / "new" / "x.npz")


def test_objects_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="Object arrays"):
        write_arrays(tmp_path / "x.npz", {"x": np.array([{}])})
    assert list(tmp_path.iterdir()) == []


def test_every_flipped_bit_is_noticed_or_changes_nothing(file: Path) -> None:
    content = file.read_bytes()
    num_damaged = 0
    for bit in range(0, 8 * len(content), 3):
        changed = bytearray(content)
        changed[bit // 8] ^= 1 << bit % 8
        file.write_bytes(changed)
        try:
            _assert_sound(file)
        except DamagedFile:
            num_damaged += 1
    # The others are flags and times of the zip archive.
    assert num_damaged > len(content)


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.99])
def test_part_of_a_file_is_named_with_the_remedy(file: Path, share: float) -> None:
    content = file.read_bytes()
    file.write_bytes(content[: int(share * len(content))])
    with pytest.raises(DamagedFile, match=rf"{file} is damaged: .*\nRemove it"):
        read_arrays(file, "Remove it.")


def _assert_sound(file: Path) -> None:
    read = read_arrays(file, "")
    assert read.keys() == ARRAYS.keys()
    for name, array in ARRAYS.items():
        np.testing.assert_array_equal(read[name], array)
        assert read[name].dtype == array.dtype
