# SPDX-License-Identifier: Apache-2.0
"""The fingerprint changes with the code a function runs, and with nothing else."""

import sys
from pathlib import Path

import pytest

from components.core.errors import UsageError
from pipelines import fingerprint
from pipelines.families import FAMILIES

RUN_FN = "components.trainer.cnn.run.run_fn"


def _edit(path: Path) -> None:
    path.write_text(path.read_text() + "\n# one more line\n")


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
    assert fingerprint.source_fingerprint(RUN_FN) != before


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user's project with code of its own, which would fail if it were imported."""
    monkeypatch.setenv("PRODL_ROOT", str(tmp_path))
    files = {
        "mine/__init__.py": "",
        "mine/model.py": "import keras\nfrom .layers import Gate\nraise RuntimeError",
        "mine/layers.py": "from shared import constants",
        "mine/checks.py": "from components.core.errors import UsageError",
        "shared/constants.py": "SIZE = 3",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


NETWORK = "mine.model.build_model"


@pytest.mark.parametrize(
    "file", ["model.py", "layers.py", "__init__.py", "../shared/constants.py"]
)
def test_users_code_is_followed_as_ours_is(project: Path, file: str) -> None:
    before = fingerprint.source_fingerprint(RUN_FN, NETWORK)
    _edit(project / "mine" / file)
    assert fingerprint.source_fingerprint(RUN_FN, NETWORK) != before


def test_module_beside_a_folder_of_its_name_counts(project: Path) -> None:
    (project / "mine" / "layers").mkdir()
    (project / "mine" / "layers" / "weights.txt").touch()
    before = fingerprint.source_fingerprint(NETWORK)
    _edit(project / "mine" / "layers.py")
    assert fingerprint.source_fingerprint(NETWORK) != before


def test_users_module_that_is_not_imported_does_not_count(project: Path) -> None:
    before = fingerprint.source_fingerprint(NETWORK)
    _edit(project / "mine" / "checks.py")
    assert fingerprint.source_fingerprint(NETWORK) == before


def test_our_code_that_the_users_imports_counts(project: Path, copy: Path) -> None:
    before = fingerprint.source_fingerprint("mine.checks.Expect")
    _edit(copy / "components" / "core" / "errors.py")
    assert fingerprint.source_fingerprint("mine.checks.Expect") != before


def test_installed_package_of_the_same_name_wins(
    project: Path,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (installed := tmp_path_factory.mktemp("installed") / "shared").mkdir()
    (installed / "__init__.py").touch()
    monkeypatch.setattr(sys, "path", [str(installed.parent), *sys.path])
    before = fingerprint.source_fingerprint(NETWORK)
    _edit(project / "shared" / "constants.py")
    assert fingerprint.source_fingerprint(NETWORK) == before


def test_environment_in_the_project_is_not_the_users_code(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packages = project / ".venv" / "lib"
    packages.mkdir(parents=True)
    (project / ".venv" / "pyvenv.cfg").touch()
    (project / "shared").rename(packages / "shared")
    monkeypatch.setattr(sys, "path", [*sys.path, str(packages)])
    before = fingerprint.source_fingerprint(NETWORK)
    _edit(packages / "shared" / "constants.py")
    assert fingerprint.source_fingerprint(NETWORK) == before


def test_project_with_folders_of_our_names_gets_our_code(project: Path) -> None:
    before = fingerprint.source_fingerprint(RUN_FN)
    for name in ("components/trainer/cnn/run.py", "pipelines/__init__.py"):
        (project / name).parent.mkdir(parents=True)
        (project / name).write_text("raise RuntimeError")
    assert fingerprint.source_fingerprint(RUN_FN) == before


@pytest.mark.parametrize("name", ["mine.nothing.fn", "nobodys.model.build_model"])
def test_missing_module_is_told_in_a_sentence(project: Path, name: str) -> None:
    with pytest.raises(UsageError, match=f"name {name}, but there is no module"):
        fingerprint.source_fingerprint(RUN_FN, name)


def test_identity_of_the_code_covers_the_users_that_a_recipe_names(
    project: Path,
) -> None:
    ours, own = fingerprint.code_identity(), fingerprint.code_identity(NETWORK)
    assert own.split()[0] == ours == fingerprint.project_fingerprint()
    assert fingerprint.named_in(own) == [NETWORK]
    assert fingerprint.named_in(ours) == []
    _edit(project / "mine" / "layers.py")
    assert fingerprint.code_identity() == ours
    assert fingerprint.code_identity(NETWORK) != own
