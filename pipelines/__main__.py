# SPDX-License-Identifier: Apache-2.0
"""The command line `prodl`: one verb per thing a person does, each a few lines.

Exit codes: 0 done; 2 usage or params; 3 data not obtainable; 4 data refused; 5 model
refused; 6 busy; 1 anything else.
"""

import os
import sys
from pathlib import Path
from typing import Any

import click

from components.core.errors import ProdlError

VERBOSE = click.option("-v", "--verbose", is_flag=True, help="Show library logs.")
PARAMETERS = click.option(
    "--parameter", "parameters", multiple=True, help="NAME=VALUE of the pipeline."
)
CLUSTER_OPTIONS = {
    "--pool": "Pool of the trainer: infra/pools.yaml.",
    "--image": "Container image that holds this project.",
    "--root": "Address for artifacts: gs://, s3:// or minio://.",
    "--published": "Address of published models.",
    "--data-repo": "Git repository that DVC pulls from.",
    "--data-rev": "Revision of that repository.",
    "--data-remote": "DVC remote, by name or address.",
}


def CLUSTER(command: Any) -> Any:  # noqa: N802, used like the decorators above
    """Give a verb the options that describe a cluster."""
    for name, text in CLUSTER_OPTIONS.items():
        command = click.option(name, default="", help=text)(command)
    return command


