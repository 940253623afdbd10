# SPDX-License-Identifier: Apache-2.0
"""Record what KFP's programs say: `python -m tests.support.kfp.record RECIPE...`.

The programs are those of PRODL_KFP_PROGRAMS. A recipe of the tests' small project runs
whole, minutes, with the first release and on CPUs; for other pools its steps answer
what they answered then, seconds. A later release runs the files that were recorded.
"""

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path

import kfp

from components.core.errors import ProdlError
from pipelines.kubeflow.spec import read_specification
from tests.support import preloaded
from tests.support.gan_recipe import GAN, add_gan, publish_classifier
from tests.support.kfp.cluster import start_cluster
from tests.support.kfp.installation import reason_to_skip, start_installation
from tests.support.kfp.normal_form import record_steps, record_workflow
from tests.support.kfp.programs import Programs, find_programs
from tests.support.kfp.records import (
    FIRST_VERSION,
    WHOLE_POOL,
    RecordName,
    Steps,
    read_file,
    read_steps,
    write_file,
    write_record,
)
from tests.support.kfp.replay import replay
from tests.support.kfp.run import run_specification
from tests.support.project import RECIPE, Project, make_project

POOLS = ("cpu", "gpu", "tpu")
RECIPES = (RECIPE, GAN)
# The recipe and the pool whose Workflow is recorded as well: every other one is alike.
WITH_WORKFLOW = (RECIPE, "gpu")


def main(arguments: list[str]) -> int:
    """Record recipes; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("recipes", nargs="*", default=RECIPES, metavar="RECIPE")
    parser.add_argument("--pools", nargs="+", default=POOLS, choices=POOLS)
    parser.add_argument(
        "--replay",
        action="store_true",
        help="run no step: all answer what the record of the first release says",
    )
    args = parser.parse_args(arguments)
    # As tests/conftest.py does for the commands of a project.
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
    preloaded.share_folder()
    try:
        programs = find_programs()
        with tempfile.TemporaryDirectory(prefix="prodl-record-") as folder:
            for recipe in args.recipes:
                place = Path(folder, recipe)
                record_recipe(programs, place, recipe, args.pools, args.replay)
    except ProdlError as error:
        print(f"record: {error}", file=sys.stderr)
        return error.exit_code
    return 0


def record_recipe(
    programs: Programs,
    folder: Path,
    recipe: str,
    pools: list[str],
    is_replayed: bool = False,
) -> None:
    """Record a recipe for some pools.

    Args:
        programs: KFP's programs.
        folder: Folder for the project and the services; made.
        recipe: Name of the recipe.
        pools: Pools; CPUs must be recorded first.
        is_replayed: Replay the answers of an earlier recording even where the steps
            would run. Defaults to False.

    Raises:
        ProdlError: If a step failed.
    """
    image = folder / "project"
    answers = RecordName(FIRST_VERSION, recipe, WHOLE_POOL)
    project = _project(image, recipe) if programs.version == FIRST_VERSION else None
    # A later release runs the files of the first one, whose steps need no image.
    image.mkdir(parents=True, exist_ok=True)
    for pool in sorted(pools, key=lambda pool: pool != WHOLE_POOL):
        name = RecordName(programs.version, recipe, pool)
        path = folder / f"{recipe}-{pool}.yaml"
        if project:
            project.check("prodl", "compile", recipe, "--pool", pool, "-o", str(path))
        else:
            first = RecordName(FIRST_VERSION, recipe, pool)
            path.write_text(read_file(first, ".yaml"))
        is_run = name == answers and not is_replayed
        earlier = None if is_run else read_steps(answers)
        steps = run_steps(programs, image, path, folder / pool, earlier)
        write_record(name, path.read_text(), steps)
        print(f"{name}: {len(steps)} steps", flush=True)
        if (recipe, pool) == WITH_WORKFLOW:
            _record_workflow(programs, image, name, path, folder / "installation")


def run_steps(
    programs: Programs,
    image: Path,
    path: Path,
    folder: Path,
    earlier: Steps | None,
) -> Steps:
    """Run a compiled file; return its steps as they are recorded.

    Args:
        programs: KFP's programs.
        image: A project folder, in the place of the image.
        path: The compiled file.
        folder: Folder for the services; made.
        earlier: Steps of a record to replay; None to run the steps themselves.
    """
    change = replay(earlier) if earlier else None
    with start_cluster(programs, image, folder) as cluster:
        run = run_specification(cluster, read_specification(path), change=change)
        if run.error:
            raise run.error
        return record_steps(run, str(image))


def _record_workflow(
    programs: Programs, image: Path, name: RecordName, path: Path, folder: Path
) -> None:
    """Record the Workflow that the API server makes of a compiled file."""
    if reason := reason_to_skip(programs):
        print(f"{name}: no Workflow: {reason}", flush=True)
        return
    with start_installation(programs, image, folder) as installation:
        client = kfp.Client(host=installation.host)
        client.create_run_from_pipeline_package(str(path), run_name=name.recipe)
        workflow = record_workflow(installation.next_workflow())
    text = json.dumps(workflow, indent=1, sort_keys=True) + "\n"
    write_file(name, ".workflow.json", text)
    print(f"{name}: Workflow", flush=True)


def _project(root: Path, recipe: str) -> Project:
    """The tests' small project; for a GAN with the published model that it needs."""
    project = make_project(root)
    if recipe == GAN:
        add_gan(project)
        publish_classifier(project)
    return project


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
