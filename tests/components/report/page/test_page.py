# SPDX-License-Identifier: Apache-2.0
"""The page: whole, safe, the same each time, and the verdict before anything else."""

import base64
import hashlib
import re
from collections import Counter
from dataclasses import replace
from html import unescape as html_unescape
from pathlib import Path
from typing import Any

import pytest

from components.report import html
from components.report.page.content import (
    Headline,
    LineageStep,
    Page,
    PageDataset,
    StepRow,
)
from components.report.page.page import render, write_page
from components.report.section import Section
from tests.support.external_loads import find_external_loads

FAILED_CHECK = {
    "name": "no picture in two splits",
    "wanted": "0 pictures",
    "received": "3 pictures",
    "passed": False,
    "severity": "critical",
}
ODD_CHECK = FAILED_CHECK | {"name": "duplicates in train", "severity": "warning"}


def section(name: str, verdict: Any = "passed", *checks: dict[str, Any]) -> Section:
    body = html.join(
        html.subheading("More", f"{name}-more"),
        html.line_chart({"loss": [2, 1]}, "Loss", "epoch"),
    )
    facts = {"checks": list(checks)}
    return Section(name, name.title(), f"About {name}.", verdict, str(body), facts)


SECTIONS = tuple(map(section, ("items", "distributions", "training", "evaluation")))
PASSED = Page(
    title="Digits",
    kind="run",
    name="mnist-cnn",
    dataset=PageDataset("mnist", "official", "9f2c" * 16, detail="70,000 images"),
    verdict="passed",
    verdict_text="All checks hold.",
    headline=(
        Headline("Accuracy on test", 0.9968, "seed 1", "at least 0.99", "0.9962"),
    ),
    sections=SECTIONS,
    steps=(
        StepRow("Acquire", "cached", "nothing changed", 1.0, 0.5, 200.0),
        StepRow("Trainer", "ran", "params changed", 150.0, 300.0, 1800.0),
    ),
    lineage=(LineageStep("raw files", "9f2c" * 16),),
    reproduce=("dvc repro run@mnist-cnn",),
    notes=("The test split was read once.",),
)
REFUSED_DATA = replace(
    PASSED,
    verdict="refused",
    verdict_text="The data were refused.",
    sections=(section("items", "refused", ODD_CHECK, FAILED_CHECK),),
    steps=(
        StepRow("ValidateItems", "ran"),
        StepRow("DataGate.items", "refused", "3 pictures in two splits", 0.1),
        StepRow("Trainer", "not_run", "an earlier step stopped the run"),
    ),
    headline=(),
)


def above_sections(text: str) -> str:
    """What stands before the first section, without head and contents."""
    return text[text.index("<main>") : text.index('<section id="items"')]


def chain(text: str) -> list[tuple[str, str]]:
    strip = text[text.index('<ol class="chain"') :].partition("</ol>")[0]
    return re.findall(r'<li class="(\w+)">.*?<p>(.*?)\s*</p>', strip, re.DOTALL)


def test_a_page_is_whole_by_itself() -> None:
    for page in (PASSED, REFUSED_DATA):
        text = render(page)
        assert find_external_loads(text) == []
        assert "<script" not in text


