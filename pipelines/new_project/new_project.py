# SPDX-License-Identifier: Apache-2.0
"""Write a project of a user's: data, recipe, network, preprocessing, check, workflow.

It is written in a folder of its own and moved into place when it is whole.
"""

import os
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from tempfile import mkdtemp
from typing import Final

from components.core.errors import UsageError
from components.core.files import remove, write_text
from pipelines.approvals.limits import read_limits
from pipelines.approvals.record import APPROVALS_FILE, approvals_text, read_approvals
from pipelines.config import PARAMS_FILE, load_config
from pipelines.new_data.draft import Ask
from pipelines.new_data.inspection import Inspection
from pipelines.new_data.new_data import is_alive, new_data
from pipelines.new_data.source_text import plain_name
from pipelines.new_project.own_check import add_own_check, own_check
from pipelines.new_project.recipe import FirstRecipe, first_recipe

TEMPLATES: Final = Path(__file__).with_name("templates")
# DVC takes a folder with it for a repository, and writes its own files there.
_DVC_FOLDER: Final = ".dvc"
_START: Final = """\
datasets:
"""
# Modalities whose examples a function of one's own may change.
_WITH_PREPROCESSING: Final = ("table", "photograph", "text")
_MODELS: Final = {"photograph": "image"}
_PLACEHOLDER: Final = re.compile(r"@(\w+)@")


def new_project(
    folder: Path,
    source: Path,
    target: str = "",
    name: str = "",
    yes: bool = False,
    ask: Ask | None = None,
    report: Callable[[str], None] = print,
) -> str:
    """Write a project.

    Args:
        folder: The new folder.
        source: Folder or file with the user's data.
        target: Column of a table to be predicted. Defaults to asking for it.
        name: Name of the data set. Defaults to that of the folder.
        yes: Copy gigabytes without asking. Defaults to False.
        ask: Asks a question with possible answers. Defaults to nobody to be asked.
        report: Called with texts for the user. Defaults to `print`.

    Returns:
        Name of its recipe.

    Raises:
        UsageError: The folder has files, or a name is wrong.
        DataRefused: The data cannot be used; the message has what to do.
    """
    folder = folder.absolute()
    _check_folder(folder)
    dataset = name or _name_of(folder)
    with _staging(folder) as root:
        write_text(root / PARAMS_FILE, _START)
        found = new_data(
            root, dataset, source, target, yes=yes, ask=ask, report=report
        ).inspection
        recipe = first_recipe(root, found)
        for path, text in _texts(root, found, recipe).items():
            write_text(root / path, text)
        _note_own_check(root, found.name)
        (root / _DVC_FOLDER).mkdir()
        load_config(root)
    return recipe.name


def _check_folder(folder: Path) -> None:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(
            f"{folder} exists already, and is not an empty folder.\n"
            "Name a new one; in a project, `prodl new data` adds a data set."
        )


def _name_of(folder: Path) -> str:
    """Name of a data set that fits to a folder."""
    plain = plain_name(folder.name)
    return plain if plain[:1].isalpha() else f"data_{plain}".strip("_")


@contextmanager
def _staging(folder: Path) -> Iterator[Path]:
    """A folder beside the new one, which takes its place if all went well."""
    made = [path for path in (folder, *folder.parents) if not path.exists()]
    folder.parent.mkdir(parents=True, exist_ok=True)
    prefix = f".{folder.name}.prodl-"
    _remove_left(folder.parent, prefix)
    staging = Path(mkdtemp(prefix=f"{prefix}{os.getpid()}.", dir=folder.parent))
    moved: list[Path] = []
    try:
        yield staging
        folder.mkdir(exist_ok=True)
        # Entry by entry, since the folder may be the current one.
        for entry in sorted(staging.iterdir()):
            moved.append(entry.rename(folder / entry.name))
    except BaseException:
        for path in (staging, *moved):
            remove(path)
        for path in made:
            if path.is_dir() and not any(path.iterdir()):
                path.rmdir()
        raise
    staging.rmdir()


def _remove_left(parent: Path, prefix: str) -> None:
    """Remove what killed processes could not."""
    for path in parent.iterdir():
        if path.name.startswith(prefix):
            process = path.name.removeprefix(prefix).partition(".")[0]
            if not is_alive(process):
                shutil.rmtree(path, ignore_errors=True)


def _texts(root: Path, found: Inspection, recipe: FirstRecipe) -> dict[str, str]:
    """Path -> content of the files beside those of the data."""
    modality, check = found.kind.name, own_check(found)
    has_preprocessing = modality in _WITH_PREPROCESSING
    preprocess = "    preprocess: mine.preprocess.preprocessing_fn\n"
    values = {
        "dataset": found.name,
        "title": found.source_list.title,
        "recipe": recipe.name,
        "family": recipe.family,
        "preprocess": preprocess if has_preprocessing else "",
        "network_params": recipe.network_params,
        "trainer": _indented(recipe.trainer),
        "gate": _indented(recipe.gate),
        "answer": recipe.answer,
        "input": recipe.example,
        "version": version("prodl"),
        "check": check.check,
        "base": check.base,
        "meaning": check.meaning,
        "column": check.column,
        "argument": check.argument,
    }
    expectations = f"data/{found.name}/expectations.yaml"
    own = {
        "mine/model.py": f"model_{_MODELS.get(modality, modality)}.py.txt",
        "mine/checks.py": "checks.py.txt",
        ".github/workflows/ci.yml": "ci.yml",
        # DVC reads every dvc.yaml of a repository, with the params.yaml beside it.
        "dvc.yaml": "dvc.yaml.txt",
        **{name: name for name in ("Dockerfile", "README.md")},
    }
    if has_preprocessing:
        own["mine/preprocess.py"] = f"preprocess_{modality}.py.txt"
    params = (root / PARAMS_FILE).read_text(encoding="utf-8")
    before = (root / expectations).read_text(encoding="utf-8")
    return {
        PARAMS_FILE: params + _filled("params.yaml.txt", values),
        expectations: add_own_check(before, check),
        **{path: _filled(template, values) for path, template in own.items()},
    }


def _note_own_check(root: Path, dataset: str) -> None:
    """Add the check of one's own to the limits as they were first."""
    approvals = read_approvals(root, dataset)
    if approvals:
        learned = replace(approvals.learned, limits=read_limits(root, dataset))
        text = approvals_text(dataset, replace(approvals, learned=learned))
        write_text(root / "data" / dataset / APPROVALS_FILE, text)


def _filled(template: str, values: Mapping[str, str]) -> str:
    text = (TEMPLATES / template).read_text(encoding="utf-8")
    return _PLACEHOLDER.sub(lambda match: values[match[1]], text)


def _indented(lines: tuple[str, ...]) -> str:
    return "".join(f"      {line}\n" for line in lines)
