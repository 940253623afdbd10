# SPDX-License-Identifier: Apache-2.0
"""Measure one epoch on an NVIDIA GPU beside the CPU of the same machine.

    python benchmarks/gpu.py [--recipes mnist-cnn cats-dogs-vgg16]

Protocol: the CUDA libraries of infra/image/gpu.lock are added, by hash, to a copy of
`.venv` in `.tools/gpu`; `.venv` stays as it is. Each recipe then runs as `prodl run`
does, in a project folder with a state of its own, on the GPU, and once more with the
GPU hidden and another seed, so that its data steps come from the cache and its training
does not. Images per second: of a network that is trained, the training images by the
seconds of the second epoch, since the first one traces and compiles; of a pretrained
one, all images by the seconds of their features, which are computed once. The numbers
format of each training is in the table: the fastest of its device.

Takes at most ten minutes beside the set-up; where no NVIDIA GPU answers, it prints the
reason and ends with 0.
"""

import argparse
import csv
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from project import (
    ROOT,
    STATE,
    Run,
    make_project,
    prodl,
    read_params,
    read_run,
    write_params,
)
from tables import markdown

LIMIT_SECONDS = 600
LOCK = ROOT / "infra" / "image" / "gpu.lock"
ENVIRONMENT = ROOT / ".tools" / "gpu"
# TensorFlow then finds no GPU.
HIDDEN = {"CUDA_VISIBLE_DEVICES": "-1"}
SEEDS = {"gpu": 1, "cpu": 2}
HEADER = [
    "recipe",
    "device",
    "numbers",
    "images",
    "seconds",
    "images/s",
    "of the CPU's",
]


