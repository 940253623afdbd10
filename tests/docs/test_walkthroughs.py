# SPDX-License-Identifier: Apache-2.0
"""The code of walkthroughs prints what stands under it, and draws what they show."""

import re
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from components.core.project import project_root

DOCS = project_root() / "docs"
PAGES = ("walkthrough_first_networks.md", "walkthrough_sampling.md")
BLOCK = re.compile(r"^```python\n(.*?)^```\n(?:\n```text\n(.*?)^```)?", re.M | re.S)
PICTURE = re.compile(r"!\[[^]]*\]\(([^)]+\.png)\)")


@pytest.mark.parametrize("page", PAGES)
def test_every_block_prints_and_draws_what_the_page_shows(
    page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (DOCS / page).read_text(encoding="utf-8")
    blocks = BLOCK.findall(text)
    assert len(blocks) == text.count("```python") > 2
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    for source, wanted in blocks:
        printed = StringIO()
        with redirect_stdout(printed):
            exec(source, names)
        assert printed.getvalue() == wanted
    drawn = sorted(path.name for path in tmp_path.iterdir())
    assert drawn == sorted(PICTURE.findall(text))
    for name in drawn:
        new, kept = (np.asarray(Image.open(path)) for path in (name, DOCS / name))
        np.testing.assert_array_equal(new, kept)
