# SPDX-License-Identifier: Apache-2.0
"""Planted faults in photographs: each is refused by the check that is meant for it."""

import io
from collections.abc import Callable

import pytest
from click.testing import CliRunner, Result
from PIL import Image

from pipelines.__main__ import main
from tests.support.datasets.photo_archives import (
    cats_and_dogs,
    encode,
    photo,
    picture,
    write_zip,
)
from tests.support.photo_project import album_folder, expect_small_album, give_album
from tests.support.project import Project

pytestmark = pytest.mark.slow

NUM_SOUND = 160
Files = dict[str, bytes]
Plant = Callable[[Files], None]


@pytest.fixture
def photographs(project: Project) -> Files:
    """The files of a sound small album; `project` expects no more of it."""
    expect_small_album(project)
    return cats_and_dogs(NUM_SOUND) | {
        "cat/empty.jpg": b"",
        "dog/half.jpg": photo(1)[:500],
        "cat/large.jpg": photo(500, (320, 240)),
        "cat/copy.jpg": encode(picture(500, (240, 180)), quality=80),
    }


def _truncated_files(files: Files) -> None:
    for number in range(0, 8, 2):
        files[f"cat/{number:05d}.jpg"] = photo(number)[:400]


def _foreign_files(files: Files) -> None:
    files["cat/00000.jpg"] = encode(picture(0), "PNG")
    files |= {f"notes/{number}.txt": b"hello" for number in range(9)}


def _name_that_leads_outside(files: Files) -> None:
    files["../../cat/00000.jpg"] = photo(999)


def _dogs_missing(files: Files) -> None:
    for name in [name for name in files if name.startswith("dog/")]:
        del files[name]


def _posters(files: Files) -> None:
    buffer = io.BytesIO()
    Image.new("RGB", (9000, 20), "red").save(buffer, "JPEG")
    files["cat/poster.jpg"] = buffer.getvalue()


def _blank_picture(files: Files) -> None:
    files["cat/blank.jpg"] = encode(Image.new("RGB", (64, 48), "grey"))


def _one_picture_many_times(files: Files) -> None:
    for number in range(50):
        files[f"dog/again-{number}.jpg"] = photo(1, comment=str(number))


@pytest.mark.parametrize(
    ("plant", "check"),
    [
        (_truncated_files, "faults_are_rare: wanted"),
        (_foreign_files, "labels_are_known"),
        (_name_that_leads_outside, "unsafe name in the archive 1"),
        (_dogs_missing, "every_class_present"),
        (_posters, "image_size"),
        (_blank_picture, "images_are_not_blank"),
        (_one_picture_many_times, "groups_are_small"),
    ],
)
def test_fault_is_refused_by_its_own_check(
    project: Project, photographs: Files, plant: Plant, check: str
) -> None:
    plant(photographs)
    result = _validate(project, photographs)
    assert result.exit_code == 4, result.output
    assert "ItemGate                 refused" in result.output
    assert check in result.output
    page = (project.root / "reports" / "data" / "cats_dogs" / "index.html").read_text()
    assert "Refused" in page[: page.index("<h2")]


def test_sound_album_passes_and_its_excluded_items_are_shown(
    project: Project, photographs: Files
) -> None:
    result = _validate(project, photographs)
    assert result.exit_code == 0, result.output
    page = (project.root / "reports" / "data" / "cats_dogs" / "index.html").read_text()
    assert "Left out, by reason" in page
    assert "empty file: 1" in page
    assert "Groups that stay together" in page
    assert "data:image/jpeg;base64," in page


def test_archive_that_is_not_the_recorded_one_is_refused(
    project: Project, photographs: Files
) -> None:
    give_album(project, photographs)
    del photographs["cat/00000.jpg"]
    write_zip(album_folder(project) / "photographs.zip", photographs)
    result = CliRunner().invoke(main, ["validate", "cats_dogs"])
    assert result.exit_code == 4
    assert "is not the one that files.json lists" in result.output


def test_archive_without_cats_or_dogs_is_refused(project: Project) -> None:
    expect_small_album(project)
    result = _validate(project, {"birds/1.jpg": photo(1)})
    assert result.exit_code == 4
    assert "has a class in its path" in result.output


def test_data_that_nobody_fetched_end_with_code_3(project: Project) -> None:
    expect_small_album(project)
    result = CliRunner().invoke(main, ["validate", "cats_dogs"])
    assert result.exit_code == 3
    assert "prodl fetch cats_dogs" in result.output


def _validate(project: Project, files: Files) -> Result:
    give_album(project, files)
    return CliRunner().invoke(main, ["validate", "cats_dogs"])
