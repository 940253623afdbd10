# SPDX-License-Identifier: Apache-2.0
"""Variants without listed bytes: drawn, your own, Kaggle's; recorded on arrival."""

import gzip
import hashlib
import os
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import py7zr
import pytest
import yaml

from components.core.errors import DataNotObtainable, DataRefused, UsageError
from components.ingest.acquire.acquire import acquire
from components.ingest.checksums import files_sha256
from components.ingest.fetch import kaggle, unlisted_sources
from components.ingest.fetch.fetch import fetch
from components.ingest.file_manifest import MANIFEST_FILE, read_manifest
from components.ingest.formats.archives import MAX_BYTES, list_members, read_named
from components.ingest.readers.cervix_competition import packed_path
from components.ingest.source_list import SourceList, read_source_list
from pipelines.commands.fetch import choose_variant
from tests.support.datasets.photo_archives import (
    cats_and_dogs,
    photo,
    write_folder,
    write_tar,
    write_zip,
)

GENERATOR = {"version": 2, "seed": 5, "num_items": 8, "pixels_sha256": "0" * 64}
PACKER = "components.ingest.readers.cervix_competition.pack_competition"
LISTED = b"the archive as the publisher has it"
# Where the directory of a zip states these of a file.
VERSION, ENCRYPTED, METHOD = 6, 8, 10
TABLE = b"image_name,Type_1,Type_2,Type_3\n0.jpg,0,1,0\n"


@pytest.fixture
def sources(tmp_path: Path) -> SourceList:
    """A source list with a variant of every origin."""
    return _write_sources(tmp_path, GENERATOR)


def _write_sources(
    root: Path, generator: Mapping[str, Any], packer: str = PACKER
) -> SourceList:
    digest = hashlib.sha256(LISTED).hexdigest()
    files = [
        {"name": name, "size": len(LISTED), "sha256": digest}
        for name in ("new.zip", "old.zip")
    ]
    record = {
        "dataset": "cats_dogs",
        "title": "Drawn by the tests",
        "licence": "CC0-1.0",
        "redistributable": True,
        "citation": "None.",
        "modality": "photograph",
        "classes": ["cat", "dog"],
        "variants": {
            "synthetic": {"origin": "generator", "generator": dict(generator)},
            "official": {"files": files, "one_of": True},
            "own": {"origin": "user"},
            "kaggle": {
                "origin": "kaggle",
                "competition": "no-such-competition",
                "packer": packer,
            },
        },
    }
    path = root / "data" / "cats_dogs" / "source.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(record))
    return read_source_list(root, "cats_dogs")


def _drawn(root: Path) -> SourceList:
    """A source list whose generator draws what it promises."""
    with pytest.raises(DataNotObtainable, match="drew other pixels") as refusal:
        _fetch(_write_sources(root, GENERATOR), "synthetic", root / "first")
    received = str(refusal.value).partition("Received ")[2][:64]
    return _write_sources(root, GENERATOR | {"pixels_sha256": received})


def _fetch(
    sources: SourceList, variant: str, folder: Path, given: Path | None = None
) -> dict[str, str]:
    return fetch(sources, variant, folder, given, report=lambda line: None).stored


def test_pixels_other_than_promised_are_not_kept(
    sources: SourceList, tmp_path: Path
) -> None:
    with pytest.raises(DataNotObtainable, match="Expected sha256 0000"):
        _fetch(sources, "synthetic", tmp_path / "raw")
    assert not (tmp_path / "raw").exists()


def test_drawn_archive_is_recorded_and_drawn_once(tmp_path: Path) -> None:
    sources, folder = _drawn(tmp_path), tmp_path / "raw"
    assert list(_fetch(sources, "synthetic", folder)) == ["cats_dogs-synthetic.zip"]
    record = read_manifest(folder)
    assert record is not None
    assert record.origin.startswith("synthetic: drawn by version 2 ")
    assert _fetch(sources, "synthetic", folder) == {}
    assert {p.name for p in folder.iterdir()} == {record.files[0].name, MANIFEST_FILE}


def test_other_seed_is_drawn_in_place_of_the_old_one(tmp_path: Path) -> None:
    sources, folder = _drawn(tmp_path), tmp_path / "raw"
    _fetch(sources, "synthetic", folder)
    generator = sources.variant("synthetic").generator
    assert generator is not None
    changed = _write_sources(tmp_path, vars(generator) | {"seed": 6})
    with pytest.raises(DataNotObtainable, match="drew other pixels"):
        _fetch(changed, "synthetic", folder)


