# SPDX-License-Identifier: Apache-2.0
"""The fingerprint changes with the code a function runs, and with nothing else."""

from pathlib import Path

import pytest

from pipelines import fingerprint
from pipelines.families import FAMILIES

RUN_FN = "components.trainer.cnn.run.run_fn"


def _edit(path: Path) -> None:
    path.write_text(path.read_text() + "\n# one more line\n")
    fingerprint.source_fingerprint.cache_clear()


def test_a_function_is_found_in_its_module() -> None:
    assert fingerprint.module_of(RUN_FN) == "components.trainer.cnn.run"
    assert (
        fingerprint.module_of("components.contracts.features")
        == "components.contracts.features"
    )


def test_changed_module_changes_the_fingerprint(copy: Path) -> None:
    before = fingerprint.source_fingerprint(RUN_FN)
    _edit(copy / "components" / "trainer" / "cnn" / "train.py")
    assert fingerprint.source_fingerprint(RUN_FN) != before


def test_changed_module_further_down_changes_the_fingerprint(copy: Path) -> None:
    before = fingerprint.source_fingerprint(RUN_FN)
    _edit(copy / "components" / "contracts" / "features.py")
    assert fingerprint.source_fingerprint(RUN_FN) != before


def test_unrelated_module_does_not_change_the_fingerprint(copy: Path) -> None:
    before = fingerprint.source_fingerprint(RUN_FN)
    _edit(copy / "components" / "validation" / "gate.py")
    assert fingerprint.source_fingerprint(RUN_FN) == before


@pytest.mark.parametrize("name", ["gan/section.py", "../evaluator/generation/page.py"])
def test_reworded_caption_changes_the_page_and_no_training(
    copy: Path, name: str
) -> None:
    page = ("pipelines.kubeflow.report_node", *fingerprint.renderer_modules())
    steps = [f"{f.trainer}.run" for f in FAMILIES.values()]
    steps += [f"{f.evaluator}.evaluate" for f in FAMILIES.values()]
    before = [fingerprint.source_fingerprint(step) for step in steps]
    page_before = fingerprint.source_fingerprint(*page)
    _edit(copy / "components" / "trainer" / name)
    assert [fingerprint.source_fingerprint(step) for step in steps] == before
    assert fingerprint.source_fingerprint(*page) != page_before


def test_library_version_changes_the_fingerprint(
    copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = fingerprint.source_fingerprint(RUN_FN)
    monkeypatch.setattr(fingerprint, "version", lambda library: "0.0.1")
    fingerprint.source_fingerprint.cache_clear()
    assert fingerprint.source_fingerprint(RUN_FN) != before
