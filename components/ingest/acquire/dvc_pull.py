# SPDX-License-Identifier: Apache-2.0
"""Pull of one version of a data set with DVC, on a machine without the data folder.

DVC's Python interface clones the repository and reads from the remote without caching.
Credentials are those of the environment, as for `dvc pull`.
"""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from components.core.errors import DataNotObtainable, DataRefused
from components.core.project import project_root
from components.core.redaction import without_password, without_secrets
from components.ingest.checksums import dvc_directory_md5

# The files by which DVC recognises a project and its data versions.
DVC_FILES = ("dvc.yaml", "dvc.lock", "params.yaml", ".dvcignore", ".dvc/config*")
# Name for a remote that is given by its address.
NAMELESS_REMOTE = "asked"


@dataclass(frozen=True)
class DvcOrigin:
    """Where DVC finds a data version."""

    repo: str
    """Address of the git repository; empty for the current project, whose dvc.lock a
    container's image holds."""

    rev: str
    """Commit, tag or branch; empty for the newest."""

    remote: str
    """Name or address of the DVC remote; empty for the repository's default."""

    md5: str
    """Expected md5 of the folder."""

    def __str__(self) -> str:
        where = without_password(self.repo) or "the project's own dvc.lock"
        at = f" at {self.rev}" if self.rev else ""
        return f"{where}{at}, remote {without_password(self.remote) or '(default)'}"


def pull(origin: DvcOrigin, path: str, target: Path) -> None:
    """Get a tracked folder in a given version.

    Args:
        origin: Where it is, and its expected md5.
        path: The folder, relative to the root of the repository.
        target: Folder to fill.

    Raises:
        DataRefused: The repository records another md5, or the files have another.
        DataNotObtainable: Repository, revision, folder or remote cannot be reached, or
            the remote lacks the files.
    """
    with (
        tempfile.TemporaryDirectory(prefix="prodl-dvc-") as scratch,
        _explained(origin, path),
        _open(origin, Path(scratch)) as repo,
    ):
        recorded = _recorded_md5(repo, path)
        _compare(origin, path, recorded, "the repository records")
        # With the slash, the content of the folder is copied, not the folder itself.
        source = f"{repo.dvcfs.from_os_path(path)}/"
        repo.dvcfs.get(source, str(target), recursive=True)
    _compare(origin, path, dvc_directory_md5(target), "the remote gave")


def _open(origin: DvcOrigin, scratch: Path) -> Any:
    """Open the DVC repository as a context manager."""
    # Here, because it takes a second, and only a machine without data needs DVC.
    from dvc.repo import Repo

    core: dict[str, Any] = {"analytics": False, "check_update": False}
    config: dict[str, Any] = {"core": core}
    if "://" in origin.remote or origin.remote.startswith("/"):
        config["remote"] = {NAMELESS_REMOTE: {"url": origin.remote}}
        core["remote"] = NAMELESS_REMOTE
    elif origin.remote:
        core["remote"] = origin.remote
    if origin.repo:
        return Repo.open(origin.repo, rev=origin.rev or None, config=config)
    # An image holds the project without its git history, and may not be written to.
    core["no_scm"] = True
    for name in DVC_FILES:
        for file in project_root().glob(name):
            target = scratch / file.relative_to(project_root())
            target.parent.mkdir(exist_ok=True)
            shutil.copy(file, target)
    return Repo.open(str(scratch), uninitialized=True, config=config)


def _recorded_md5(repo: Any, path: str) -> str:
    from dvc.exceptions import OutputNotFoundError  # as in `_open`

    try:
        (out,) = repo.find_outs_by_path(repo.fs.join(repo.root_dir, path))
    except OutputNotFoundError:
        return "nothing"
    return str(out.hash_info.value)


def _compare(origin: DvcOrigin, path: str, md5: str, what: str) -> None:
    if md5 != origin.md5:
        raise DataRefused(
            f"{path}: {what} another version than the one asked for ({origin}).\n"
            f"Expected md5 {origin.md5}.\nReceived {md5}.\n"
            "Name the revision that has this version, or compile again."
        )


@contextmanager
def _explained(origin: DvcOrigin, path: str) -> Iterator[None]:
    """Turn any error of DVC, git and the remote into one for a user.

    The original is dropped: a logged traceback would show the addresses in it whole.
    """
    try:
        yield
    except DataRefused:
        raise
    except Exception as error:
        reason = without_secrets(str(error)).strip() or type(error).__name__
        raise DataNotObtainable(
            f"{path}: DVC could not get it from {origin}.\n{reason}\n"
            "Check the parameters data_repo, data_rev and data_remote, and the "
            "credentials in the environment of this step."
        ) from None
