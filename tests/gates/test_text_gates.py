# SPDX-License-Identifier: Apache-2.0
"""Planted faults in a text: each is refused by the check that is meant for it."""

import hashlib
from collections.abc import Callable

import pytest
from click.testing import CliRunner, Result

from components.core.yaml_files import load_yaml
from pipelines.__main__ import main
from pipelines.fingerprint import PROJECT_ROOT
from tests.support.datasets.alice import (
    END,
    FILE,
    TRADE_MARK,
    write_book,
    write_source_list,
)
from tests.support.project import Project

pytestmark = pytest.mark.slow

Plant = Callable[[str], str]


@pytest.fixture
def project(project: Project) -> Project:
    """The small project with a drawn book for Alice."""
    ours = load_yaml(PROJECT_ROOT / "params.yaml")["datasets"]["alice"]
    project.edit_yaml("params.yaml", lambda p: p["datasets"].update(alice=ours))
    raw = write_book(project.root / "data" / "raw" / "alice" / "official")
    write_source_list(project.root / "data" / "alice" / "source.yaml", raw)
    return project


def _licence_left_in(text: str) -> str:
    licence = "Title: A Book\n\nThe Project Gutenberg License: you may copy it.\n"
    return text.replace(END, licence)


def _trade_mark_in_other_words(text: str) -> str:
    return text.replace(TRADE_MARK, "\n\nThis was a Project Gutenberg book.\n")


def _missing_chapter(text: str) -> str:
    start, end = text.index("CHAPTER VII."), text.index("CHAPTER VIII.")
    # Its paragraphs stay, so that only the heading is missed.
    return text[:start] + text[start:end].partition("\n")[2] + text[end:]


def _missing_half(text: str) -> str:
    paragraphs = text.split("\n\n")
    return "\n\n".join(p for n, p in enumerate(paragraphs) if n % 2 or "CHAP" in p)


def _read_as_latin(text: str) -> str:
    return text.replace("'Oh!'", "\u00e2\u20ac\u02dcOh!\u00e2\u20ac\u2122")


def _lines_run_together(text: str) -> str:
    head, mark, body = text.partition("CHAPTER II.")
    return f"{head}{mark}" + body.replace("\n\n", "\n", 60)


def _new_words_at_the_end(text: str) -> str:
    head, mark, body = text.partition("CHAPTER XI.")
    for word in ("the ", "Oh", "queen", "said"):
        body = body.replace(word, f"x{word}")
    return f"{head}{mark}{body}"


@pytest.mark.parametrize(
    ("plant", "check"),
    [
        (_licence_left_in, "no_licence_text"),
        (_trade_mark_in_other_words, "no_licence_text"),
        (_missing_chapter, "missing: 07"),
        (_missing_half, "row_counts"),
        (_read_as_latin, "encoding_is_clean"),
        (_lines_run_together, "text_length"),
        (_new_words_at_the_end, "vocabulary_coverage"),
    ],
)
def test_fault_is_refused_by_its_own_check(
    project: Project, plant: Plant, check: str
) -> None:
    _change(project, plant)
    # The bytes are those that the source list names: only the content is wrong.
    raw = project.root / "data" / "raw" / "alice" / "official"
    write_source_list(project.root / "data" / "alice" / "source.yaml", raw)

    result = _validate()

    assert result.exit_code == 4
    assert _refused_at(result) == "ItemGate"
    assert check in result.output
    page = (project.root / "reports" / "data" / "alice" / "index.html").read_text()
    assert "Refused" in page[: page.index("<h2")]


def test_bytes_that_are_no_utf8_are_refused(project: Project) -> None:
    file = project.root / "data" / "raw" / "alice" / "official" / FILE
    file.write_bytes(file.read_bytes().replace(b"'Oh!'", b"\x91Oh!\x92", 1))
    write_source_list(project.root / "data" / "alice" / "source.yaml", file.parent)

    result = _validate()

    assert result.exit_code == 4
    assert "items_are_sound" in result.output


def test_blocks_that_overlap_are_refused(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Windows dealt out at random, as the book does it, must not get through."""

    def deal_out(place: float, rule: object) -> str:
        drawn = int(hashlib.sha256(str(place).encode()).hexdigest(), 16) % 10
        return {0: "validation", 1: "test"}.get(drawn, "train")

    monkeypatch.setattr("components.ingest.beam.assign.split_by_position", deal_out)

    result = _validate()

    assert result.exit_code == 4
    assert _refused_at(result) == "ItemGate"
    assert "splits_are_blocks" in result.output


def test_changed_word_is_another_edition(project: Project) -> None:
    _change(project, lambda text: text.replace("rabbit", "weasel", 1))

    result = _validate()

    assert result.exit_code == 4
    assert _refused_at(result) == "Acquire"
    assert "another edition: updated December 20, 2011" in result.output


def test_another_header_is_the_same_edition(project: Project) -> None:
    """And the sound book passes every check, so the others fail for their fault."""
    _change(project, lambda text: text.replace("[Last updated", "[Revised: 1\n[Last"))

    result = _validate()

    assert result.exit_code == 0, result.output
    page = (project.root / "reports" / "data" / "alice" / "index.html").read_text()
    assert "Where the text is cut" in page
    assert "Sample texts" in page
    assert project.read_json("reports/data/alice/verdict.json")["passed"]


def _change(project: Project, plant: Plant) -> None:
    file = project.root / "data" / "raw" / "alice" / "official" / FILE
    text = file.read_bytes().decode().replace("\r\n", "\n")
    changed = plant(text)
    assert changed != text
    file.write_bytes(changed.replace("\n", "\r\n").encode())


def _validate() -> Result:
    return CliRunner().invoke(main, ["validate", "alice"])


def _refused_at(result: Result) -> str:
    lines = (line.split() for line in result.output.splitlines())
    return next(words[0] for words in lines if words[1:2] == ["refused"])
