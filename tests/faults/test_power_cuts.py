# SPDX-License-Identifier: Apache-2.0
"""After a power cut a synced file is whole, and a renamed one is the old or the new."""

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from pipelines.fingerprint import PROJECT_ROOT
from tests.support.power_cuts.disk import Disk
from tests.support.power_cuts.recording import Replay, read_calls, record

pytestmark = pytest.mark.skipif(
    shutil.which("strace") is None, reason="needs strace: apt-get install strace"
)

PROGRAM = """
import os, shutil
from pathlib import Path
from components.core.json_files import write_json
for number in range(3):
    write_json(Path("out/record.json"), {"number": number, "text": "x" * 5000})
Path("out/careless").write_text("x" * 5000)
shutil.copy("out/careless", "out/copy")
os.rename("out/copy", "out/renamed")
with open("out/appended", "ab") as file:
    file.write(b"one")
    file.flush()
    os.fsync(file.fileno())
    file.write(b"two")
"""


@pytest.fixture(scope="module")
def disks(tmp_path_factory: pytest.TempPathFactory) -> list[Disk]:
    """The disk after each call of a program that writes files."""
    folder = tmp_path_factory.mktemp("program")
    environment = os.environ | {"PYTHONPATH": str(PROJECT_ROOT)}
    command = [sys.executable, "-c", PROGRAM]
    ran = record(command, folder, environment, folder / "trace")
    assert ran.returncode == 0, ran.stderr
    calls = list(read_calls(folder / "trace"))
    return list(_replay_to_each(calls, folder))


def _replay_to_each(calls: list, folder: Path) -> Iterator[Disk]:
    for number in range(1, len(calls) + 1):
        replay = Replay(folder, (folder / "out",), folder / "out" / "logs")
        touched = [replay.apply(call) for call in calls[:number]]
        if touched[-1]:
            yield replay.disk


def _after_cut(disk: Disk) -> dict[str, bytes]:
    files = {Path(p).name: disk.file(p) for p in disk.contents()}
    return {name: f.after_cut("lost", Random(0)) for name, f in files.items()}


def test_model_ends_as_the_disk_did(disks: list[Disk]) -> None:
    contents = disks[-1].contents()
    assert {Path(p).name for p in contents} == {
        *("record.json", "careless", "renamed", "appended"),
    }
    for path, content in contents.items():
        assert Path(path).read_bytes() == content


def test_record_is_whole_after_a_cut_at_any_call(disks: list[Disk]) -> None:
    texts = [_after_cut(disk).get("record.json") for disk in disks]
    found = [text for text in texts if text is not None]
    assert len(set(found)) == 3
    assert all(text.endswith(b"}\n") for text in found)


def test_what_nobody_synced_is_lost(disks: list[Disk]) -> None:
    left = _after_cut(disks[-1])
    assert (left["careless"], left["renamed"]) == (b"", b"")
    assert left["appended"] == b"one"
