# SPDX-License-Identifier: Apache-2.0
"""`prodl fetch`: get the raw files of a data set to `data/raw/<dataset>/<variant>`."""

from pathlib import Path

from components.core.project import project_root
from components.ingest.fetch.fetch import fetch
from components.ingest.source_list import SourceList, read_source_list
from pipelines.config import load_config
from pipelines.console import say
from pipelines.lock import die_with_parent


def fetch_dataset(dataset: str, given: Path | None) -> None:
    """Get and verify the raw files of a data set.

    Args:
        dataset: Name of the data set.
        given: Folder or file that the user has already; None to obtain them.

    Raises:
        DataNotObtainable: With every source and its own reason.
    """
    die_with_parent()
    root = project_root()
    configured = load_config(root).dataset(dataset).variant
    source_list = read_source_list(root, dataset)
    variant = choose_variant(source_list, configured, given)
    folder = root / "data" / "raw" / dataset / variant
    fetch(source_list, variant, folder, given, say)
    if variant != configured:
        say(
            f"params.yaml says datasets.{dataset}.variant: {configured}. To use what "
            f"was fetched now, change it to: {variant}"
        )


def choose_variant(source_list: SourceList, configured: str, given: Path | None) -> str:
    """Which variant a fetch is about.

    What a user gives is never stored as something else: a file that the publisher lists
    is the publisher's variant, other files are the user's own where there is such a
    variant. Synthetic data are drawn, so nothing can be given for them.

    Args:
        source_list: The data set.
        configured: The variant in params.yaml.
        given: What the user gave, None for nothing.
    """
    if given is None or not given.exists():
        return configured
    paths = list(given.iterdir()) if given.is_dir() else [given]
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
