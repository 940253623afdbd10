# SPDX-License-Identifier: Apache-2.0
"""`prodl init` writes a small project that fits the data, or nothing at all."""

import ast
import csv
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from PIL import Image

from components.core.errors import DataRefused, UsageError
from components.core.import_path import OWN_PACKAGES
from pipelines.approvals.status import limit_status
from pipelines.config import load_config
from pipelines.local.dvc_queue import note_new_files
from pipelines.new_project.new_project import new_project
from pipelines.own_code import find_own_code

MAX_FILES, MAX_LINES = 12, 250
RANDOM = random.Random(1)


def _write_table(path: Path) -> Path:
    """A table of 90 birds in two classes, with a number, a category and a gap."""
    rows = [
        (
            RANDOM.choice(["north", "south"]),
            "" if number == 7 else f"{RANDOM.gauss(30 + 9 * (number % 2), 3):.1f}",
            RANDOM.randrange(2700, 6300),
            ("wren", "kite")[number % 2],
        )
        for number in range(90)
    ]
    with path.open("w", newline="") as stream:
        csv.writer(stream).writerows([("place", "bill mm", "mass", "bird"), *rows])
    return path


def _write_pictures(folder: Path) -> Path:
    for name, shade in (("dark", 60), ("light", 180)):
        (folder / name).mkdir(parents=True)
        for number in range(30):
            size = (12, 10 + number % 3)
            pixels = [shade + RANDOM.randrange(60) for _ in range(size[0] * size[1])]
            image = Image.new("L", size)
            image.putdata(pixels)
            image.save(folder / name / f"{number}.png")
    return folder


def _files(project: Path) -> dict[str, str]:
    """The files that a person reads: all but the raw ones."""
    found = (path for path in sorted(project.rglob("*")) if path.is_file())
    names = {path.relative_to(project).as_posix(): path for path in found}
    raw = "data/raw/"
    return {n: p.read_text() for n, p in names.items() if not n.startswith(raw)}


