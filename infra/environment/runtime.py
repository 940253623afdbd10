# SPDX-License-Identifier: Apache-2.0
"""A newer C runtime for the environment's Python, in `.venv/runtime`.

Two wheels need glibc 2.39 and the C++ library of GCC 13. On an older Debian three
packages of the next release are unpacked into `.venv/runtime`, and the environment's
interpreter is patched to load them. The system is not changed, and programs that this
Python starts use the system's own libraries.
"""

import hashlib
import shutil
from collections.abc import Mapping
from pathlib import Path

from infra.environment import donors
from infra.environment.donors import DONORS, ELSEWHERE, Donor, Packages
from infra.environment.host import Interpreter
from infra.environment.problem import EnvironmentProblem, attempt, run, tail

LOADER = "ld-linux-x86-64.so.2"
# Loaded at start. Otherwise a wheel with a RUNPATH of its own could load the host's
# version first, which is too old for the next wheel.
PRELOADED = (
    "libstdc++.so.6",
    "libgcc_s.so.1",
    "libm.so.6",
    "libdl.so.2",
    "libpthread.so.0",
    "librt.so.1",
    "libutil.so.1",
    "libresolv.so.2",
)

# Read after the system's own settings: proxies and certificates stay, everything else
# is replaced (no pins, no hooks, no package state of the host), and what is not signed
# is not taken.
APT_SETTINGS = """
Dir::Etc::sourcelist "/dev/null";
Dir::Etc::sourceparts "{folder}/sources";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
Dir::State "{folder}/state";
Dir::State::lists "{folder}/lists";
Dir::State::status "/dev/null";
Dir::Cache "{folder}/cache";
Dir::Cache::archives "{folder}/archives";
Acquire::Languages "none";
Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";
Acquire::AllowInsecureRepositories "false";
Acquire::AllowWeakRepositories "false";
Acquire::AllowDowngradeToInsecureRepositories "false";
APT::Get::AllowUnauthenticated "false";
APT::Default-Release "";
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
"""


def find_donor(host_release: str, glibc: tuple[int, int]) -> Donor:
    """Return the release whose runtime is used.

    Args:
        host_release: The host's code name.
        glibc: Its C library, for the message.
    """
    donor = DONORS.get(host_release)
    if donor is None or not shutil.which("apt-get") or not shutil.which("dpkg-deb"):
        received = (
            f"glibc {glibc[0]}.{glibc[1]} on {host_release or 'an unnamed release'}"
        )
        raise EnvironmentProblem(
            f"Expected glibc 2.39 or newer, or one of {', '.join(DONORS)} with apt. "
            f"Received {received}.",
            ELSEWHERE,
        )
    return donor


def install(
    folder: Path,
    scratch: Path,
    host: str,
    donor: Donor,
    system: Path = Path("/etc/apt"),
) -> Packages:
    """Download the donor's runtime packages and unpack their libraries.

    Args:
        folder: Folder for the libraries.
        scratch: Folder for apt's lists and downloads; emptied before and after.
        host: Code name of the host's release.
        donor: The release to take from.
        system: Folder of the host's sources. Defaults to that of apt.

    Returns:
        The packages, of versions that are not older than the donor's oldest.
    """
    shutil.rmtree(scratch, ignore_errors=True)
    for name in ("sources", "state", "lists/partial", "cache", "archives/partial"):
        (scratch / name).mkdir(parents=True)
    sources = read_sources(system, host, donor)
    donors.write_sources(sources, donor, scratch / "sources/donor.sources")
    _download(scratch, donor)
    installed: dict[str, Mapping[str, str]] = {}
    for package in sorted((scratch / "archives").glob("*.deb")):
        name, facts = _describe(package)
        donors.check_version(name, facts["version"], donor)
        installed[name] = facts
        run(
            ["dpkg-deb", "-x", package, scratch / "root"], "delete .tools and try again"
        )
    folder.mkdir(parents=True)
    for library in sorted((scratch / "root").glob("**/lib/x86_64-linux-gnu/*.so*")):
        shutil.copy2(library, folder / library.name, follow_symlinks=False)
    shutil.rmtree(scratch)
    return installed


def patch(python: Path, folder: Path, base: Interpreter, patchelf: Path) -> None:
    """Make an interpreter start with the libraries of a folder.

    Args:
        python: The environment's own copy; replaced in one step.
        folder: The libraries.
        base: The Python it is a copy of, whose shared library it needs.
        patchelf: The program patchelf.
    """
    draft = python.with_name("python.new")
    shutil.copy2(python, draft)
    old_path = run([patchelf, "--print-rpath", draft], "name another Python").strip()
    old_path = old_path.replace("$ORIGIN", str(base.path.resolve().parent))
    parts = [str(folder), *filter(None, old_path.split(":"))]
    if list(Path(base.library_folder).glob("libpython3*.so*")):
        parts.append(base.library_folder)
    # RPATH instead of RUNPATH: it applies to the libraries of the wheels as well.
    search = ["--force-rpath", "--set-rpath", ":".join(dict.fromkeys(parts))]
    preload = [part for name in PRELOADED for part in ("--add-needed", name)]
    for change in (["--set-interpreter", str(folder / LOADER)], search, preload):
        run([patchelf, *change, draft], "name another Python in PRODL_PYTHON")
    draft.replace(python)


def read_sources(system: Path, host: str, donor: Donor) -> list[donors.Source]:
    """Find the host's sources of the distribution, with the donor in its place.

    Args:
        system: Folder of the host's sources.
        host: Code name of the host's release.
        donor: The release to take from.
    """
    found = []
    for path in sorted(
        [*system.glob("sources.list"), *system.glob("sources.list.d/*")]
    ):
        if path.suffix in (".list", ".sources"):
            text = path.read_text(encoding="utf-8")
            is_deb822 = path.suffix == ".sources"
            found += donors.find_sources(text, is_deb822, host, donor.release)
    if donor.release not in (source.suite for source in found):
        raise EnvironmentProblem(
            f"No source of apt has the suite {host} with the component main, expected "
            f"one in {system}.",
            ELSEWHERE,
        )
    return found


def _download(scratch: Path, donor: Donor) -> None:
    """Download the packages into `archives`, from sources whose signature holds."""
    settings = scratch / "apt.conf"
    settings.write_text(APT_SETTINGS.format(folder=scratch), encoding="utf-8")
    apt: list[str | Path] = ["apt-get", "-q", "-c", settings]
    # It fails if a single source does: one of somebody else, which the keys did not
    # sign, or a mirror without the security suite. Only lists that hold are kept.
    update = attempt([*apt, "update"])
    remedy = (
        f"check that this works: apt-get update; {donor.release} must be on the same "
        "mirror"
    )
    suites = donors.verified_suites(scratch / "lists", donor)
    if donor.release not in suites:
        raise EnvironmentProblem(
            f"No mirror that the host names has {donor.release}, signed by "
            f"{donor.keyring}. apt-get said:\n{tail(update.stdout)}",
            remedy,
        )
    if suites == {donor.release}:
        print(" (no security suite on this mirror)", end="", flush=True)
    run([*apt, "download", *donor.oldest], remedy, cwd=scratch / "archives")


def _describe(package: Path) -> tuple[str, Mapping[str, str]]:
    """Name of a package, and what the stamp keeps of it."""
    form = "--showformat=${Package} ${Version}"
    answer = run(["dpkg-deb", "--show", form, package], "delete .tools and try again")
    name, version = answer.split()
    digest = hashlib.sha256(package.read_bytes()).hexdigest()
    return name, {"version": version, "sha256": digest}
