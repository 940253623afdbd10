# SPDX-License-Identifier: Apache-2.0
"""The database of KFP's API server: MariaDB of this machine, in a folder."""

import shutil
import subprocess
from pathlib import Path
from typing import Final

from components.core.errors import UsageError
from infra.proof.processes import Servers
from tests.support.kfp.network import ADDRESS

PORT: Final = 3306
PROGRAMS: Final = ("mariadb-install-db", "mariadbd", "mariadb-admin")
TIMEOUT_SECONDS: Final = 120.0
# The database does not outlive the test: nothing waits for the disk.
OPTIONS: Final = (
    "--skip-log-bin",
    "--skip-name-resolve",
    "--innodb-flush-log-at-trx-commit=0",
    "--innodb-log-file-size=8M",
    "--innodb-buffer-pool-size=32M",
)


def missing_program() -> str:
    """Why there is no database here; empty if there is one."""
    missing = [name for name in PROGRAMS if not shutil.which(name)]
    return f"no {missing[0]}: apt-get install mariadb-server" if missing else ""


def start_database(running: Servers, folder: Path) -> None:
    """Start a database for root without a password.

    Args:
        running: The servers to which it is added.
        folder: Its folder; made.

    Raises:
        UsageError: If it cannot be made.
    """
    # The server needs short names for its socket.
    data, socket = folder / "database", folder / "db.socket"
    made = subprocess.run(
        [
            "mariadb-install-db",
            "--no-defaults",
            f"--datadir={data}",
            "--user=root",
            "--auth-root-authentication-method=normal",
            "--skip-test-db",
            "--skip-name-resolve",
        ],
        capture_output=True,
        text=True,
        timeout=TIMEOUT_SECONDS,
    )
    if made.returncode:
        raise UsageError(f"no database was made.\n{made.stderr or made.stdout}")
    running.start(
        "mariadbd",
        [
            "mariadbd",
            "--no-defaults",
            f"--datadir={data}",
            "--user=root",
            f"--socket={socket}",
            f"--bind-address={ADDRESS}",
            f"--port={PORT}",
            *OPTIONS,
        ],
    )
    running.wait("mariadbd", lambda: _answers(socket), TIMEOUT_SECONDS)


def _answers(socket: Path) -> bool:
    ping = ["mariadb-admin", "--no-defaults", f"--socket={socket}", "ping"]
    asked = subprocess.run(ping, capture_output=True, timeout=TIMEOUT_SECONDS)
    return asked.returncode == 0