def main() -> None:
    """Set up, measure and print the table, or the reason for none."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    recipes = ["mnist-cnn", "cats-dogs-vgg16"]
    parser.add_argument("--recipes", nargs="+", default=recipes)
    arguments = parser.parse_args()
    if reason := reason_for_none():
        print(f"gpu: skipped: {reason}")
        return
    sys.path.insert(0, str(ROOT))
    python = set_up(ENVIRONMENT)
    deadline = time.monotonic() + LIMIT_SECONDS
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        project = prepare(Path(folder), arguments.recipes)
        for recipe in arguments.recipes:
            found = {
                device: train(project, recipe, device, python, deadline)
                for device in SEEDS
            }
            rows += compare(recipe, found, count_items(found["gpu"]))
    print(markdown(HEADER, rows))


def reason_for_none(program: str = "nvidia-smi") -> str:
    """Say why nothing can be measured here; empty if a GPU answers.

    Args:
        program: The driver's own program. Defaults to nvidia-smi.
    """
    if shutil.which(program) is None:
        return f"no NVIDIA GPU: {program} is not on PATH"
    listed = subprocess.run(
        [program, "--list-gpus"], capture_output=True, text=True, check=False
    )
    if listed.returncode != 0 or "GPU 0" not in listed.stdout:
        said = (listed.stdout + listed.stderr).strip() or "nothing"
        return f"no NVIDIA GPU: {program} says {said}"
    print(f"gpu: {listed.stdout.splitlines()[0].partition(' (UUID')[0]}")
    return ""


def set_up(folder: Path) -> Path:
    """Return the Python of an environment with the CUDA libraries; make it if needed.

    Args:
        folder: The environment, a copy of `.venv` that shares its files.
    """
    # The import needs the project's root on the path, which main() puts there.
    from infra.environment import index, packages
    from infra.environment.problem import run

    stamp = folder / "gpu-stamp"
    wanted = LOCK.read_text(encoding="utf-8") + (ROOT / "requirements.lock").read_text(
        encoding="utf-8"
    )
    if not stamp.exists() or stamp.read_text(encoding="utf-8") != wanted:
        print("gpu: installing the CUDA libraries, 2.8 GB", file=sys.stderr)
        shutil.rmtree(folder, ignore_errors=True)
        run(["cp", "--archive", "--link", ROOT / ".venv", folder], "free some space")
        base = Path(getattr(sys, "_base_executable", sys.executable))
        uv = [ROOT / ".tools/bin/uv", "pip", "install", "--no-deps", "--require-hashes"]
        into = ["--python", folder / "bin/python", "--requirement", LOCK]
        environ = index.uv_environment(packages.find_pip(base))
        run([*uv, *into], packages.REMEDY, environ)
        stamp.write_text(wanted, encoding="utf-8")
    return folder / "bin" / "python"


def prepare(folder: Path, recipes: Sequence[str]) -> Path:
    """Make a project folder whose trainings are short, with its raw data."""
    project = make_project(folder, with_raw_data=False)
    params = read_params(project)
    for recipe in recipes:
        trainer = params["recipes"][recipe]["trainer"]
        trainer["epochs"] = 1 if "base" in trainer else 2
    write_params(project, params)
    for dataset in sorted({params["recipes"][name]["dataset"] for name in recipes}):
        prodl(project, "fetch", dataset)
    return project


def train(
    project: Path, recipe: str, device: str, python: Path, deadline: float
) -> Run:
    """Run a recipe on one device, and return its results.

    Args:
        project: A folder of `prepare`.
        recipe: Name of the recipe.
        device: `gpu` or `cpu`.
        python: The environment's.
        deadline: Monotonic time at which the benchmark ends.
    """
    params = read_params(project)
    params["recipes"][recipe]["seed"] = SEEDS[device]
    write_params(project, params)
    # Features that the other device computed would be used.
    shutil.rmtree(project / STATE / "features", ignore_errors=True)
    own = {"PRODL_ROOT": str(project), "PRODL_HOME": str(project / STATE)}
    own |= {"PYTHONPATH": str(ROOT), **(HIDDEN if device == "cpu" else {})}
    command = [str(python), "-m", "pipelines", "run", recipe]
    try:
        subprocess.run(
            command,
            check=True,
            cwd=project,
            env=os.environ | own,
            stdout=sys.stderr,
            timeout=max(1, deadline - time.monotonic()),
        )
    except subprocess.TimeoutExpired:
        raise SystemExit(
            f"gpu: {recipe} on the {device}: all together takes more than "
            f"{LIMIT_SECONDS / 60:.0f} minutes. Measure one recipe: --recipes {recipe}"
        ) from None
    found = read_run(project, recipe)
    if device not in found.provenance["devices"]:
        raise SystemExit(
            f"gpu: {recipe}: expected a training on the {device}. Received "
            f"{found.provenance['devices']}. See what TensorFlow says: "
            f"{python} -c 'import tensorflow as tf; tf.config.list_physical_devices()'"
        )
    return found


def count_items(run: Run) -> Mapping[str, int]:
    """Return the number of sound items of each split, as `num_train`."""
    # It imports Beam: only where something was measured.
    from components.ingest.beam import outputs

    return outputs.count_items(Path(run.steps["Ingest"]["outputs"]["items"]))


def compare(
    recipe: str, found: Mapping[str, Run], items: Mapping[str, int]
) -> list[list[str]]:
    """Return a row for each device."""
    measured = {device: throughput(run, items) for device, run in found.items()}
    images, seconds = measured["cpu"]
    slow = images / seconds
    return [
        [
            recipe,
            found[device].provenance["devices"],
            found[device].provenance["precision"],
            f"{images:,}",
            f"{seconds:.2f}",
            f"{images / seconds:,.0f}",
            f"{images / seconds / slow:.1f} x",
        ]
        for device, (images, seconds) in measured.items()
    ]


def throughput(run: Run, items: Mapping[str, int]) -> tuple[int, float]:
    """Return the images of a measurement, and its seconds.

    Args:
        run: The results.
        items: Number of items by split, as of `count_items`.
    """
    details: Mapping[str, Any] = run.provenance["details"]
    if "feature_seconds" in details:
        return items["num_train"] + items["num_validation"], float(
            details["feature_seconds"]
        )
    history = Path(run.training["outputs"]["model_run"]) / "history.csv"
    with history.open(encoding="utf-8", newline="") as file:
        last = list(csv.DictReader(file))[-1]
    return items["num_train"], float(last["seconds"])


if __name__ == "__main__":
    main()
