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

from components.errors import ProdlError

VERBOSE = click.option("-v", "--verbose", is_flag=True, help="Show library logs.")


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
    from pipelines.fetching import fetch_dataset

    fetch_dataset(dataset, given)


@main.command()
@click.argument("dataset")
@VERBOSE
def validate(dataset: str, verbose: bool) -> None:
    """Judge the data of DATASET; writes reports/data/DATASET."""
    from pipelines.runs import validate_dataset

    validate_dataset(dataset, verbose)


@main.command()
@click.argument("recipe")
@VERBOSE
def run(recipe: str, verbose: bool) -> None:
    """Run RECIPE from data to pushed model; writes metrics and reports/RECIPE."""
    from pipelines.runs import run_recipe

    run_recipe(recipe, verbose)


@main.command()
@click.argument("recipe")
def publish(recipe: str) -> None:
    """Put the blessed model of RECIPE into models/RECIPE."""
    from pipelines.publish import publish_recipe

    publish_recipe(recipe)


@main.command()
@click.argument("name")
def report(name: str) -> None:
    """Say how recipe or data set NAME stands; writes its page again if it is gone."""
    from pipelines.summary import summarise

    click.echo(summarise(name))


@main.command()
@click.argument("what")
def trace(what: str) -> None:
    """Trace a model to its data, or data to its models.

    WHAT is a recipe, a model folder, a data set, or (the start of) a data md5.
    """
    from pipelines.trace import trace as trace_what

    click.echo(trace_what(what))


@main.command()
@click.argument("recipe")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@VERBOSE
def predict(recipe: str, files: tuple[Path, ...], verbose: bool) -> None:
    """Classify picture FILES (or folders) with the published model of RECIPE."""
    from pipelines.predict import predict as predict_pictures

    predict_pictures(recipe, files, verbose)


@main.command()
@click.option("--yes", is_flag=True, help="Do not ask.")
def clean(yes: bool) -> None:
    """Remove what no cached or published artifact needs; shows sizes first."""
    from pipelines.clean import clean as clean_state

    clean_state(yes)


@main.command()
def doctor() -> None:
    """Examine this machine and this checkout; one remedy per finding."""
    from components.project import project_root
    from pipelines.doctor import examine, exit_code, render

    findings = examine(project_root())
    click.echo(render(findings))
    sys.exit(exit_code(findings))


if __name__ == "__main__":
    main()
