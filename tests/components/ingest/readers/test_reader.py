# SPDX-License-Identifier: Apache-2.0
"""A data set is registered by its folder and its reader, and by nothing shared."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from components.core.errors import UsageError
from components.ingest.readers.reader import find_reader, load_reader
from components.ingest.source_list import read_source_list
from pipelines.fingerprint import PROJECT_ROOT

DATASETS = sorted(p.parent.name for p in PROJECT_ROOT.glob("data/*/source.yaml"))
KEYS = """
import sys
from pathlib import Path
from components.ingest.source_list import read_source_list
from pipelines.model_key import ingest_fingerprint
for name in sys.argv[1:]:
    print(ingest_fingerprint(read_source_list(Path(), name)))
"""
READER = "components/ingest/readers"


@pytest.mark.parametrize("dataset", DATASETS)
def test_every_data_set_has_a_reader(dataset: str) -> None:
    reader = load_reader(find_reader(read_source_list(PROJECT_ROOT, dataset)))
    functions = (reader.check_files, reader.list_chunks, reader.read_chunk)
    assert all(map(callable, functions))


def test_data_set_without_a_reader_has_that_of_its_modality(root: Path) -> None:
    _copy_list(root, "mnits")
    found = find_reader(read_source_list(root, "mnits"))
    assert found == "components.ingest.readers.idx"


def test_missing_reader_is_named_with_its_file(root: Path) -> None:
    _copy_list(root, "mnits", reader="mine.reader")
    with pytest.raises(
        UsageError, match=r"(?s)mnits/source.yaml.reader: .*'mine.reader'"
    ):
        find_reader(read_source_list(root, "mnits"))


def test_source_list_may_name_the_reader(root: Path) -> None:
    _copy_list(root, "fashion", reader="components.ingest.readers.mnist")
    found = find_reader(read_source_list(root, "fashion"))
    assert found == "components.ingest.readers.mnist"


def test_reader_is_a_module(root: Path) -> None:
    _copy_list(root, "fashion", reader="components/ingest/readers/mnist.py")
    with pytest.raises(UsageError, match="import path of a module.\nReceived"):
        read_source_list(root, "fashion")


@pytest.mark.slow
def test_cache_keys_follow_the_data_set_alone(tmp_path: Path) -> None:
    for folder in ("components", "pipelines", "data"):
        ignore = shutil.ignore_patterns("__pycache__", "raw")
        shutil.copytree(PROJECT_ROOT / folder, tmp_path / folder, ignore=ignore)
    (tmp_path / "params.yaml").touch()
    before = _cache_keys(tmp_path, "mnist", "alice", "cervix")

    shutil.copy(tmp_path / READER / "mnist.py", tmp_path / READER / "fashion.py")
    _copy_list(tmp_path, "fashion")
    assert _cache_keys(tmp_path, "mnist", "alice", "cervix") == before
    (new,) = _cache_keys(tmp_path, "fashion")
    assert new not in before

    with (tmp_path / READER / "alice.py").open("a") as file:
        file.write("# changed\n")
    mnist, alice, cervix = _cache_keys(tmp_path, "mnist", "alice", "cervix")
    assert (mnist, cervix) == (before[0], before[2])
    assert alice != before[1]


def _copy_list(root: Path, dataset: str, **more: str) -> None:
    """Give a data set the source list of MNIST."""
    content = yaml.safe_load((root / "data" / "mnist" / "source.yaml").read_text())
    target = root / "data" / dataset / "source.yaml"
    target.parent.mkdir()
    target.write_text(yaml.safe_dump(content | {"dataset": dataset} | more))


def _cache_keys(root: Path, *datasets: str) -> list[str]:
    """The ingest fingerprint of data sets in a copy of the project."""
    command = (sys.executable, "-c", KEYS, *datasets)
    done = subprocess.run(
        command, cwd=root, env={"PYTHONPATH": str(root)}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


@pytest.mark.parametrize(
    ("reader", "name"),
    [
        ("alice", "alice.txt"),
        ("mnist", "t10k-images-idx3-ubyte"),
        ("cats_dogs", "photographs.zip"),
        ("cervix", "photographs.tar"),
    ],
)
def test_pipe_or_folder_in_place_of_a_raw_file_is_refused(
    tmp_path: Path, reader: str, name: str
) -> None:
    module = load_reader(f"components.ingest.readers.{reader}")
    os.mkfifo(tmp_path / name)
    with pytest.raises(UsageError, match=f"{name} is a pipe"):
        module.check_files(tmp_path)
    (tmp_path / name).unlink()
    (tmp_path / name).mkdir()
    with pytest.raises(UsageError, match=f"{name} is a folder"):
        module.check_files(tmp_path)
