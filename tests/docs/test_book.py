# SPDX-License-Identifier: Apache-2.0
"""docs/book.md names every listing of the book, and every recipe of its data sets."""

import re

import yaml

from components.core.project import project_root

ROOT = project_root()
PAGE = ROOT / "docs" / "book.md"
TEXT = PAGE.read_text(encoding="utf-8")
# Chapter -> number of its listings.
LISTINGS = {2: 19, 3: 9, 4: 7, 5: 6, 6: 10}
OF_THE_BOOK = {"mnist", "alice", "cats_dogs", "cervix", "movielens"}
LINK = re.compile(r"\]\(([^)#]+)?(#[^)]+)?\)")
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


def test_every_row_says_what_became_of_it() -> None:
    said = ("](", "`", "absent", "left out", "intervals", "every page", "all devices")
    assert [row for row in rows() if not any(word in row[-1] for word in said)] == []


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