def test_other_version_of_the_generator_is_asked_for_in_vain(tmp_path: Path) -> None:
    sources = _write_sources(tmp_path, GENERATOR | {"version": 99})
    with pytest.raises(DataNotObtainable, match="version 99 .*\nThis code draws"):
        _fetch(sources, "synthetic", tmp_path / "raw")


def test_archive_changed_after_it_was_recorded_is_refused_and_left(
    tmp_path: Path,
) -> None:
    sources, folder = _drawn(tmp_path), tmp_path / "raw"
    _fetch(sources, "synthetic", folder)
    archive = folder / "cats_dogs-synthetic.zip"
    archive.write_bytes(archive.read_bytes() + b"x")
    with pytest.raises(DataRefused, match="recorded when it arrived"):
        _fetch(sources, "synthetic", folder)
    assert archive.exists()


def _as_folder(path: Path, files: Mapping[str, bytes]) -> Path:
    return write_folder(path / "mine", files)


def _as_zip(path: Path, files: Mapping[str, bytes]) -> Path:
    return write_zip(path / "mine.zip", files)


def _as_tar(path: Path, files: Mapping[str, bytes]) -> Path:
    return write_tar(path / "mine.tar", files)


def _as_packed_tar(path: Path, files: Mapping[str, bytes]) -> Path:
    return write_tar(path / "mine.tar.gz", files, "w:gz")


@pytest.mark.parametrize("give", [_as_folder, _as_zip, _as_tar, _as_packed_tar])
def test_own_data_become_one_recorded_archive(
    sources: SourceList,
    tmp_path: Path,
    give: Callable[[Path, Mapping[str, bytes]], Path],
) -> None:
    files = cats_and_dogs(5)
    given, folder = give(tmp_path, files), tmp_path / "raw"
    (name,) = _fetch(sources, "own", folder, given)
    record = read_manifest(folder)
    assert record is not None
    assert [file.name for file in record.files] == [name]
    assert str(tmp_path) not in (folder / MANIFEST_FILE).read_text()
    archive = folder / name
    assert [member.name for member in list_members(archive)] == sorted(files)
    assert read_named(archive, "cat/00000.jpg") == files["cat/00000.jpg"]
    # A repeated stage, which gives nothing, finds it.
    assert _fetch(sources, "own", folder) == {}


def test_packed_folder_depends_on_names_and_contents_alone(
    sources: SourceList, tmp_path: Path
) -> None:
    hashes = set()
    for name, time in (("a", 1), ("b", 1_000_000_000)):
        given = write_folder(tmp_path / name / "mine", cats_and_dogs(4))
        for path in given.rglob("*"):
            os.utime(path, (time, time))
        _fetch(sources, "own", tmp_path / name / "raw", given)
        record = read_manifest(tmp_path / name / "raw")
        assert record is not None
        hashes.add(record.files[0].sha256)
    assert len(hashes) == 1


def test_link_in_a_folder_is_kept_as_a_link_and_not_followed(
    sources: SourceList, tmp_path: Path
) -> None:
    (tmp_path / "secret.jpg").write_bytes(photo(9))
    given = write_folder(tmp_path / "mine", cats_and_dogs(2))
    (given / "cat" / "link.jpg").symlink_to(tmp_path / "secret.jpg")
    (given / "dog" / "all").symlink_to(tmp_path)
    _fetch(sources, "own", tmp_path / "raw", given)
    members = list_members(tmp_path / "raw" / "photographs.zip")
    faults = {member.name: member.fault for member in members if member.fault}
    assert faults == dict.fromkeys(("cat/link.jpg", "dog/all"), "link in the archive")
    assert photo(9) not in (tmp_path / "raw" / "photographs.zip").read_bytes()


def test_own_data_that_nobody_gave_are_asked_for(
    sources: SourceList, tmp_path: Path
) -> None:
    with pytest.raises(DataNotObtainable, match="prodl fetch cats_dogs --from PATH"):
        _fetch(sources, "own", tmp_path / "raw")