@pytest.fixture
def birds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The project of a table."""
    table = _write_table(tmp_path / "birds.csv")
    project = tmp_path / "my-birds"
    new_project(project, table, "bird", report=lambda text: None)
    monkeypatch.setenv("PRODL_ROOT", str(project))
    return project


def test_project_is_small_and_has_no_code_of_prodl(birds: Path) -> None:
    files = _files(birds)
    assert len(files) <= MAX_FILES
    assert sum(text.count("\n") for text in files.values()) <= MAX_LINES
    assert not {name.partition("/")[0] for name in files} & set(OWN_PACKAGES)
    assert not [name for name, text in files.items() if "@" in text.replace("@v", "")]


def test_recipe_names_the_users_code_and_dvc_takes_the_stages(birds: Path) -> None:
    recipe = load_config(birds).recipe("my_birds-table")
    assert recipe.dataset == "my_birds"
    assert find_own_code(birds, recipe) == (
        "mine.checks.ExpectNoNegativeNumber",
        "mine.model.build_model",
        "mine.preprocess.preprocessing_fn",
    )
    for path in (birds / "mine").glob("*.py"):
        ast.parse(path.read_text())
    stages = yaml.safe_load((birds / "dvc.yaml").read_text())["stages"]
    assert list(stages) == ["code", "fetch", "validate", "run", "publish"]
    assert stages["code"]["always_changed"]
    assert "mine" in stages["run"]["do"]["deps"]
    # Without it DVC does not take the folder for a repository.
    assert (birds / ".dvc").is_dir()


def _run(root: Path, *command: str) -> str:
    environment = os.environ | {
        "DVC_NO_ANALYTICS": "1",
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }
    for name in ("AUTHOR", "COMMITTER"):
        environment[f"GIT_{name}_NAME"] = environment[f"GIT_{name}_EMAIL"] = "tests"
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


def test_raw_files_stay_out_of_git(birds: Path) -> None:
    _run(birds, "git", "init", "--quiet")
    _run(birds, "git", "add", "--all")
    known = _run(birds, "git", "ls-files", "data/raw").split()
    assert known == ["data/raw/my_birds/.gitignore"]
    note_new_files(birds, ("mine",))
    assert _run(birds, "git", "ls-files", "data/raw").split() == known


@pytest.mark.slow
def test_dvc_takes_a_project_that_was_committed_first(birds: Path) -> None:
    _run(birds, "git", "init", "--quiet")
    _run(birds, "git", "add", "--all")
    _run(birds, "git", "commit", "--quiet", "--message", "Start")
    dvc = (sys.executable, "-m", "dvc")
    _run(birds, *dvc, "repro", "fetch@my_birds")
    ignored = birds / "data/raw/my_birds/.gitignore"
    assert ignored.read_text() == "/own\n"
    assert _run(birds, "git", "diff", "--name-only") == ""
    assert _run(birds, *dvc, "status", "fetch@my_birds").strip().endswith("up to date.")


def test_check_of_ones_own_is_no_change_of_the_limits(birds: Path) -> None:
    status = limit_status(birds, "my_birds")
    assert status
    assert status.is_provisional
    assert not status.pending


def test_check_of_ones_own_is_on_a_number_that_is_no_date(tmp_path: Path) -> None:
    draw = RANDOM.randrange
    rows = [
        f"2024-{1 + draw(9):02}-{1 + draw(28):02},{draw(20, 60)},{'ab'[n % 2]}"
        for n in range(60)
    ]
    table = tmp_path / "flats.csv"
    table.write_text("\n".join(["listed_on,area,kind", *rows]))
    new_project(tmp_path / "flats", table, "kind", report=lambda text: None)
    assert 'column: str = "area"' in (tmp_path / "flats/mine/checks.py").read_text()


def test_pictures_get_a_network_of_their_size(tmp_path: Path) -> None:
    project = tmp_path / "shades"
    source = _write_pictures(tmp_path / "pictures")
    name = new_project(project, source, report=lambda text: None)
    params = yaml.safe_load((project / "params.yaml").read_text())["recipes"][name]
    assert params["family"] == "cnn"
    assert params["trainer"]["image"] == {"size": 11}
    assert params["trainer"]["network_params"]["filters"] == [32, 64]
    assert len(_files(project)) <= MAX_FILES


@pytest.mark.parametrize(
    ("num_paragraphs", "batch_size", "epochs"), [(150, 8, 30), (1_500, 16, 28)]
)
def test_text_gets_a_training_of_its_length(
    tmp_path: Path, num_paragraphs: int, batch_size: int, epochs: int
) -> None:
    draw = random.Random(3)
    words = [a + b + c for a in "bdgk" for b in "aeiou" for c in "lmnrst"]
    lines = [" ".join(draw.choices(words, k=15)) for _ in range(num_paragraphs)]
    source = tmp_path / "tale.txt"
    source.write_text("\n\n".join(lines))
    project = tmp_path / "tale"
    name = new_project(project, source, report=lambda text: None)
    params = yaml.safe_load((project / "params.yaml").read_text())["recipes"][name]
    assert params["trainer"]["batch_size"] == batch_size
    assert params["trainer"]["epochs"] == epochs
    # The gate follows from the counted words of this text.
    assert params["gate"]["test_perplexity_ratio_to_trigram"]["max"] == 1.1


def test_folder_with_files_is_refused(tmp_path: Path) -> None:
    table = _write_table(tmp_path / "birds.csv")
    with pytest.raises(UsageError, match="is not an empty folder"):
        new_project(tmp_path, table, "bird")


def test_refused_data_leave_nothing(tmp_path: Path) -> None:
    (tmp_path / "birds.csv").write_text("place,bird\nnorth,wren\n")
    with pytest.raises((DataRefused, UsageError)):
        new_project(tmp_path / "deep" / "birds", tmp_path / "birds.csv", "bird")
    assert [path.name for path in tmp_path.iterdir()] == ["birds.csv"]


def test_project_that_cannot_take_its_place_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # No process has so high a number.
    (tmp_path / f".birds.prodl-{1 << 30}.abc").mkdir()
    (tmp_path / ".birds.2024.csv").touch()
    table = _write_table(tmp_path / "birds.csv")
    rename = Path.rename

    def interrupted(path: Path, target: Path) -> Path:
        if path.name == "mine":
            raise KeyboardInterrupt
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", interrupted)
    with pytest.raises(KeyboardInterrupt):
        new_project(tmp_path / "birds", table, "bird", report=lambda text: None)
    left = sorted(path.name for path in tmp_path.iterdir())
    assert left == [".birds.2024.csv", "birds.csv"]


def test_empty_current_folder_can_become_the_project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = _write_table(tmp_path / "birds.csv")
    (project := tmp_path / "birds").mkdir()
    monkeypatch.chdir(project)
    new_project(Path("."), table, "bird", report=lambda text: None)
    assert (project / "params.yaml").exists()
