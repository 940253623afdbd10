# SPDX-License-Identifier: Apache-2.0
"""Download of a Kaggle competition with Kaggle's own client and the user's token.

The client reads the token from its environment variables or its own file. The token is
neither read, stored nor printed here.
"""

import subprocess
import sys
from pathlib import Path
from typing import Final

from components.core.errors import DataNotObtainable
from components.core.redaction import without_secrets
from components.ingest.source_list import SourceList

_LINES_SHOWN: Final = 6


def download_competition(
    source_list: SourceList, competition: str, folder: Path
) -> Path:
    """Download all files of a competition.

    Args:
        source_list: The data set, whose advice ends an error message.
        competition: Name of the competition.
        folder: Folder for the download; a part that is there is resumed.

    Returns:
        Kaggle's zip.

    Raises:
        DataNotObtainable: No token, no access, or no network; the message has remedies.
    """
    command = (sys.executable, "-P", "-m", "kaggle", "competitions", "download")
    answer = subprocess.run(
        (*command, competition, "--path", str(folder)),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        # It may quote what a server sent, whatever it is.
        errors="replace",
    )
    archive = folder / f"{competition}.zip"
    # The client also exits with 0 if it only asks for a token.
    if answer.returncode or not archive.is_file():
        raise DataNotObtainable(
            _failure_message(source_list, competition, answer.stdout)
        )
    return archive


def _failure_message(source_list: SourceList, competition: str, answer: str) -> str:
    text = without_secrets(answer)
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    shown = "\n".join(f"  {line}" for line in lines[-_LINES_SHOWN:]) or "  nothing"
    return (
        f"{source_list.dataset}: Kaggle's client could not download the competition "
        f"{competition}. It said:\n{shown}\n"
        f"1. Log in to Kaggle, open the competition and accept its rules.\n"
        f"2. Create an API token and set KAGGLE_API_TOKEN, then fetch again.\n"
        f"Or give files that you have: prodl fetch {source_list.dataset} --from PATH\n"
        f"{source_list.by_hand}"
    ).rstrip()
