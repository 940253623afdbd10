# SPDX-License-Identifier: Apache-2.0
"""The distribution: declared dependencies, and a wheel that works on its own."""

import ast
import importlib.metadata
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.installed import build_wheel
from tests.support.project import make_project

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("components", "pipelines", "tfx_kfp")
# Modules whose top-level imports the base installation must satisfy.
BASE = ("pipelines.__main__", "pipelines.commands.fetch")
# Packages that several distributions install into: module -> the one it comes from.
SHARED = {
    "google.protobuf": "protobuf",
    "kfp.kubernetes": "kfp-kubernetes",
    "kfp.pipeline_spec": "kfp-pipeline-spec",
    "kfp": "kfp",
    "tfx": "tfx",
}
# Declared, but started as a program or found by another library.
NOT_IMPORTED = {"dvc-s3", "kaggle"}


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with the installed wheel, which was built without a network."""
    folder = tmp_path_factory.mktemp("wheel")
    wheel = build_wheel(folder / "built")
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    target = folder / "installed"
    install = [
        "install",
        "--no-deps",
        "--no-index",
        "--no-compile",
        "--target",
        str(target),
    ]
    subprocess.run([*pip, *install, str(wheel)], check=True)
    return target


@pytest.fixture(scope="module")
def declared(installed: Path) -> dict[str, set[str]]:
    """Extra -> distributions that the wheel asks for; "" is the base installation."""
    (folder,) = installed.glob("prodl-*.dist-info")
    found: dict[str, set[str]] = {"": set()}
    for line in importlib.metadata.PathDistribution(folder).requires or ():
        requirement, _, condition = line.partition(";")
        extra = re.search(r"extra == [\"'](.+?)[\"']", condition)
        name = _normal(requirement.strip())
        found.setdefault(extra[1] if extra else "", set()).add(name)
    return found


def _imports(path: Path, only_top: bool = False) -> Iterator[str]:
    tree = ast.parse(path.read_bytes())
    for node in tree.body if only_top else ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _distribution(module: str, owners: dict[str, list[str]]) -> str | None:
    """The distribution that a module comes from; None for the project and Python."""
    top = module.partition(".")[0]
    if top in sys.stdlib_module_names or top in PACKAGES:
        return None
    for prefix, name in SHARED.items():
        if module == prefix or module.startswith(f"{prefix}."):
            return name
    names = sorted({_normal(name) for name in owners.get(top, [])})
    return names[0] if len(names) == 1 else top


@pytest.mark.slow
def test_every_imported_distribution_is_declared(declared: dict) -> None:
    owners = dict(importlib.metadata.packages_distributions())
    known = set().union(*(names for extra, names in declared.items() if extra != "dev"))
    imported = {
        name
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
        for module in _imports(path)
        if (name := _distribution(module, owners))
    }
    assert imported - known == set()
    assert known - imported - NOT_IMPORTED == set()


def _source(module: str) -> Path | None:
    path = ROOT.joinpath(*module.split("."))
    if path.is_dir():
        return path / "__init__.py"
    return path.with_suffix(".py") if path.with_suffix(".py").exists() else None


@pytest.mark.parametrize("entry", BASE)
def test_fetch_needs_the_base_installation_only(entry: str, declared: dict) -> None:
    # Top-level imports, followed through the project.
    owners = dict(importlib.metadata.packages_distributions())
    waiting, seen, needed = {entry}, set(), set()
    while waiting:
        module = waiting.pop()
        seen.add(module)
        source = _source(module)
        for name in _imports(source, only_top=True) if source else ():
            if name.partition(".")[0] in PACKAGES:
                waiting |= {name, name.rpartition(".")[0]} - seen
            elif distribution := _distribution(name, owners):
                needed.add(distribution)
    assert needed - declared[""] == set()


def test_setup_asks_only_for_direct_requirements(declared: dict) -> None:
    text = (ROOT / "requirements.in").read_text(encoding="utf-8")
    direct = set(map(_normal, re.findall(r"^[A-Za-z][\w.-]*", text, re.MULTILINE)))
    asked = set().union(*declared.values())
    assert "tfx" in asked
    assert asked <= direct


def _prodl(installed: Path, project: Path, *arguments: str) -> str:
    """Run the installed console script in a folder outside of the checkout."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PRODL_")}
    completed = subprocess.run(
        [sys.executable, str(installed / "bin" / "prodl"), *arguments],
        cwd=project,
        env=environment | {"PYTHONPATH": str(installed)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    assert completed.returncode == 0, completed.stderr
    return completed.stdout


def test_the_wheel_holds_every_module_and_template(installed: Path) -> None:
    for package in PACKAGES:
        files = {
            path.relative_to(ROOT)
            for path in (ROOT / package).rglob("*")
            if path.is_file() and path.suffix != ".pyc"
        }
        missing = {path for path in files if not (installed / path).is_file()}
        assert missing == set()


@pytest.mark.parametrize("name", ["infra/pools.yaml", "requirements.lock"])
def test_the_wheel_holds_files_that_the_checkout_has_elsewhere(
    installed: Path, name: str
) -> None:
    packaged = installed / "pipelines" / "built_in" / Path(name).name
    assert packaged.read_bytes() == (ROOT / name).read_bytes()


@pytest.mark.parametrize("arguments", ["--help", "run --help", "report --help"])
def test_the_wheel_shows_help_outside_of_the_checkout(
    installed: Path, tmp_path: Path, arguments: str
) -> None:
    assert "Usage: prodl" in _prodl(installed, tmp_path, *arguments.split())


def test_the_wheel_fetches_in_a_project_without_code(
    installed: Path, tmp_path: Path
) -> None:
    project = make_project(tmp_path / "project")
    for name in (*PACKAGES, "infra"):
        shutil.rmtree(project.root / name)
    assert "present and right" in _prodl(installed, project.root, "fetch", "mnist")
