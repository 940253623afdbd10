# SPDX-License-Identifier: Apache-2.0
"""The code of docs/walkthrough_sampling.md prints and draws what the page shows."""

import re
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from components.core.project import project_root

DOCS = project_root() / "docs"
PAGE = (DOCS / "walkthrough_sampling.md").read_text(encoding="utf-8")
PICTURES = ("sampling_pi.png", "sampling_walks.png")


def test_page_prints_and_draws_what_it_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    printed = StringIO()
    with redirect_stdout(printed):
        for code in re.findall(r"^```python\n(.*?)^```", PAGE, re.M | re.S):
            exec(code, names)
    shown = re.findall(r"^```text\n(.*?)^```", PAGE, re.M | re.S)
    assert printed.getvalue() == "".join(shown)
    for name in PICTURES:
        drawn, kept = (np.asarray(Image.open(path)) for path in (name, DOCS / name))
        np.testing.assert_array_equal(drawn, kept)
