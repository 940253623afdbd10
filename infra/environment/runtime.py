# SPDX-License-Identifier: Apache-2.0
"""A newer C runtime for the environment's Python, in `.venv/runtime`.

Two wheels need glibc 2.39 and the C++ library of GCC 13. On an older Debian three
packages of the next release are unpacked into `.venv/runtime`, and the environment's
interpreter is patched to load them. The system is not changed, and programs that this
Python starts use the system's own libraries.
"""

import re
import shutil
from pathlib import Path

from infra.environment.host import Interpreter
from infra.environment.problem import EnvironmentProblem, run

ELSEWHERE = "use Debian 13, Ubuntu 24.04 or newer, or the image of infra/image"
# Host's release -> release with the libraries. Tested on bookworm, not on jammy.
DONORS = {"bookworm": "trixie", "jammy": "noble"}
PACKAGES = ("libc6", "libstdc++6", "libgcc-s1")
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
# is replaced (no pins, no hooks, no package state of the host).
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
APT::Default-Release "";
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
"""


def donor_release(host_release: str, glibc: tuple[int, int]) -> str:
    """Return the code name of the release whose runtime is used.

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


def donor_sources(text: str, is_deb822: bool, host: str, donor: str) -> str:
    """Rewrite apt sources for the donor's main suite.

    Only entries whose suite is exactly the host's code name are used: the suites for
    updates and security are not needed, and third parties have suites of other names.

    Args:
        text: A file of apt's sources.
        is_deb822: Whether it is in stanzas (`.sources`) or in lines (`.list`).
        host: Code name of the host's release.
        donor: Code name to put in its place.
    """
    if is_deb822:
        stanzas = (_fields(part) for part in re.split(r"\n\s*\n", text))
        taken = [s for s in stanzas if _is_taken(s, host)]
        swapped = [s | {"Types": "deb", "Suites": donor} for s in taken]
        return "\n".join(
            "".join(f"{name}: {value}\n" for name, value in stanza.items())
            for stanza in swapped
        )
    line = re.compile(rf"^(deb\s+(?:\[[^]]*\]\s+)?\S+\s+){host}(\s.*)$", re.MULTILINE)
    return "".join(f"{m[1]}{donor}{m[2]}\n" for m in line.finditer(text))


def install(folder: Path, scratch: Path, host: str, donor: str) -> None:
    """Download the donor's runtime packages and unpack their libraries.

    Args:
        folder: Folder for the libraries.
        scratch: Folder for apt's lists and downloads; emptied before and after.
        host: Code name of the host's release.
        donor: Code name of the release to take from.
    """
    shutil.rmtree(scratch, ignore_errors=True)
    for name in ("sources", "state", "lists/partial", "cache", "archives/partial"):
        (scratch / name).mkdir(parents=True)
    _write_sources(scratch / "sources", host, donor)
    settings = scratch / "apt.conf"
    settings.write_text(APT_SETTINGS.format(folder=scratch), encoding="utf-8")
    apt: list[str | Path] = ["apt-get", "-q", "-c", settings]
    remedy = (
        f"check that this works: apt-get update; {donor} must be on the same mirror"
    )
    run([*apt, "update"], remedy)
    run([*apt, "download", *PACKAGES], remedy, cwd=scratch / "archives")
    for package in sorted((scratch / "archives").glob("*.deb")):
        run(
            ["dpkg-deb", "-x", package, scratch / "root"], "delete .tools and try again"
        )
    folder.mkdir(parents=True)
    for library in sorted((scratch / "root").glob("**/lib/x86_64-linux-gnu/*.so*")):
        shutil.copy2(library, folder / library.name, follow_symlinks=False)
    shutil.rmtree(scratch)


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


def _write_sources(folder: Path, host: str, donor: str) -> None:
    system = Path("/etc/apt")
    found = False
    for path in sorted(
        [*system.glob("sources.list"), *system.glob("sources.list.d/*")]
    ):
        if path.suffix in (".list", ".sources"):
            is_deb822 = path.suffix == ".sources"
            text = path.read_text(encoding="utf-8")
            swapped = donor_sources(text, is_deb822, host, donor)
            (folder / path.name).write_text(swapped, encoding="utf-8")
            found = found or bool(swapped)
    if not found:
        raise EnvironmentProblem(
            f"No source of apt has the suite {host}, expected one in /etc/apt.",
            ELSEWHERE,
        )


def _fields(stanza: str) -> dict[str, str]:
    fields: dict[str, str] = {}
    name = ""
    for line in stanza.splitlines():
        if line.startswith("#"):
            continue
        if line[:1].isspace() and name:
            fields[name] += f"\n{line}"
        elif ":" in line:
            name, value = line.split(":", 1)
            fields[name] = value.strip()
    return fields


def _is_taken(stanza: dict[str, str], host: str) -> bool:
    return (
        "deb" in stanza.get("Types", "").split()
        and host in stanza.get("Suites", "").split()
        and stanza.get("Enabled", "yes").lower() not in ("no", "false", "0")
    )
