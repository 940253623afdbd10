# SPDX-License-Identifier: Apache-2.0
"""`prodl fetch`: the raw files of a data set into `data/raw/<dataset>/<variant>`."""

import sys
from pathlib import Path

import click

from components.core.errors import UsageError
from components.core.project import project_root
from components.ingest.fetch.fetch import fetch
from components.ingest.source_list import SourceList, read_source_list
from pipelines.config import load_config
from pipelines.console import say
from pipelines.git_ignore import keep_out_of_git
from pipelines.lock import die_with_parent


@click.command()
@click.argument("dataset")
@click.option(
    "--from",
    "provided",
    type=click.Path(exists=True, path_type=Path),
    help="Take the files from this folder, archive or file.",
)
@click.option(
    "--replace",
    is_flag=True,
    help="Take them in place of your own that are there: new rows, other pictures.",
)
@click.option("--yes", is_flag=True, help="Copy gigabytes without asking.")
def command(dataset: str, provided: Path | None, replace: bool, yes: bool) -> None:
    """Get the raw files of DATASET and verify every byte."""
    fetch_dataset(dataset, provided, yes, replace)


def fetch_dataset(
    dataset: str, provided: Path | None, yes: bool = False, replace: bool = False
) -> None:
    """Get and verify the raw files of a data set.

    Args:
        dataset: Name of the data set.
        provided: Folder or file of the user; None to download the files.
        yes: Copy gigabytes without asking. Defaults to False.
        replace: Take the provided files in place of the user's that are present.
            Defaults to False.

    Raises:
        DataNotObtainable: With every source and its own reason.
    """
    die_with_parent()
    root = project_root()
    configured = load_config(root).dataset(dataset).variant
    source_list = read_source_list(root, dataset)
    variant = choose_variant(source_list, configured, provided)
    folder = root / "data" / "raw" / dataset / variant
    agree = agree_silently if yes else ask
    fetch(source_list, variant, folder, provided, say, agree, replace)
    keep_out_of_git(root, folder)
    if replace:
        say(f"next: prodl validate {dataset}, or dvc repro")
    if variant != configured:
        say(
            f"params.yaml says datasets.{dataset}.variant: {configured}. To use what "
            f"was fetched now, change it to: {variant}"
        )


def ask(question: str) -> None:
    """Ask the user a question on the terminal.

    Raises:
        UsageError: The answer is no, or there is no terminal to ask on.
    """
    if not sys.stdin.isatty():
        raise UsageError(f"{question}\nExpected an answer. Say --yes if it is yes.")
    if not click.confirm(question):
        raise UsageError("nothing was copied.\nGive another folder with --from.")


def agree_silently(question: str) -> None:
    """Answer a question with yes."""
    del question


def choose_variant(
    source_list: SourceList, configured: str, provided: Path | None
) -> str:
    """Choose the variant that a fetch gets.

    Provided files keep their identity: a file that the publisher lists belongs to the
    publisher's variant, other files to the user's own variant if there is one.
    Synthetic data are generated, so no files can be provided for them.

    Args:
        source_list: The data set.
        configured: The variant in params.yaml.
        provided: The user's folder or file; None for none.
    """
    if provided is None or not provided.exists():
        return configured
    paths = list(provided.iterdir()) if provided.is_dir() else [provided]
    offered = {(path.name, path.stat().st_size) for path in paths if path.is_file()}
    for name, variant in source_list.variants.items():
        if offered & {(file.name, file.size) for file in variant.files}:
            return name
    if source_list.variant(configured).origin in ("kaggle", "user"):
        return configured
    takers = (
        name
        for origin in ("kaggle", "user")
        for name, variant in source_list.variants.items()
        if variant.origin == origin
    )
    return next(takers, configured)