class _Verbs(click.Group):
    """Turns a `ProdlError` into its message and its exit code."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except ProdlError as error:
            click.echo(f"prodl: {error}", err=True)
            ctx.exit(error.exit_code)


@click.group(cls=_Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="prodl")
def main() -> None:
    """Textbook deep-learning systems as production pipelines.

    Exit codes: 0 done, 2 usage or params, 3 data not obtainable, 4 data refused,
    5 model refused, 6 busy, 1 anything else.
    """
    # TensorFlow reads it when it is imported: a tenth of the time of a training step
    # on processors where it is off by default.
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")


@main.command()
@click.argument("dataset")
@click.option(
    "--from",
    "given",
    type=click.Path(exists=True, path_type=Path),
    help="Take the files from this folder or archive.",
)
def fetch(dataset: str, given: Path | None) -> None:
    """Get the raw files of DATASET and verify every byte."""
    from pipelines.commands.fetch import fetch_dataset

    fetch_dataset(dataset, given)


@main.command()
@click.argument("dataset")
@VERBOSE
def validate(dataset: str, verbose: bool) -> None:
    """Judge the data of DATASET; writes reports/data/DATASET."""
    from pipelines.local.run import validate_dataset

    validate_dataset(dataset, verbose)


@main.command()
@click.argument("recipe")
@VERBOSE
def run(recipe: str, verbose: bool) -> None:
    """Run RECIPE from data to pushed model; writes metrics and reports/RECIPE."""
    from pipelines.local.run import run_recipe

    run_recipe(recipe, verbose)


@main.command()
@click.argument("recipe")
def publish(recipe: str) -> None:
    """Put the blessed model of RECIPE into models/RECIPE."""
    from pipelines.commands.publish import publish_recipe

    publish_recipe(recipe)


@main.command()
@click.argument("name")
def report(name: str) -> None:
    """Say how recipe or data set NAME stands; writes its page again if it is gone."""
    from pipelines.commands.report import summarise

    click.echo(summarise(name))


@main.command()
@click.argument("what")
def trace(what: str) -> None:
    """Trace a model to its data, or data to its models.

    WHAT is a recipe, a model folder, a data set, or (the start of) a data md5.
    """
    from pipelines.commands.trace import trace as trace_what

    click.echo(trace_what(what))


@main.command()
@click.argument("recipe")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@VERBOSE
def predict(recipe: str, files: tuple[Path, ...], verbose: bool) -> None:
    """Classify picture FILES (or folders) with the published model of RECIPE."""
    from pipelines.commands.predict import predict as predict_pictures

    predict_pictures(recipe, files, verbose)


@main.command(name="compile")
@click.argument("recipe")
@CLUSTER
@click.option("-o", "path", required=True, type=click.Path(path_type=Path))
@VERBOSE
def compile_(recipe: str, path: Path, verbose: bool, **wishes: str) -> None:
    """Write RECIPE as a specification for Kubeflow Pipelines."""
    from pipelines.console import log_file, quiet
    from pipelines.kubeflow.compile import Wishes, write_specification

    with quiet(log_file(f"compile-{recipe}"), verbose):
        write_specification(recipe, path, Wishes(**wishes))


@main.command()
@click.argument("what")
@CLUSTER
@PARAMETERS
@VERBOSE
def emulate(
    what: str, parameters: tuple[str, ...], verbose: bool, **wishes: str
) -> None:
    """Execute WHAT, a compiled file or a recipe, here as a cluster would."""
    from pipelines.console import log_file, quiet
    from pipelines.emulator.emulate import emulate as emulate_what
    from pipelines.emulator.emulate import read_assignments
    from pipelines.kubeflow.compile import Wishes

    with quiet(log_file(f"emulate-{Path(what).stem}"), verbose):
        emulate_what(what, Wishes(**wishes), read_assignments(parameters))


@main.command()
@click.argument("recipe")
@click.option("--host", required=True, help="Address of Kubeflow Pipelines.")
@click.option("--namespace", default="", help="Yours, where there are several users.")
@click.option("--dry-run", is_flag=True, help="Say what would be sent; send nothing.")
@CLUSTER
@PARAMETERS
@VERBOSE
def submit(
    recipe: str,
    host: str,
    namespace: str,
    dry_run: bool,
    parameters: tuple[str, ...],
    verbose: bool,
    **wishes: str,
) -> None:
    """Run RECIPE on Kubeflow Pipelines, and follow it to its end."""
    from pipelines.console import log_file, quiet
    from pipelines.emulator.emulate import read_assignments
    from pipelines.kubeflow.compile import Wishes
    from pipelines.kubeflow.submit import submit as submit_recipe

    given = read_assignments(parameters)
    with quiet(log_file(f"submit-{recipe}"), verbose):
        submit_recipe(recipe, host, Wishes(**wishes), given, namespace, dry_run)


@main.command()
@click.argument("sentence")
@click.option("--words", default=28, type=click.IntRange(0, 1000), show_default=True)
@click.option("--recipe", default="alice-lstm", show_default=True)
@click.option(
    "--temperature",
    default=0.0,
    type=click.FloatRange(min=0),
    show_default=True,
    help="0 takes the most probable word each time.",
)
@click.option("--top-k", default=0, type=click.IntRange(min=0), help="0 for all.")
@click.option("--top-p", default=1.0, type=click.FloatRange(0, 1), show_default=True)
@click.option("--beam", default=0, type=click.IntRange(0, 32), help="Beam search.")
@click.option("--seed", default=1, type=click.IntRange(0, 2**31 - 1), show_default=True)
@VERBOSE
def complete(
    sentence: str,
    words: int,
    recipe: str,
    temperature: float,
    top_k: int,
    top_p: float,
    beam: int,
    seed: int,
    verbose: bool,
) -> None:
    """Go on with SENTENCE as the published language model does."""
    from components.serving.complete import Sampling
    from pipelines.commands.complete import complete_sentence

    sampling = Sampling(temperature, top_k, top_p, seed)
    complete_sentence(sentence, words, recipe, sampling, beam, verbose)


@main.command()
@click.argument("recipe")
@click.option(
    "-n",
    "count",
    default=36,
    show_default=True,
    type=click.IntRange(1, 10_000),
    help="How many.",
)
@click.option(
    "--seed",
    default=0,
    show_default=True,
    type=click.IntRange(0, 2**31 - 1),
    help="The same seed gives the same pictures.",
)
@click.option(
    "-o",
    "output",
    default="samples.png",
    show_default=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="PNG file to write.",
)
@click.option(
    "--class",
    "label",
    default=None,
    help="Class to make pictures of, for a model trained with classes.",
)
@VERBOSE
def sample(
    recipe: str, count: int, seed: int, output: Path, label: str | None, verbose: bool
) -> None:
    """Make pictures with the published generator of RECIPE."""
    from pipelines.commands.sample import sample as sample_pictures

    sample_pictures(recipe, count, seed, output, label, verbose)


@main.command()
@click.argument("recipe")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "-o",
    "folder",
    default="denoised",
    show_default=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder to write to.",
)
@VERBOSE
def denoise(recipe: str, files: tuple[Path, ...], folder: Path, verbose: bool) -> None:
    """Free picture FILES of noise with the published denoiser of RECIPE."""
    from pipelines.commands.denoise import denoise as denoise_pictures

    denoise_pictures(recipe, files, folder, verbose)


@main.command()
@click.option("--yes", is_flag=True, help="Do not ask.")
def clean(yes: bool) -> None:
    """Remove what no cached or published artifact needs; shows sizes first."""
    from pipelines.commands.clean import clean as clean_state

    clean_state(yes)


@main.command()
def doctor() -> None:
    """Examine this machine and this checkout; one remedy per finding."""
    from components.core.project import project_root
    from pipelines.doctor.checks import examine, exit_code, render

    findings = examine(project_root())
    click.echo(render(findings))
    sys.exit(exit_code(findings))


if __name__ == "__main__":
    main()
