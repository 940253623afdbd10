# SPDX-License-Identifier: Apache-2.0
"""Planted faults in the data: each is refused by the check that is meant for it."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from pipelines.__main__ import main
from tests.support.datasets.mnist import (
    TEST_IMAGES,
    TEST_LABELS,
    TRAIN_IMAGES,
    TRAIN_LABELS,
    read_idx,
    write_idx,
    write_source_list,
)
from tests.support.project import Project

pytestmark = pytest.mark.slow

Plant = Callable[[Path], None]


def _unknown_label(raw: Path) -> None:
    labels = read_idx(raw / TRAIN_LABELS)
    labels[5] = 37
    write_idx(raw / TRAIN_LABELS, labels)


def _duplicate_across_splits(raw: Path) -> None:
    test = read_idx(raw / TEST_IMAGES)
    test[0] = read_idx(raw / TRAIN_IMAGES)[0]
    write_idx(raw / TEST_IMAGES, test)


def _missing_class(raw: Path) -> None:
    labels = read_idx(raw / TEST_LABELS)
    labels[labels == 7] = 1
    write_idx(raw / TEST_LABELS, labels)


def _brighter_test_images(raw: Path) -> None:
    images = read_idx(raw / TEST_IMAGES).astype(np.int32)
    write_idx(raw / TEST_IMAGES, np.clip(images + 60, 0, 255))


def _wrong_image_size(raw: Path) -> None:
    images = read_idx(raw / TRAIN_IMAGES)
    write_idx(raw / TRAIN_IMAGES, images.reshape(-1, 14, 56))


def _truncated_file(raw: Path) -> None:
    content = (raw / TRAIN_IMAGES).read_bytes()
    (raw / TRAIN_IMAGES).write_bytes(content[:-100])


@pytest.mark.parametrize(
    ("plant", "node", "check"),
    [
        (_unknown_label, "ItemGate", "labels_are_known"),
        (_duplicate_across_splits, "ItemGate", "no_content_shared_across_splits"),
        (_missing_class, "ItemGate", "every_class_present"),
        (_brighter_test_images, "DistributionGate", "mean_alike_in_test_and_train"),
        (_wrong_image_size, "Acquire", "28"),
        (_truncated_file, "Acquire", "its header says"),
    ],
)
def test_fault_is_refused_by_its_own_check(
    project: Project, plant: Plant, node: str, check: str
) -> None:
    plant(project.raw)
    # The bytes are those that the source list names: only the content is wrong.
    write_source_list(project.root / "data" / "mnist" / "source.yaml", project.raw)
    result = _validate()
    assert result.exit_code == 4
    assert _refused_at(result) == node
    assert check in result.output
    page = (project.root / "reports" / "data" / "mnist" / "index.html").read_text()
    assert "Refused" in page[: page.index("<h2")]
    assert check in page
    assert not project.read_json("reports/data/mnist/verdict.json")["passed"]


def test_changed_byte_is_refused_by_its_checksum(project: Project) -> None:
    content = bytearray((project.raw / TRAIN_IMAGES).read_bytes())
    content[5000] ^= 1
    (project.raw / TRAIN_IMAGES).write_bytes(content)
    result = _validate()
    assert result.exit_code == 4
    assert "Expected sha256" in result.output
    assert _refused_at(result) == "Acquire"


def test_refused_data_stay_refused_with_the_report_from_the_cache(
    project: Project,
) -> None:
    _missing_class(project.raw)
    write_source_list(project.root / "data" / "mnist" / "source.yaml", project.raw)
    first, second = _validate(), _validate()
    assert first.exit_code == second.exit_code == 4
    lines = second.output.splitlines()
    assert any(line.split()[:2] == ["ValidateItems", "cached"] for line in lines)
    assert (project.root / "reports" / "data" / "mnist" / "index.html").exists()


def _validate() -> Result:
    return CliRunner().invoke(main, ["validate", "mnist"])


def _refused_at(result: Result) -> str:
    lines = (line.split() for line in result.output.splitlines())
    return next(words[0] for words in lines if words[1:2] == ["refused"])