def test_what_is_no_archive_is_refused(sources: SourceList, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no pictures")
    with pytest.raises(UsageError, match="notes.txt is no folder, zip or tar"):
        _fetch(sources, "own", tmp_path / "raw", tmp_path / "notes.txt")


def test_other_data_do_not_replace_what_is_there(
    sources: SourceList, tmp_path: Path
) -> None:
    first = write_folder(tmp_path / "first", cats_and_dogs(2))
    second = write_folder(tmp_path / "second", cats_and_dogs(3))
    _fetch(sources, "own", tmp_path / "raw", first)
    lines: list[str] = []
    fetch(sources, "own", tmp_path / "raw", second, lines.append)
    assert any("not looked at" in line and "--replace" in line for line in lines)
    assert len(list_members(tmp_path / "raw" / "photographs.zip")) == 2


def _replace(sources: SourceList, folder: Path, given: Path | None) -> dict[str, str]:
    return fetch(
        sources, "own", folder, given, report=lambda line: None, replace_own=True
    ).stored


def test_new_files_take_the_place_of_those_that_are_there(
    sources: SourceList, tmp_path: Path
) -> None:
    folder, archive = tmp_path / "raw", tmp_path / "raw" / "photographs.zip"
    _fetch(sources, "own", folder, write_folder(tmp_path / "first", cats_and_dogs(2)))
    (folder / "left.tar").touch()
    # Edited in place: it may be of any content when it is replaced.
    archive.write_bytes(b"edited")
    with pytest.raises(DataRefused, match="--from PATH --replace"):
        _fetch(sources, "own", folder)
    second = write_folder(tmp_path / "second", cats_and_dogs(3))
    assert list(_replace(sources, folder, second)) == ["photographs.zip"]
    assert len(list_members(archive)) == 3
    assert _fetch(sources, "own", folder) == {}
    assert sorted(path.name for path in folder.iterdir()) == [
        "files.json",
        "photographs.zip",
    ]
    assert not (tmp_path / ".raw.partial").exists()


@pytest.mark.parametrize("moment", ["before", "between"])
def test_replacement_that_was_killed_leaves_the_old_files(
    sources: SourceList, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    folder = tmp_path / "raw"
    _fetch(sources, "own", folder, write_folder(tmp_path / "first", cats_and_dogs(2)))
    second = write_folder(tmp_path / "second", cats_and_dogs(3))
    if moment == "between":
        # As a kill between the two renames leaves them.
        (partial := tmp_path / ".raw.partial").mkdir()
        folder.rename(partial / ".4711.part-former-raw")
        write_folder(partial / ".4711.part-raw", {"photographs.zip": b""})
    else:
        with monkeypatch.context() as patch:
            patch.setattr(unlisted_sources, "sync_folder", _interrupt)
            with pytest.raises(KeyboardInterrupt):
                _replace(sources, folder, second)
    assert _fetch(sources, "own", folder) == {}
    assert len(list_members(folder / "photographs.zip")) == 2
    assert not (tmp_path / ".raw.partial").exists()
    assert _replace(sources, folder, second)


def _interrupt(folder: Path) -> None:
    raise KeyboardInterrupt


def test_refused_files_replace_nothing(sources: SourceList, tmp_path: Path) -> None:
    folder = tmp_path / "raw"
    _fetch(sources, "own", folder, write_folder(tmp_path / "first", cats_and_dogs(2)))
    given = write_folder(tmp_path / "second", {"a.txt": b"no pictures"})
    with pytest.raises(UsageError, match="no folder, zip or tar"):
        _replace(sources, folder, given / "a.txt")
    assert _fetch(sources, "own", folder) == {}


def test_only_own_files_can_be_replaced(sources: SourceList, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--from PATH"):
        _replace(sources, tmp_path / "raw", None)
    with pytest.raises(UsageError, match="origin: user"):
        fetch(sources, "official", tmp_path / "raw", tmp_path, replace_own=True)


@pytest.mark.parametrize("name", ["new.zip", "old.zip"])
def test_either_edition_of_the_publisher_will_do(
    sources: SourceList, tmp_path: Path, name: str
) -> None:
    given = write_folder(tmp_path / "downloads", {name: LISTED}) / name
    assert list(_fetch(sources, "official", tmp_path / "raw", given)) == [name]
    assert _fetch(sources, "official", tmp_path / "raw") == {}


def test_what_is_given_is_never_stored_as_something_else(
    sources: SourceList, tmp_path: Path
) -> None:
    official = write_folder(tmp_path / "downloads", {"old.zip": LISTED})
    mine = write_folder(tmp_path / "mine", cats_and_dogs(2))
    assert choose_variant(sources, "synthetic", None) == "synthetic"
    assert choose_variant(sources, "synthetic", official) == "official"
    assert choose_variant(sources, "synthetic", official / "old.zip") == "official"
    assert choose_variant(sources, "own", mine) == "own"
    assert choose_variant(sources, "synthetic", mine) == "kaggle"


def test_recorded_data_are_verified_when_they_enter_the_pipeline(
    sources: SourceList, tmp_path: Path
) -> None:
    folder, output = tmp_path / "raw", tmp_path / "artifact"
    _fetch(sources, "own", folder, write_folder(tmp_path / "mine", cats_and_dogs(4)))
    content = files_sha256(folder, ["photographs.zip"])
    acquire(folder, output, sources, "own", content, "")
    assert (output / "photographs.zip").exists()
    archive = folder / "photographs.zip"
    changed = archive.read_bytes().replace(b"\xff\xd8\xff\xe0", b"\xff\xd8\xff\xe1", 1)
    archive.unlink()
    archive.write_bytes(changed)
    wrong = f"raw file {archive} is not the one that {MANIFEST_FILE} lists"
    with pytest.raises(DataRefused, match=wrong) as refusal:
        acquire(folder, tmp_path / "again", sources, "own", content, "")
    assert "prodl fetch cats_dogs --from PATH --replace" in str(refusal.value)


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("train.7z/train/Type_1/0.jpg", "train/Type_1/0.jpg"),
        ("all.zip/train/train/Type_1/0.jpg", "train/Type_1/0.jpg"),
        ("additional_Type_2_v2.7z/Type_2/7.jpg", "additional/Type_2/7.jpg"),
        ("additional_Type_2_v2/Type_2/7.jpg", "additional/Type_2/7.jpg"),
        ("test.7z/test/0.jpg", "test/0.jpg"),
        ("test_stg2/9.jpg", "test_stg2/9.jpg"),
        ("x/solution_stg1_release.csv", "solution_stg1_release.csv"),
        ("x/sample_submission.csv", ""),
    ],
)
def test_files_of_the_competition_find_their_place(path: str, place: str) -> None:
    assert packed_path(path) == place


def test_competition_is_packed_from_7z_zip_and_folders(
    sources: SourceList, tmp_path: Path
) -> None:
    given = tmp_path / "kaggle"
    write_folder(
        given,
        {
            "solution_stg1_release.csv": TABLE,
            "additional_Type_1_v2/Type_1/5.jpg": photo(5),
            "readme.txt": b"hello",
            "test_stg2/9.jpg": photo(9),
        },
    )
    _write_7z(given / "train.7z", {"train/Type_1/0.jpg": photo(0)})
    _write_7z(tmp_path / "test.7z", {"test/0.jpg": photo(1), "test/1.jpg": b""})
    write_zip(given / "rest.zip", {"test.7z": (tmp_path / "test.7z").read_bytes()})
    _fetch(sources, "kaggle", tmp_path / "raw", given)
    archive = tmp_path / "raw" / "photographs.zip"
    with zipfile.ZipFile(archive) as container:
        packed = {name: container.read(name) for name in container.namelist()}
    assert packed == {
        "additional/Type_1/5.jpg": photo(5),
        "solution_stg1_release.csv": TABLE,
        "test/0.jpg": photo(1),
        "test/1.jpg": b"",
        "train/Type_1/0.jpg": photo(0),
    }
    record = read_manifest(tmp_path / "raw")
    assert record is not None
    assert record.left_out == (
        "1 files: in no folder of the competition",
        "1 files: test_stg2, no solution table names their classes",
    )


def test_competition_without_a_packer_is_packed_as_it_is(tmp_path: Path) -> None:
    sources = _write_sources(tmp_path, GENERATOR, packer="")
    given = write_folder(tmp_path / "mine", {"a/0.jpg": photo(0), "b.csv": TABLE})
    _fetch(sources, "kaggle", tmp_path / "raw", given)
    members = list_members(tmp_path / "raw" / "photographs.zip")
    assert [member.name for member in members] == ["a/0.jpg", "b.csv"]


def test_competition_without_a_training_set_is_not_obtained(
    sources: SourceList, tmp_path: Path
) -> None:
    given = write_folder(tmp_path / "kaggle", {"test/0.jpg": photo(1)})
    with pytest.raises(DataNotObtainable, match="no picture of the training set"):
        _fetch(sources, "kaggle", tmp_path / "raw", given)
    assert not (tmp_path / "raw").exists()


def test_damaged_7z_is_refused(sources: SourceList, tmp_path: Path) -> None:
    given = tmp_path / "kaggle"
    given.mkdir()
    _write_7z(given / "train.7z", {"train/Type_1/0.jpg": photo(0)})
    content = bytearray((given / "train.7z").read_bytes())
    content[60] ^= 255
    (given / "train.7z").write_bytes(bytes(content))
    with pytest.raises(DataRefused, match="train.7z is damaged"):
        _fetch(sources, "kaggle", tmp_path / "raw", given)


def test_name_that_is_not_utf_8_becomes_an_unsafe_one(
    sources: SourceList, tmp_path: Path
) -> None:
    mine = write_folder(tmp_path / "mine", {"cat/0.jpg": photo(0)})
    (mine / "cat" / os.fsdecode(b"\xe9.jpg")).write_bytes(photo(1))
    _fetch(sources, "own", tmp_path / "raw", mine)
    faults = {m.name: m.fault for m in list_members(tmp_path / "raw/photographs.zip")}
    assert faults["cat/0.jpg"] == ""
    assert faults["cat/\\udce9.jpg"] == "unsafe name in the archive"


def test_tar_that_ends_with_a_zip_is_a_tar(sources: SourceList, tmp_path: Path) -> None:
    inner = write_zip(tmp_path / "inner.zip", {"dog/1.jpg": photo(1)}).read_bytes()
    given = write_tar(tmp_path / "mine.tar", {"cat/0.jpg": photo(0), "z.zip": inner})
    _fetch(sources, "own", tmp_path / "raw", given)
    assert (tmp_path / "raw" / "photographs.tar").exists()


def test_packed_tar_with_a_damaged_header_is_refused(
    sources: SourceList, tmp_path: Path
) -> None:
    whole = write_tar(
        tmp_path / "whole.tar", {f"cat/{i}.jpg": photo(i) for i in range(4)}
    )
    content = bytearray(whole.read_bytes())
    third = content.index(b"cat/2.jpg")
    content[third : third + 512] = b"y" * 512
    given = tmp_path / "mine.tar.gz"
    given.write_bytes(gzip.compress(bytes(content)))
    with pytest.raises(DataRefused, match="a header in it is damaged"):
        _fetch(sources, "own", tmp_path / "raw", given)
    assert not (tmp_path / ".raw.partial").exists()


def test_archive_that_somebody_put_there_is_left_alone(
    sources: SourceList, tmp_path: Path
) -> None:
    folder = write_folder(tmp_path / "raw", {"photographs.zip": b"somebody's"})
    mine = write_folder(tmp_path / "mine", cats_and_dogs(4))
    with pytest.raises(DataRefused, match="did not come by a fetch"):
        _fetch(sources, "own", folder, mine)
    assert (folder / "photographs.zip").read_bytes() == b"somebody's"


def test_fetch_that_was_interrupted_is_repeated(
    sources: SourceList, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = write_folder(tmp_path / "mine", cats_and_dogs(4))

    def stop(source: Path, target: Path) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("components.ingest.fetch.unlisted_sources.os.replace", stop)
        with pytest.raises(KeyboardInterrupt):
            _fetch(sources, "own", tmp_path / "raw", mine)
    assert _fetch(sources, "own", tmp_path / "raw", mine)
    assert (tmp_path / "raw" / "photographs.zip").exists()


@pytest.mark.parametrize("damage", ["short", "changed"])
def test_damaged_zip_of_the_competition_is_refused(
    sources: SourceList, tmp_path: Path, damage: str
) -> None:
    given = write_zip(tmp_path / "all.zip", {"train/Type_1/0.jpg": photo(0)})
    content = bytearray(given.read_bytes())
    content[300] ^= 255
    given.write_bytes(content if damage == "changed" else content[:400])
    with pytest.raises(DataRefused, match="all.zip is damaged"):
        _fetch(sources, "kaggle", tmp_path / "raw", given)


@pytest.mark.parametrize(
    ("offset", "value", "reason"),
    [
        (ENCRYPTED, 1, "password required"),
        (METHOD, 97, "compression method is not supported"),
        (VERSION, 99, "zip file version 9.9"),
    ],
)
def test_zip_that_cannot_be_unpacked_here_is_refused(
    sources: SourceList, tmp_path: Path, offset: int, value: int, reason: str
) -> None:
    given = write_zip(tmp_path / "all.zip", {"train/Type_1/0.jpg": photo(0)})
    content = bytearray(given.read_bytes())
    content[content.index(b"PK\1\2") + offset] = value
    content[content.index(b"PK\3\4") + offset - 2] = value
    given.write_bytes(content)
    with pytest.raises(DataRefused, match=f"all.zip cannot be unpacked: .*{reason}"):
        _fetch(sources, "kaggle", tmp_path / "raw", given)


def test_damaged_7z_in_a_zip_leaves_nothing_behind(
    sources: SourceList, tmp_path: Path
) -> None:
    whole = _write_7z(tmp_path / "train.7z", {"train/Type_1/0.jpg": photo(0)})
    damaged = bytearray(whole)
    damaged[60] ^= 255
    inside = {"additional_Type_1/Type_1/5.jpg": photo(5), "train.7z": bytes(damaged)}
    given = write_zip(tmp_path / "all.zip", inside)
    with pytest.raises(DataRefused, match="all.zip/train.7z is damaged"):
        _fetch(sources, "kaggle", tmp_path / "raw", given)
    assert not (tmp_path / ".raw.partial").exists()
    write_zip(given, inside | {"train.7z": whole})
    _fetch(sources, "kaggle", tmp_path / "raw", given)
    members = list_members(tmp_path / "raw" / "photographs.zip")
    names = {member.name for member in members}
    assert names == {"additional/Type_1/5.jpg", "train/Type_1/0.jpg"}


def test_only_ordinary_files_of_the_size_of_a_photograph_are_read(
    sources: SourceList, tmp_path: Path
) -> None:
    given = write_folder(tmp_path / "kaggle", {"train/Type_1/0.jpg": photo(0)})
    (given / "train/Type_1/1.jpg").touch()
    os.truncate(given / "train/Type_1/1.jpg", MAX_BYTES + 1)
    for name in ("train/Type_1/2.jpg", "all.zip", "train.7z"):
        os.mkfifo(given / name)
    _fetch(sources, "kaggle", tmp_path / "raw", given)
    members = list_members(tmp_path / "raw" / "photographs.zip")
    assert {member.name: member.fault for member in members} == {
        "train/Type_1/0.jpg": "",
        "train/Type_1/2.jpg": "link in the archive",
    }
    record = read_manifest(tmp_path / "raw")
    assert record is not None
    assert record.left_out == (
        "2 files: in no folder of the competition",
        "1 files: larger than any photograph",
    )


def test_without_a_token_the_user_is_told_what_to_do(
    sources: SourceList, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Kaggle's real client, in a home without a token and with no way out.
    for name in [n for n in os.environ if n.startswith("KAGGLE")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    with pytest.raises(DataNotObtainable, match="accept its rules") as refusal:
        _fetch(sources, "kaggle", tmp_path / "raw")
    assert refusal.value.exit_code == 3
    assert "prodl fetch cats_dogs --from PATH" in str(refusal.value)
    assert not (tmp_path / "raw").exists()


def test_damaged_download_is_not_kept_for_the_next_fetch(
    sources: SourceList, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def download(_sources: SourceList, _name: str, folder: Path) -> Path:
        return write_folder(folder, {"all.zip": b"PK, and no more"}) / "all.zip"

    monkeypatch.setattr(unlisted_sources, "download_competition", download)
    with pytest.raises(DataRefused, match="all.zip is damaged"):
        _fetch(sources, "kaggle", tmp_path / "raw")
    assert not (tmp_path / ".raw.partial").exists()


def test_token_never_reaches_a_message(
    sources: SourceList, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KAGGLE_API_TOKEN", "KGAT_hush")
    text = kaggle._failure_message(sources, "x", "refused KGAT_hush, sorry")
    assert "KGAT_hush" not in text
    assert "refused ***, sorry" in text


def _write_7z(path: Path, files: Mapping[str, bytes]) -> bytes:
    with py7zr.SevenZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(content, name)
    return path.read_bytes()


@pytest.mark.parametrize("variant", ["own", "kaggle", "official"])
def test_pipe_that_is_given_is_refused_unopened(
    sources: SourceList, tmp_path: Path, variant: str
) -> None:
    os.mkfifo(tmp_path / "new.zip")
    with pytest.raises(UsageError, match="new.zip is a pipe"):
        _fetch(sources, variant, tmp_path / "raw", tmp_path / "new.zip")
