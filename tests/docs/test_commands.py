# SPDX-License-Identifier: Apache-2.0
"""Documents: commands and parameters exist, links and paths lead somewhere."""

import re
from pathlib import Path

import pytest
import yaml

from components.core.project import project_root
from pipelines.__main__ import main

ROOT = project_root()
DOCUMENTS = (*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md")))
# Verbs whose first argument is a recipe or a data set.
NAMING = ("run", "publish", "report", "predict", "validate", "fetch")
TARGETS = re.compile(r"^([a-z]+):.*##", re.MULTILINE)
# A path of this repository in back quotes; `<dataset>` and the like stand for any name.
PATH = re.compile(
    r"`((?:benchmarks|components|data|docs|infra|pipelines|tests)/[\w./<>*-]*)`"
)
# Made by commands, so not in a fresh checkout; or an old name, in the changelog.
MADE = re.compile(r"data/(?:raw.*|sources/.*|expectations/.*|schema/.*)")


@pytest.fixture(scope="module")
def params() -> dict:
    core = yaml.safe_load((ROOT / "params.yaml").read_text())
    return {**core, "recipes": {**core["recipes"], **_book()["recipes"]}}


def _book() -> dict:
    return dict(yaml.safe_load((ROOT / "book" / "params.yaml").read_text()))


def _commands(document: Path, program: str) -> list[list[str]]:
    # In code only: indented blocks and back-quoted words.
    text = document.read_text(encoding="utf-8")
    code = re.findall(r"^    (.+)$|`([^`\n]+)`", text, re.MULTILINE)
    lines = ["".join(groups).split() for groups in code]
    # A program that is only named has no arguments.
    return [words[1:] for words in lines if words[:1] == [program] and words[1:]]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_verbs_and_names_after_prodl_exist(document: Path, params: dict) -> None:
    names = {*params["recipes"], *params["datasets"]}
    for verb, *arguments in _commands(document, "prodl"):
        assert verb in main.commands or verb == "--help", verb
        # A verb that is only named has no arguments.
        if arguments and verb in NAMING:
            assert arguments[0] in {*names, "RECIPE", "DATASET"}, arguments


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_stages_and_parameters_after_dvc_exist(document: Path, params: dict) -> None:
    of_the_book = _book()["recipes"]
    for words in _commands(document, "dvc"):
        for word in words:
            stage, at, name = word.partition("@")
            file, colon, stage = stage.rpartition(":")
            if at:
                file = file if colon else "dvc.yaml"
                assert stage in yaml.safe_load((ROOT / file).read_text())["stages"]
                assert name in {*params["recipes"], *params["datasets"], "RECIPE"}, word
                in_the_book = file == "book/dvc.yaml"
                assert name == "RECIPE" or (name in of_the_book) == in_the_book, word
            file, colon, word = word.strip('"').rpartition(":")
            if "=" in word and word.startswith(("recipes.", "datasets.")):
                assert (word.split(".")[1] in of_the_book) == bool(colon), word
                place = params
                for key in word.partition("=")[0].split("."):
                    place = place[key]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_make_targets_exist(document: Path) -> None:
    targets = TARGETS.findall((ROOT / "Makefile").read_text())
    for words in _commands(document, "make"):
        assert words[0] in targets, words


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(document: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)", document.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (document.parent / target).exists(), target


@pytest.mark.parametrize(
    "document",
    # Its paths and folder lists have tests of their own: test_architecture.py.
    [path for path in DOCUMENTS if path.name != "ARCHITECTURE.md"],
    ids=lambda path: path.name,
)
def test_paths_exist(document: Path) -> None:
    for path in PATH.findall(document.read_text(encoding="utf-8")):
        if not MADE.fullmatch(path):
            pattern = re.sub(r"<\w+>", "*", path.rstrip("/"))
            assert any(ROOT.glob(pattern)), path
