# SPDX-License-Identifier: Apache-2.0
"""Pull one version of a data set with DVC, on a machine that has no data folder.

DVC's own Python interface is used: it clones the repository, asks the remote and
caches nothing. Credentials are those of the environment, as for `dvc pull`.
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
from components.ingest.checksums import dvc_directory_md5

# What DVC needs to know a project, and nothing of what the project is about.
RECORDS = ("dvc.yaml", "dvc.lock", "params.yaml", ".dvcignore", ".dvc/config*")
# Name of a remote that is given by its address.
ASKED_REMOTE = "asked"


@dataclass(frozen=True)
class DvcOrigin:
    """Where DVC finds a data version.

    Attributes:
        repo: Address of the git repository; empty for the project at hand, whose
            dvc.lock a container's image holds.
        rev: Commit, tag or branch; empty for the newest.
        remote: Name or address of the DVC remote; empty for the repository's default.
        md5: What DVC must call the folder.
    """

    repo: str
    rev: str
    remote: str
    md5: str

    def __str__(self) -> str:
        where = self.repo or "the project's own dvc.lock"
        at = f" at {self.rev}" if self.rev else ""
        return f"{where}{at}, remote {self.remote or '(default)'}"


def pull(origin: DvcOrigin, path: str, target: Path) -> None:
    """Get a tracked folder in the version asked for.

    Args:
        origin: Where it is, and what it must be.
        path: The folder, relative to the root of the repository.
        target: Folder to fill.

    Raises:
        DataRefused: The repository, or what came, has another md5.
        DataNotObtainable: Repository, revision, folder or remote are out of reach, or
            the remote lacks the files.
    """
    with (
        tempfile.TemporaryDirectory(prefix="prodl-dvc-") as scratch,
        _explained(origin, path),
        _open(origin, Path(scratch)) as repo,
    ):
        recorded = _recorded_md5(repo, path)
        _compare(origin, path, recorded, "the repository records")
        # The slash: what lies in the folder, not the folder itself.
        source = f"{repo.dvcfs.from_os_path(path)}/"
        repo.dvcfs.get(source, str(target), recursive=True)
    _compare(origin, path, dvc_directory_md5(target), "the remote gave")


def _open(origin: DvcOrigin, scratch: Path) -> Any:
    """The DVC repository as a context manager."""
    from dvc.repo import Repo

    core: dict[str, Any] = {"analytics": False, "check_update": False}
    config: dict[str, Any] = {"core": core}
    if "://" in origin.remote or origin.remote.startswith("/"):
        config["remote"] = {ASKED_REMOTE: {"url": origin.remote}}
        core["remote"] = ASKED_REMOTE
    elif origin.remote:
        core["remote"] = origin.remote
    if origin.repo:
        return Repo.open(origin.repo, rev=origin.rev or None, config=config)
    # An image holds the project without its git history, and may not be written to.
    core["no_scm"] = True
    for name in RECORDS:
        for file in project_root().glob(name):
            target = scratch / file.relative_to(project_root())
            target.parent.mkdir(exist_ok=True)
            shutil.copy(file, target)
    return Repo.open(str(scratch), uninitialized=True, config=config)


def _recorded_md5(repo: Any, path: str) -> str:
    from dvc.exceptions import OutputNotFoundError

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
    """Turn what DVC, git and the remote raise into one error for a user."""
    try:
        yield
    except DataRefused:
        raise
    except Exception as error:
        reason = str(error).strip() or type(error).__name__
        raise DataNotObtainable(
            f"{path}: DVC could not get it from {origin}.\n{reason}\n"
            "Check the parameters data_repo, data_rev and data_remote, and the "
            "credentials in the environment of this step."
        ) from error
