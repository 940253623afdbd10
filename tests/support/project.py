# SPDX-License-Identifier: Apache-2.0
"""A copy of the whole project with a small data set, to run for real in a test.

The copy holds the code as well, so a test may change a function and see what follows.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipelines.fingerprint import PROJECT_ROOT
from tests.support import preloaded
from tests.support.datasets.mnist import write_mnist, write_source_list

COPIED = (
    *("components", "pipelines", "tfx_kfp", "data", "infra/pools.yaml"),
    *("dvc.yaml", "params.yaml", ".dvcignore", "models/none", "requirements.lock"),
)
NOT_COPIED = shutil.ignore_patterns("raw", "__pycache__")
NUM_TRAIN, NUM_TEST = 400, 100
RECIPE = "mnist-cnn"

# Small and quick, but of the same kind as the recipes.
TRAINER = {
    "layers": ["conv 8 stride 2", "dense 32"],
    "epochs": 6,
    "batch_size": 32,
    "precision": "float32",
    "optimizer": {"name": "adam", "learning_rate": 0.01},
}
GATE = {
    "test_accuracy": {"min": 0.5, "not_worse_by": 0.05},
    "test_log_loss": {"max": 2.0},
}


@dataclass(frozen=True)
class Project:
    """A project folder in a temporary place."""

    root: Path

    @property
    def code(self) -> Path:
        """Folder with the code that the commands run."""
        return self.root

    def prodl(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run `prodl` in the project; the caller looks at the exit code."""
        return self.run("prodl", *arguments)

    def dvc(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run `dvc` in the project; it must succeed."""
        return self.check(sys.executable, "-m", "dvc", *arguments)

    def git(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run `git` in the project; it must succeed."""
        return self.check("git", *arguments)

    def check(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a command that must succeed."""
        completed = self.run(*command)
        output = completed.stdout + completed.stderr
        assert completed.returncode == 0, f"{' '.join(command)}\n{output}"
        return completed

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a command in the project, with the project's own code first."""
        process = self.start(*command)
        stdout, stderr = process.communicate()
        return subprocess.CompletedProcess(command, process.returncode, stdout, stderr)

    def start(self, *command: str) -> subprocess.Popen[str]:
        """Start a command as `run` does, without waiting for its end."""
        environment = (
            os.environ
            | preloaded.environment()
            | {
                "PYTHONPATH": str(self.code),
                "DVC_NO_ANALYTICS": "1",
            }
        )
        for name in ("PRODL_HOME", "PRODL_ROOT"):
            environment.pop(name, None)
        return subprocess.Popen(
            command,
            cwd=self.root,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def edit_yaml(self, path: str, change: Callable[[Any], None]) -> None:
        """Change a YAML file of the project in place."""
        file = self.root / path
        content = yaml.safe_load(file.read_text())
        change(content)
        file.write_text(yaml.safe_dump(content, sort_keys=False))

    def set_trainer(self, recipe: str = RECIPE, **values: Any) -> None:
        """Change parameters of a recipe's trainer."""
        self.edit_yaml(
            "params.yaml", lambda p: p["recipes"][recipe]["trainer"].update(values)
        )

    def read_json(self, path: str) -> Any:
        """Read a JSON file of the project."""
        return json.loads((self.root / path).read_text())

    @property
    def raw(self) -> Path:
        """Folder of the raw MNIST files."""
        return self.root / "data" / "raw" / "mnist" / "official"


def make_project(root: Path) -> Project:
    """Copy the project to a folder, with drawn digits for MNIST and a small network."""
    root.mkdir(parents=True, exist_ok=True)
    for name in COPIED:
        source = PROJECT_ROOT / name
        if source.is_dir():
            shutil.copytree(source, root / name, ignore=NOT_COPIED)
        else:
            (root / name).parent.mkdir(exist_ok=True)
            shutil.copy(source, root / name)
    project = Project(root)
    write_mnist(project.raw, train=NUM_TRAIN, test=NUM_TEST)
    write_source_list(root / "data" / "mnist" / "source.yaml", project.raw)
    project.edit_yaml("params.yaml", _shrink)
    project.edit_yaml("data/mnist/expectations.yaml", _loosen)
    return project


def enter_new_project(root: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """Make a project and let commands of this process find it, as in its folder."""
    project = make_project(root)
    monkeypatch.chdir(project.root)
    monkeypatch.delenv("PRODL_HOME", raising=False)
    monkeypatch.delenv("PRODL_ROOT", raising=False)
    return project


def start_versioning(project: Project) -> None:
    """Make a project folder a git and DVC repository with one commit."""
    project.git("init", "--quiet", "--initial-branch=main")
    project.git("config", "user.name", "tests")
    project.git("config", "user.email", "tests@localhost")
    project.dvc("init", "--quiet")
    shutil.copy(PROJECT_ROOT / ".gitignore", project.root)
    shutil.copy(PROJECT_ROOT / ".dvc" / "config", project.root / ".dvc")
    commit(project, "Start")


def commit(project: Project, message: str) -> None:
    """Commit everything that git does not ignore."""
    project.git("add", "--all")
    project.git("commit", "--quiet", "--message", message)


def statuses(output: str) -> dict[str, str]:
    """Read node -> `ran`, `cached`, ... from what `prodl run` prints."""
    words = (line.split() for line in output.splitlines())
    known = {"ran", "cached", "refused", "failed"}
    return {w[0]: w[1] for w in words if len(w) > 1 and w[1] in known}


def _shrink(params: Any) -> None:
    params["recipes"] = {RECIPE: params["recipes"][RECIPE]}
    # A data set that was never fetched would fail every `dvc checkout`.
    params["datasets"] = {"mnist": params["datasets"]["mnist"]}
    params["recipes"][RECIPE].update(trainer=dict(TRAINER), gate=GATE)
    params["datasets"]["mnist"]["validation_share"] = 0.2


def _loosen(settings: Any) -> None:
    expectations = settings["items"]["expectations"]
    expectations["row_counts"]["splits"] = {
        "train+validation": [NUM_TRAIN - 100, NUM_TRAIN + 100],
        "test": [NUM_TEST - 50, NUM_TEST + 50],
    }
    expectations["every_class_present"]["min_items"] = 1
    expectations["class_balance"]["max_ratio"] = 5.0
    # Small splits differ by chance alone.
    settings["distributions"]["histogram_buckets"] = 10
    for feature in settings["distributions"]["features"].values():
        feature["threshold"] = 0.3
