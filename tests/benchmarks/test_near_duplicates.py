# SPDX-License-Identifier: Apache-2.0
"""The benchmark of near duplicates accepts any archive and counts unreadable files."""

from pathlib import Path

import pytest

from benchmarks import near_duplicates
from tests.support.datasets.photo_archives import photo, write_tar, write_zip


def photos(num: int) -> dict[str, bytes]:
    return {f"cat/{n}.jpg": photo(n) for n in range(num)}


def run(archive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["near_duplicates.py", str(archive)])
    near_duplicates.main()


def test_damaged_member_is_counted_and_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    archive = write_zip(tmp_path / "photos.zip", photos(8))
    content = bytearray(archive.read_bytes())
    content[content.index(photo(3)) + 400] ^= 1
    archive.write_bytes(content)
    run(archive, monkeypatch)
    said = capsys.readouterr().out
    assert "no sound photographs: 1 files" in said
    assert "7 copies" in said


def test_bytes_are_kept_of_the_first_photographs_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(near_duplicates, "NUM_COPIES", 3)
    found = near_duplicates.read_photographs(
        write_tar(tmp_path / "photos.tar", photos(8))
    )
    assert found.firsts == [photo(n) for n in range(3)]
    assert len(found.hashes) == 8


@pytest.mark.parametrize("name", ["photos.tgz", "photos.ZIP", "folder.zip", "none.tar"])
def test_what_is_no_archive_is_refused_in_a_sentence(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    name: str,
) -> None:
    write_tar(tmp_path / "photos.tgz", photos(1), "w:gz")
    write_zip(tmp_path / "photos.ZIP", photos(1))
    (tmp_path / "folder.zip").mkdir()
    with pytest.raises(SystemExit):
        run(tmp_path / name, monkeypatch)
    assert f"expected a file .zip or .tar, received {tmp_path}" in (
        capsys.readouterr().err
    )
