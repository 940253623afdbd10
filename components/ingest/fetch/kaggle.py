# SPDX-License-Identifier: Apache-2.0
"""Download a competition with Kaggle's own client, as the user has set it up.

The client reads the user's token from its environment variables or its own file. The
token is neither read, stored nor printed here.
"""

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

from components.core.errors import DataNotObtainable
from components.ingest.source_list import SourceList

_SECRETS: Final = ("KAGGLE_API_TOKEN", "KAGGLE_KEY")
_LINES_SHOWN: Final = 6


def download_competition(
    source_list: SourceList, competition: str, folder: Path
) -> Path:
    """Download all files of a competition.

    Args:
        source_list: The data set, for its advice.
        competition: Name of the competition.
        folder: Where to put them; a part that is there is continued.

    Returns:
        Kaggle's zip.

    Raises:
        DataNotObtainable: No token, no access, or no network; with what to do.
    """
    command = (sys.executable, "-m", "kaggle", "competitions", "download")
    answer = subprocess.run(
        (*command, competition, "--path", str(folder)),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    archive = folder / f"{competition}.zip"
    # The client ends with 0 as well where it only asks for a token.
    if answer.returncode or not archive.is_file():
        raise DataNotObtainable(_how_to_help(source_list, competition, answer.stdout))
    return archive


def _how_to_help(source_list: SourceList, competition: str, answer: str) -> str:
    for name in _SECRETS:
        if secret := os.environ.get(name):
            answer = answer.replace(secret, "***")
    lines = [line.strip() for line in answer.splitlines() if line.strip()]
    said = "\n".join(f"  {line}" for line in lines[-_LINES_SHOWN:]) or "  nothing"
    return (
        f"{source_list.dataset}: Kaggle's client could not download the competition "
        f"{competition}. It said:\n{said}\n"
        f"1. Log in to Kaggle, open the competition and accept its rules.\n"
        f"2. Create an API token and set KAGGLE_API_TOKEN, then fetch again.\n"
        f"Or give files that you have: prodl fetch {source_list.dataset} --from PATH\n"
        f"{source_list.by_hand}"
    ).rstrip()
