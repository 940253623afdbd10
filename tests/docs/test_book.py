# SPDX-License-Identifier: Apache-2.0
"""docs/book.md names every listing of the book, and every recipe of its data sets."""

import json
import re

import yaml

from components.core.project import project_root

ROOT = project_root()
PAGE = ROOT / "docs" / "book.md"
TEXT = PAGE.read_text(encoding="utf-8")
# Chapter -> number of its listings.
LISTINGS = {2: 19, 3: 9, 4: 7, 5: 6, 6: 10}
# Listings in parts, each with what became of it.
PARTS = {"4-1a", "4-1b", "4-1c", "4-2a", "4-2b", "4-2c", "5-3a", "5-3b"}
OF_THE_BOOK = {"mnist", "alice", "cats_dogs", "cervix", "movielens"}
LINK = re.compile(r"\]\(([^)#]+)?(#[^)]+)?\)")
KEY = re.compile(r"`([a-z_0-9]+)(?:: [^`]*)?`")
FIGURE = re.compile(r"^\| `([a-z0-9-]+)` \| `(\w+)` \| ([-\d.]+)", re.MULTILINE)
RECIPE = re.compile(r"\[`([a-z0-9-]+)`\]\(\.\./((?:book/)?params\.yaml)\)")


def rows() -> list[list[str]]:
    """Cells of the rows of all tables but those of figures, headings left out."""
    tables = TEXT.partition("\n## 7.")[0]
    lines = re.findall(r"^\| (?!---)(.*) \|$", tables, re.MULTILINE)
    cells = [[cell.strip() for cell in line.split(" | ")] for line in lines]
    return [row for row in cells if row[-1] != "here"]


def numbers(cell: str) -> set[tuple[int, int]]:
    """Chapter and number of each listing that a cell names, ranges included."""
    found = set()
    for first, last in re.findall(r"(\d-\d+)\w?(?: to (\d-\d+))?", cell):
        chapter, number = map(int, first.split("-"))
        end = int(last.split("-")[1]) if last else number
        found |= {(chapter, each) for each in range(number, end + 1)}
    return found


def anchors(text: str) -> set[str]:
    """Fragments that the headings of a page can be linked by."""
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    bare = [re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings]
    return {"#" + heading.replace(" ", "-") for heading in bare}


def test_every_listing_occurs() -> None:
    named = set().union(*(numbers(row[0]) for row in rows() if len(row) == 3))
    wanted = {
        (chapter, n + 1) for chapter, last in LISTINGS.items() for n in range(last)
    }
    assert named == wanted


def test_every_part_of_a_listing_occurs() -> None:
    cells = " ".join(row[0] for row in rows() if len(row) == 3)
    assert set(re.findall(r"\d-\d+[a-z]", cells)) == PARTS


def test_every_row_says_what_became_of_it() -> None:
    def says(cell: str) -> bool:
        # A reason follows what is left out.
        if "left out" in cell:
            return bool(re.search(r"left out: \w", cell))
        said = ("](", "absent", "every page", "all devices")
        return any(word in cell for word in said) or bool(KEY.search(cell))

    assert [row for row in rows() if not says(row[-1])] == []


def test_every_key_of_a_recipe_is_one() -> None:
    schema = (ROOT / "params.schema.json").read_text(encoding="utf-8")
    keys = {key for row in rows() for key in KEY.findall(row[-1])}
    assert {key for key in keys if f'"{key}"' not in schema} == set()


def test_figures_are_those_of_metrics() -> None:
    table = TEXT.partition("\n## 7.")[2]
    shown = FIGURE.findall(table)
    for name, metric, value in shown:
        path = ROOT / "metrics" / f"{name}.json"
        measured = json.loads(path.read_text(encoding="utf-8"))[metric]
        assert value == f"{measured:.4g}", name
    assert shown


def test_every_recipe_of_the_book_s_data_stands_in_it() -> None:
    named = set(RECIPE.findall(TEXT))
    for file in ("params.yaml", "book/params.yaml"):
        recipes = yaml.safe_load((ROOT / file).read_text(encoding="utf-8"))["recipes"]
        ours = {name for name in recipes if recipes[name]["dataset"] in OF_THE_BOOK}
        assert {name for name, where in named if where == file} == ours


def test_every_link_leads_to_a_file_and_its_heading() -> None:
    for target, anchor in LINK.findall(TEXT):
        if "://" in target:
            continue
        path = PAGE.parent / target if target else PAGE
        assert path.exists(), target
        assert not anchor or anchor in anchors(path.read_text(encoding="utf-8")), anchor
