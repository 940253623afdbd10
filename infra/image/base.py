# SPDX-License-Identifier: Apache-2.0
"""The image that the Dockerfile starts from, where no registry can be reached.

Debian 13, of the mirror that the host's apt names, signed by Debian's keys, with the
host's own Python 3.11 in /usr/local: what `python:3.11-slim-trixie` holds.
"""

import shutil
import sys
from pathlib import Path

from infra.environment import donors, host, runtime
from infra.environment.problem import EnvironmentProblem, run
from infra.image.buildah import Store

NAME = "localhost/python:3.11-slim-trixie"
RELEASE = "trixie"
DONOR = donors.DONORS["bookworm"]
PYTHON = (3, 11)
# Libraries of Python's own modules, and certificates.
PACKAGES = (
    *("ca-certificates", "netbase", "tzdata", "libbz2-1.0", "libexpat1", "libffi8"),
    *("liblzma5", "libncursesw6", "libreadline8t64", "libsqlite3-0", "libssl3t64"),
    *("libuuid1", "zlib1g"),
)
# As in Debian's own image for containers.
LEFT_OUT = ("/usr/share/doc/*", "/usr/share/man/*", "/usr/share/locale/*")
# Of the host's Python: its packages, and what only tests and C programs read.
NOT_COPIED = shutil.ignore_patterns(
    *("site-packages", "test", "tests", "config-3*", "__pycache__", "*.a", "idlelib"),
    *("tkinter", "turtledemo", "lib2to3"),
)


def make(store: Store, scratch: Path) -> str:
    """Make the base image, unless the store has it; return its name.

    Args:
        store: Where it goes.
        scratch: Folder for files on the way.

    Raises:
        EnvironmentProblem: If this Python is not 3.11 with a folder of its own, or the
            mirror has no Debian 13.
    """
    if store.has(NAME):
        return NAME
    prefix = python_prefix()
    tree = scratch / "root.tar"
    _debian(tree, scratch)
    _python(prefix, scratch / "python")
    container = store.call("from", "scratch")
    try:
        store.call("add", container, tree, "/")
        store.call("copy", container, scratch / "python", "/usr/local")
        store.call("run", "--isolation=oci", "--runtime=runc", container, "ldconfig")
        store.call("config", "--cmd", "python3", "--env", "LANG=C.UTF-8", container)
        store.call("commit", container, NAME)
    finally:
        store.call("rm", container)
    return NAME


def python_prefix(prefix: Path = Path(sys.base_prefix)) -> Path:
    """Return the folder of the host's Python; refuse one that cannot be copied.

    Args:
        prefix: The folder. Defaults to that of the Python that runs this.
    """
    version = sys.version_info[:2]
    is_alone = prefix not in (Path("/usr"), Path("/"))
    if version != PYTHON or not is_alone:
        raise EnvironmentProblem(
            "Expected a Python 3.11 in a folder of its own, to copy it into the image. "
            f"Received {version[0]}.{version[1]} in {prefix}.",
            "name an image with it: --python-image, or set up the environment with one "
            "(PRODL_PYTHON)",
        )
    return prefix


def _debian(tree: Path, scratch: Path) -> None:
    sources = scratch / "base.sources"
    found = runtime.read_sources(Path("/etc/apt"), host.release_name(), DONOR)
    donors.write_sources(found, DONOR, sources)
    options = [f"--dpkgopt=path-exclude={pattern}" for pattern in LEFT_OUT]
    packages = f"--include={','.join(PACKAGES)}"
    remedy = f"see whether the mirror has {RELEASE}, or name an image: --python-image"
    command: list[str | Path] = ["mmdebstrap", "--variant=minbase", packages, *options]
    run([*command, RELEASE, tree, sources], remedy)


def _python(prefix: Path, folder: Path) -> None:
    """Copy Python with pip, and give it the names that a container calls."""
    name = "python" + ".".join(map(str, PYTHON))
    library, packages = Path("lib") / name, Path("lib") / name / "site-packages"
    shutil.copytree(prefix / library, folder / library, ignore=NOT_COPIED)
    for path in (prefix / packages).glob("pip*"):
        shutil.copytree(path, folder / packages / path.name)
    for path in (prefix / "lib").glob("libpython3*.so*"):
        shutil.copy2(path, folder / "lib", follow_symlinks=False)
    (folder / "bin").mkdir()
    shutil.copy2(prefix / "bin" / name, folder / "bin")
    for alias in ("python", "python3"):
        (folder / "bin" / alias).symlink_to(name)
