# SPDX-License-Identifier: Apache-2.0
"""`prodl predict` with a language model continues a text."""

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pipelines.__main__ import main
from pipelines.fingerprint import PROJECT_ROOT
from tests.support.datasets.mnist import draw_digits
from tests.support.models.classifiers import write_model
from tests.support.models.language import PARAMS, build_bigram, export, make_book
from tests.support.published import register_folder

pytestmark = pytest.mark.slow

SIZES = {"train": 60, "validation": 20, "test": 20}


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with a published language model that knows words and no more."""
    folder = tmp_path_factory.mktemp("project")
    (folder / "book").mkdir()
    for name in ("params.yaml", "book/params.yaml"):
        shutil.copy(PROJECT_ROOT / name, folder / name)
    book = make_book(folder / "examples", SIZES)
    network = build_bigram(len(book.data().vocabulary) + 1)
    model = folder / "models" / "alice-lstm" / "1"
    export(network, None, book, model, PARAMS)
    register_folder(model)
    return folder


def _complete(root: Path, *arguments: str, recipe: str = "alice-lstm") -> Result:
    return CliRunner(env={"PRODL_ROOT": str(root)}).invoke(
        main, ["predict", recipe, *arguments]
    )


def test_sentence_goes_on_for_as_many_words_as_asked(root: Path) -> None:
    result = _complete(root, "The fox and", "--words", "5")

    assert result.exit_code == 0, result.output
    assert result.output.startswith("The fox and ")
    assert len(result.output.split()) == 3 + 5


def test_seed_decides_what_is_drawn(root: Path) -> None:
    drawn = ("--temperature", "2", "--top-k", "10", "--top-p", "0.9", "--seed")
    texts = [_complete(root, "the", *drawn, seed).output for seed in ("1", "1", "2")]

    assert texts[0] == texts[1] != texts[2]


def test_beam_search_writes_as_well(root: Path) -> None:
    result = _complete(root, "the", "--words", "3", "--beam", "4")

    assert len(result.output.split()) == 4


@pytest.mark.parametrize(
    "option", [("--words", "-1"), ("--temperature", "-1"), ("--top-p", "2")]
)
def test_impossible_option_is_a_usage_error(
    root: Path, option: tuple[str, str]
) -> None:
    assert _complete(root, "the", *option).exit_code == 2


def test_recipe_without_a_published_model_is_named(root: Path) -> None:
    result = _complete(root, "the", recipe="alice-lstm-passage")

    assert result.exit_code == 2
    assert "no model of 'alice-lstm-passage' is published" in result.output


def test_each_text_has_its_continuation(root: Path) -> None:
    result = _complete(root, "the fox", "the owl", "--words", "2")

    assert [line.split()[:2] for line in result.output.splitlines()] == [
        ["the", "fox"],
        ["the", "owl"],
    ]


def test_classifier_takes_the_text_for_a_file(root: Path) -> None:
    images = draw_digits(list(range(10)), seed=1)
    model = root / "models" / "mnist-cnn" / "1"
    write_model(model, images, list(range(10)))
    register_folder(model)

    result = _complete(root, "the", recipe="mnist-cnn")

    assert result.exit_code == 1
    assert "the: not readable: there is no such file" in result.output
