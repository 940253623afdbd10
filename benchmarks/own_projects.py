# SPDX-License-Identifier: Apache-2.0
"""Make projects of real data with an installed prodl, and print what they took.

    python benchmarks/own_projects.py                    every data set
    python benchmarks/own_projects.py penguins digits    these

Protocol: the wheel of this checkout is built and installed, not editable, into an
environment outside of it. For each data set the files are written as their package has
them, then `prodl init`, `git init`, `dvc repro` and `prodl predict` run in a folder of
their own; no file is edited. Files and lines are those that `prodl init` wrote, without
the raw data. CPU seconds are user and system time of the command and its children.
"""

import argparse
import csv
import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import distributions
from importlib.resources import files
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image
from sklearn.datasets import load_digits, load_sample_images

ROOT: Final = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.support.datasets.mnist import write_idx  # noqa: E402
from tests.support.installed import build_wheel, install, make_environment  # noqa: E402

# Side of the patches that photographs are cut into, and how many lie in a block of
# neighbours that must share a split.
_PATCH: Final = 32
_BLOCK: Final = 4
_FEWEST_LETTERS: Final = 400
_CYRILLIC: Final = r"[\u0430-\u044f]{3}"
_CATALOGUE: Final = ("sphinx==9.0.4", "sphinx/locale/ru/LC_MESSAGES/sphinx.po")


@dataclass(frozen=True)
class OwnData:
    """One data set of a package, as a user has it."""

    what: str
    """What it is, in words."""

    write: Callable[[Path], Path]
    """Writes the files into a folder; returns what `--from` names."""

    recipe: str
    """Suffix of the recipe that `prodl init` makes."""

    question: Callable[[Path], str]
    """What the model is asked, made of the files."""

    options: tuple[str, ...] = ()
    """Further options of `prodl init`."""


def penguins(folder: Path) -> Path:
    """The measured penguins of three islands: a CSV with missing values."""
    table = files("palmerpenguins").joinpath("data", "penguins.csv")
    (folder / "penguins.csv").write_bytes(table.read_bytes())
    return folder / "penguins.csv"


def digit_pictures(folder: Path) -> Path:
    """Scikit-learn's 1,797 digits of 8 x 8 pixels, as PNG files in class folders."""
    digits = load_digits()
    for number, (image, label) in enumerate(
        zip(digits.images, digits.target, strict=True)
    ):
        place = folder / "digits" / str(label)
        place.mkdir(parents=True, exist_ok=True)
        pixels = (image * 15).astype(np.uint8)
        Image.fromarray(pixels).save(place / f"{number:04d}.png")
    return folder / "digits"


def digit_idx(folder: Path) -> Path:
    """The same digits as a pair of IDX files."""
    digits = load_digits()
    place = folder / "idx"
    place.mkdir()
    images = (digits.images * 15).astype(np.uint8)
    write_idx(place / "digits-images-idx3-ubyte", images)
    write_idx(place / "digits-labels-idx1-ubyte", digits.target.astype(np.uint8))
    Image.fromarray(images[0]).save(folder / "zero.png")
    return place


