# SPDX-License-Identifier: Apache-2.0
"""`prodl fetch`: get the raw files of a data set to `data/raw/<dataset>/<variant>`."""

from pathlib import Path

from components.ingest.fetch import fetch
from components.ingest.sources import read_source_list
from components.project import project_root
from pipelines.config import load_config
from pipelines.console import say
from pipelines.lock import die_with_parent


def fetch_dataset(dataset: str, from_dir: Path | None) -> None:
    """Get and verify the raw files of a data set.

    Args:
        dataset: Name of the data set.
        from_dir: Folder that holds the files already; None to download them.

    Raises:
        DataNotObtainable: With every source and its own reason.
    """
    die_with_parent()
    root = project_root()
    variant = load_config(root).dataset(dataset).variant
    source_list = read_source_list(root, dataset)
    fetch(
        source_list, variant, root / "data" / "raw" / dataset / variant, from_dir, say
    )
