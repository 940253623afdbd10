# SPDX-License-Identifier: Apache-2.0
"""prodl from a wheel, outside of the checkout, beside folders of the same names."""

import json
import os
import subprocess
from importlib.util import find_spec
from pathlib import Path

import pytest
import yaml

from pipelines.fingerprint import named_in
from tests.support.installed import build_wheel, install, make_environment

pytestmark = pytest.mark.slow

RECIPE = "penguins-table"
HIDING = "raise RuntimeError('a module of the current folder was imported')\n"


class Installed:
    """An environment with prodl from a wheel, and a project of a user's."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.root = folder, folder / "birds"
        self.programs = make_environment(folder / "environment")

    def prodl(self, *arguments: str, folder: Path | None = None) -> str:
        """Run the installed console script in the project; it must succeed."""
        return self.run(str(self.programs / "prodl"), *arguments, folder=folder)

    def run(self, *command: str, folder: Path | None = None) -> str:
        """Run a command in the project; it must succeed."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith("PRODL_")}
        kept.pop("PYTHONPATH", None)
        kept["PATH"] = f"{self.programs}{os.pathsep}{kept['PATH']}"
        done = subprocess.run(
            command,
            cwd=folder or self.root,
            env=kept,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """The wheel, installed, and a project of the penguins made by it."""
    folder = tmp_path_factory.mktemp("installed")
    found = Installed(folder)
    install(build_wheel(folder / "built"), found.programs)
    spec = find_spec("palmerpenguins")
    assert spec
    assert spec.origin
    table = str(Path(spec.origin).with_name("data") / "penguins.csv")
    arguments = ("--from", table, "--target", "species", "--name", "penguins")
    found.prodl("init", "birds", *arguments, folder=folder)
    for name in ("pipelines", "components"):
        (found.root / name).mkdir()
        (found.root / name / "__init__.py").write_text(HIDING)
    return found


def test_code_is_that_of_the_wheel(installed: Installed) -> None:
    code = "import components, pipelines; print(components.__file__)"
    place = installed.run(str(installed.programs / "python"), "-P", "-c", code)
    assert Path(place.strip()).is_relative_to(installed.folder / "environment")
    assert installed.prodl("--version") == "prodl, version 0.2.0\n"


def test_doctor_finds_the_packages_that_it_was_tested_with(
    installed: Installed,
) -> None:
    lines = installed.prodl("doctor").splitlines()
    (packages,) = (line for line in lines if " packages " in line)
    assert packages.startswith("ok")


def test_compiled_recipe_covers_the_users_code(installed: Installed) -> None:
    file = installed.root / "birds.yaml"
    installed.prodl("compile", RECIPE, "-o", str(file))
    specification, platform = yaml.safe_load_all(file.read_text())
    executors = specification["deploymentSpec"]["executors"]
    commands = {tuple(e["container"]["command"][:3]) for e in executors.values()}
    assert commands == {("python", "-P", "-m")}
    settings = platform["platforms"]["kubernetes"]["deploymentSpec"]["executors"]
    (code,) = {
        executor["podMetadata"]["annotations"]["prodl.dev/code"]
        for executor in settings.values()
    }
    assert named_in(code) == [
        "mine.checks.ExpectNoNegativeNumber",
        "mine.model.build_model",
        "mine.preprocess.preprocessing_fn",
    ]


def test_three_commands_publish_a_model(installed: Installed) -> None:
    # The first was `prodl init`.
    installed.run("git", "init", "--quiet")
    installed.run("dvc", "repro")
    metrics = json.loads((installed.root / f"metrics/{RECIPE}.json").read_text())
    assert metrics["test_accuracy"] > 0.9
    assert (installed.root / f"reports/{RECIPE}/index.html").is_file()
    (version,) = (installed.root / "models" / RECIPE).glob("[0-9]*")
    assert (version / "saved_model.pb").is_file()


def test_newer_wheel_runs_the_project_and_says_what_changed(
    installed: Installed,
) -> None:
    install(build_wheel(installed.folder / "newer", "0.3.0"), installed.programs)
    output = installed.prodl("run", RECIPE)
    assert "since the last run: prodl 0.2.0 -> 0.3.0" in output
    assert "verdict: passed" in output
    assert installed.prodl("code") == "prodl 0.2.0 -> 0.3.0\n"
    written = json.loads((installed.root / "reports" / "code.json").read_text())
    assert written["prodl"] == "0.3.0"