def test_a_page_allows_its_own_style_sheet_and_nothing_else() -> None:
    text = render(PASSED)
    head = text[: text.index("</head>")]
    (policy,) = re.findall(
        r'http-equiv="Content-Security-Policy" content="(.*?)"', head
    )
    rules = dict(r.strip().split(" ", 1) for r in html_unescape(policy).split(";"))
    (css,) = re.findall(r"<style>(.*?)</style>", text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()
    assert rules["default-src"] == "'none'"
    assert rules["img-src"] == "data:"
    assert rules["style-src-elem"] == f"'sha256-{digest}'"
    assert "script-src" not in rules
    # A policy holds for what comes after it.
    assert head.index("Content-Security-Policy") < head.index("<style")


def test_anchors_are_unique_and_links_lead_somewhere() -> None:
    for page in (PASSED, REFUSED_DATA, replace(PASSED, kind="data")):
        text = render(page)
        anchors = Counter(re.findall(r'\bid="([^"]*)"', text))
        assert max(anchors.values()) == 1
        assert set(re.findall(r'href="#([^"]*)"', text)) <= set(anchors)


def test_the_same_content_gives_the_same_bytes(tmp_path: Path) -> None:
    write_page(PASSED, tmp_path / "a" / "index.html")
    write_page(PASSED, tmp_path / "b" / "index.html")
    first, second = sorted(tmp_path.rglob("*.html"))
    assert first.read_bytes() == second.read_bytes()
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == [
        "index.html",
        "index.html",
    ]


def test_a_failed_write_leaves_the_old_page(tmp_path: Path) -> None:
    target = tmp_path / "index.html"
    target.write_text("old")
    broken: Any = replace(PASSED, steps=(StepRow("Trainer", "ran", seconds="soon"),))  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        write_page(broken, target)
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_a_passed_page_shows_verdict_data_and_figures_first() -> None:
    first = above_sections(render(PASSED))
    for text in ("Passed", "0.9968", "wanted at least 0.99", "baseline 0.9962"):
        assert text in first
    assert "mnist" in first
    assert "9f2c9f2c9f2c9f2c" in first
    assert chain(render(PASSED))[-1] == ("passed", "may be published")


def test_a_refused_page_says_so_and_why_at_the_top() -> None:
    first = above_sections(render(REFUSED_DATA))
    assert first.index("Refused") < first.index("no picture in two splits")
    assert "wanted 0 pictures, received 3 pictures" in first
    assert 'href="#items"' in first
    assert first.index("no picture in two splits") < first.index("duplicates in train")


def test_a_stopped_run_names_the_missing_sections_and_the_step() -> None:
    text = render(REFUSED_DATA)
    for name in ("distributions", "training", "evaluation"):
        missing = text[text.index(f'<section id="{name}" class="missing">') :]
        assert "DataGate.items" in missing.partition("</section>")[0]
    verdicts = [verdict for verdict, _ in chain(text)]
    assert verdicts == ["passed", "refused", "not_run", "not_run", "not_run"]


def test_a_refused_model_must_not_be_published() -> None:
    evaluation = section("evaluation", "refused", FAILED_CHECK)
    page = replace(PASSED, verdict="refused", sections=(*SECTIONS[:3], evaluation))
    assert chain(render(page))[-2:] == [
        ("refused", "0 of 1 held"),
        ("refused", "must not be published"),
    ]


def test_an_error_is_shown_where_it_broke_the_chain() -> None:
    page = replace(
        PASSED,
        verdict="failed",
        sections=SECTIONS[:2],
        steps=(
            StepRow("Acquire", "ran"),
            StepRow("Trainer", "failed", "out of memory"),
        ),
    )
    text = render(page)
    assert "Trainer: out of memory" in above_sections(text)
    assert chain(text)[2] == ("failed", "stopped at Trainer")


def test_data_pages_say_whether_training_may_use_the_data() -> None:
    page = replace(PASSED, kind="data", sections=SECTIONS[:2], verdict="passed")
    assert chain(render(page))[-1] == ("passed", "may use these data")
    page = replace(REFUSED_DATA, kind="data")
    assert chain(render(page))[-1] == ("refused", "must not use these data")


def test_synthetic_data_are_called_so_at_the_top() -> None:
    page = replace(PASSED, dataset=replace(PASSED.dataset, is_synthetic=True))
    assert "Synthetic data" in above_sections(render(page))
    assert "Synthetic data" not in render(PASSED)


def test_text_from_outside_stays_text() -> None:
    evil = "<script>x</script>"
    page = replace(
        PASSED,
        title=evil,
        verdict_text=evil,
        name=evil,
        dataset=PageDataset(evil, evil, evil, True, evil),
        headline=(Headline(evil, evil, evil, evil, evil),),
        sections=(
            Section("items", evil, evil, "refused", "", {"checks": [{"name": evil}]}),
            Section(
                "evaluation",
                evil,
                evil,
                "refused",
                "",
                {"checks": [FAILED_CHECK | {"name": evil, "received": evil}]},
            ),
        ),
        steps=(StepRow(evil, "failed", evil),),
        lineage=(LineageStep(evil, evil, evil),),
        reproduce=(evil,),
        notes=(evil,),
    )
    assert "<script" not in render(page)


@pytest.mark.parametrize("name", ["steps", "Items", "two words", ""])
def test_a_section_name_must_be_an_anchor(name: str) -> None:
    with pytest.raises(ValueError, match="cannot be an anchor"):
        replace(PASSED, sections=(section("items"), Section(name, "t", "s")))


def test_two_sections_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="each name once"):
        replace(PASSED, sections=(section("items"), section("items")))


@pytest.mark.parametrize(
    ("text", "load"),
    [
        ('<img src="https://a.example/b.png">', "img src=https://a.example/b.png"),
        ('<script src="x.js"></script>', "script src=x.js"),
        ('<link rel="stylesheet" href="a.css">', "link href=a.css"),
        ('<img srcset="a.png 1x, b.png 2x">', "img srcset=b.png"),
        ("<style>@import 'a.css';</style>", "style=a.css"),
        ("<style>p{background:url(//a.example/i)}</style>", "style=//a.example/i"),
        ('<p style="background:url(a.png)">', "p style=a.png"),
        ('<svg><use href="icons.svg#a"/></svg>', "use href=icons.svg#a"),
        ('<svg><rect fill="url(b.svg#c)"/></svg>', "rect fill=b.svg#c"),
        ("<iframe srcdoc='x'></iframe>", "iframe"),
    ],
)
def test_loads_from_outside_are_found(text: str, load: str) -> None:
    assert load in find_external_loads(text)


def test_what_a_page_holds_itself_is_no_load() -> None:
    text = (
        '<a href="https://a.example">x</a><img src="data:image/png;base64,AA==">'
        '<style>p{background:url("data:,")}</style><use href="#a"/>url(text.png)'
    )
    assert find_external_loads(text) == []