def patches(folder: Path) -> Path:
    """Patches of scikit-learn's two photographs, their labels and places in a CSV."""
    place = folder / "patches"
    place.mkdir()
    lines = [("file", "label", "block")]
    samples = load_sample_images()
    for path, picture in zip(samples.filenames, samples.images, strict=True):
        label = Path(path).stem
        rows, columns = (side // _PATCH for side in picture.shape[:2])
        for row in range(rows):
            for column in range(columns):
                top, left = row * _PATCH, column * _PATCH
                name = f"{label} {row:02d} {column:02d}.png"
                patch = picture[top : top + _PATCH, left : left + _PATCH]
                Image.fromarray(patch).save(place / name)
                block = f"{label}-{row // _BLOCK}-{column // _BLOCK}"
                lines.append((name, label, block))
    with (place / "labels.csv").open("w", newline="") as stream:
        csv.writer(stream).writerows(lines)
    return place


def licences(folder: Path) -> Path:
    """The licences of the installed packages, each text once, as a folder of texts."""
    place = folder / "licences"
    place.mkdir()
    known: set[str] = set()
    for found in sorted(distributions(), key=lambda d: d.metadata["Name"].lower()):
        for file in found.files or ():
            if not re.match(r"LICEN[CS]E", file.name):
                continue
            try:
                text = Path(str(found.locate_file(file))).read_text(encoding="utf-8")
            except (OSError, UnicodeDecodeError):
                continue
            if len(text) >= _FEWEST_LETTERS and text not in known:
                known.add(text)
                name = re.sub(r"\W+", "_", found.metadata["Name"])
                (place / f"{name}_{len(known)}.txt").write_text(text, encoding="utf-8")
    return place


def russian(folder: Path) -> Path:
    """The Russian messages of Sphinx, of the wheel on the index, as one text."""
    project, member = _CATALOGUE
    pip = [sys.executable, "-m", "pip", "--quiet", "download", "--no-deps"]
    subprocess.run([*pip, "--dest", str(folder), project], check=True)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        catalogue = archive.read(member).decode()
    messages = []
    for block in re.findall(r'^msgstr((?: "(?:.*)"\n|"(?:.*)"\n)+)', catalogue, re.M):
        text = "".join(re.findall(r'"(.*)"', block)).replace("\\n", " ")
        if re.search(_CYRILLIC, text):
            messages.append(text.replace('\\"', '"'))
    (folder / "messages.txt").write_text("\n\n".join(messages), encoding="utf-8")
    return folder / "messages.txt"


def _row(folder: Path) -> str:
    with (folder / "penguins.csv").open(newline="") as stream:
        row = next(csv.DictReader(stream))
    return json.dumps({k: v for k, v in row.items() if k != "species"})


def _first_picture(folder: Path) -> str:
    return str(next(iter(sorted(folder.rglob("*.png")))))


DATA: Final[Mapping[str, OwnData]] = {
    "penguins": OwnData(
        "CSV, 344 rows", penguins, "table", _row, ("--target", "species")
    ),
    "digits": OwnData(
        "1,797 PNG in class folders", digit_pictures, "cnn", _first_picture
    ),
    "idx": OwnData("the same as IDX, 8 x 8", digit_idx, "cnn", _first_picture),
    "patches": OwnData("520 PNG with a CSV", patches, "cnn", _first_picture),
    "licences": OwnData(
        "a folder of texts", licences, "lstm", lambda folder: "permission is hereby"
    ),
    "russian": OwnData("one text", russian, "lstm", lambda folder: "не удалось"),
}


def main() -> None:
    """Make the projects and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("names", nargs="*", help=f"Of {', '.join(DATA)}.")
    parser.add_argument("--keep", type=Path, help="Work in this folder, and keep it.")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = arguments.keep or Path(scratch)
        programs = make_environment(folder / "environment")
        install(build_wheel(folder / "build"), programs)
        print("| data | what | files | lines | CPU s | figures | answer |")
        print("| --- | --- | --- | --- | --- | --- | --- |")
        for name in arguments.names or DATA:
            print(_made(name, DATA[name], folder / name, programs), flush=True)


def _made(name: str, data: OwnData, folder: Path, programs: Path) -> str:
    given = folder / "given"
    given.mkdir(parents=True)
    source = str(data.write(given))
    root, recipe = folder / name, f"{name}-{data.recipe}"
    before = _children_cpu_seconds()
    init = ["prodl", "init", name, "--from", source, *data.options, "--yes"]
    _run(init, folder, programs)
    written = [
        path
        for path in sorted(root.rglob("*"))
        if path.is_file() and "raw" not in path.parts
    ]
    lines = sum(len(path.read_text().splitlines()) for path in written)
    _run(["git", "init", "--quiet"], root, programs)
    _run(["dvc", "repro"], root, programs)
    seconds = _children_cpu_seconds() - before
    metrics = json.loads((root / "metrics" / f"{recipe}.json").read_text())
    gate = [
        line.split()[0].rstrip(":")
        for line in (root / "params.yaml").read_text().splitlines()
        if line.strip().startswith("test_")
    ]
    shown = [key for key in ("test_accuracy", *gate) if key in metrics]
    figures = ", ".join(f"{key} {metrics[key]:.4g}" for key in dict.fromkeys(shown))
    question = data.question(given)
    answer = _run(["prodl", "predict", recipe, question], root, programs)
    # Without the folder of the question.
    answer = answer.replace(f"{Path(question).parent}{os.sep}", "")
    last = " ".join(answer.strip().splitlines()[-1].split())[-60:].replace("|", "/")
    count = f"{len(written)} | {lines} | {seconds:.1f}"
    return f"| {name} | {data.what} | {count} | {figures} | {last} |"


def _run(command: list[str], folder: Path, programs: Path) -> str:
    """Run a command with the environment first on the path; it must succeed."""
    print(" ".join(command), file=sys.stderr)
    kept = {k: v for k, v in os.environ.items() if not k.startswith("PRODL_")}
    kept.pop("PYTHONPATH", None)
    tools = f"{programs}:{Path(sys.executable).parent}:{kept['PATH']}"
    started = time.monotonic()
    done = subprocess.run(
        command,
        cwd=folder,
        env=kept | {"PATH": tools},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    print(done.stdout, file=sys.stderr)
    print(f"{time.monotonic() - started:.1f} s", file=sys.stderr, flush=True)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {done.returncode}.")
    return done.stdout


def _children_cpu_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    main()
