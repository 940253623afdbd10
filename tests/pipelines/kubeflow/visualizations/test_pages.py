# SPDX-License-Identifier: Apache-2.0
"""Report pages in the frame of KFP's page, also of data that a gate will refuse."""

from dataclasses import replace
from pathlib import Path

import pytest

from components.contracts.step_data import StepData, write_step_data
from components.report.section import Section
from components.validation.section import make_section
from components.validation.verdict import (
    DataCheck,
    Verdict,
    read_verdict,
    write_verdict,
)
from pipelines.kubeflow.visualizations.pages import (
    BASE,
    data_report,
    in_frame,
    item_report,
)

HELD = DataCheck("rule", "A rule.", "critical", "no item", "0 items", "passed")
BROKEN = replace(HELD, status="failed", received="3 items")
FACTS = {"dataset": "mnist", "variant": "official"}
FACTS |= {"content_sha256": "c" * 64, "dvc_md5": "d" * 32}


def render(data: StepData) -> Section:
    """Stand in for a renderer module: this one."""
    verdict = read_verdict(data.folder)
    return make_section(verdict.stage.title(), verdict, "", {})


def _result(folder: Path, stage: str, *checks: DataCheck) -> Path:
    """The folder of a ValidationResult."""
    result = folder / stage
    write_step_data(result, __name__, {"dataset": FACTS})
    write_verdict(Verdict(stage, checks), result)
    return result


def test_items_page_names_the_step_that_has_the_whole_report(tmp_path: Path) -> None:
    html = item_report({"result": _result(tmp_path, "items", HELD)}).html
    assert (
        "All 1 checks hold. The step SummariseDistributions makes the whole report."
        in html
    )
    assert "The step SummariseDistributions makes this section." in html
    assert "nothing is known" not in html


def test_items_page_of_refused_data_says_so_and_why(tmp_path: Path) -> None:
    html = item_report({"result": _result(tmp_path, "items", BROKEN)}).html
    assert '<section id="verdict" class="verdict refused"' in html
    assert "ItemGate stopped the run: rule" in html
    assert "wanted no item, received 3 items" in html


@pytest.mark.parametrize(
    ("check", "text"),
    [
        (HELD, "The data passed every check."),
        (BROKEN, "DistributionGate stopped the run: rule"),
    ],
)
def test_data_page_has_both_sections_and_the_data_version(
    tmp_path: Path, check: DataCheck, text: str
) -> None:
    folders = {
        "item_result": _result(tmp_path, "items", HELD),
        "result": _result(tmp_path, "distributions", check),
    }
    html = data_report(folders).html
    assert text in html
    for part in ('<h2><a href="#items">', '<h2><a href="#distributions">'):
        assert part in html
    assert FACTS["content_sha256"] in html
    assert FACTS["dvc_md5"] in html


def test_base_for_the_frame_stands_before_the_policy_that_forbids_one() -> None:
    page = '<html>\n<head>\n<meta http-equiv="Content-Security-Policy">\n</head></html>'
    framed = in_frame(page)
    assert framed.index(BASE) < framed.index("Content-Security-Policy")
    assert framed.replace(BASE, "") == page


def test_what_is_no_page_is_refused() -> None:
    with pytest.raises(ValueError, match="expected a page with a head"):
        in_frame("{}")
