# SPDX-License-Identifier: Apache-2.0
"""The blocks of docs/walkthrough_first_networks.md print what stands under them."""

import contextlib
import io
import re
from typing import Any

from components.core.project import project_root

PAGE = project_root() / "docs" / "walkthrough_first_networks.md"
BLOCK = re.compile(r"^```python\n(.*?)^```\n\n```text\n(.*?)^```", re.M | re.S)


def test_every_block_prints_what_stands_under_it() -> None:
    text = PAGE.read_text(encoding="utf-8")
    blocks = BLOCK.findall(text)
    assert len(blocks) == text.count("```python") > 5
    names: dict[str, Any] = {}
    for source, wanted in blocks:
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(source, names)
        assert printed.getvalue() == wanted
