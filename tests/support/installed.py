# SPDX-License-Identifier: Apache-2.0
"""An environment of its own in which prodl is installed from a wheel, not editable.

The packages of the lock are those of the running environment: a second copy would take
four gigabytes. They are reached by a path file, whose own path files Python does not
read, so the editable installation of this checkout stays out.
"""

import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
PACKAGED: Final = (
    *("components", "pipelines", "tfx_kfp", "infra"),
    *("setup.py", "pyproject.toml", "LICENSE", "README.md", "requirements.lock"),
)
_PIP: Final = (sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check")


def build_wheel(folder: Path, version: str = "") -> Path:
    """Build the wheel of this checkout without a network.

    Args:
        folder: Folder to write into.
        version: Another version than that of setup.py. Defaults to that one.
    """
    # setuptools writes its outputs beside the sources, so these are links.
    sources = folder / f"sources{version}"
    sources.mkdir(parents=True)
    for name in PACKAGED:
        (sources / name).symlink_to(ROOT / name)
    if version:
        setup = (ROOT / "setup.py").read_text(encoding="utf-8").splitlines()
        lines = [
            f'    version="{version}",' if line.startswith("    version=") else line
            for line in setup
        ]
        (sources / "setup.py").unlink()
        (sources / "setup.py").write_text("\n".join(lines), encoding="utf-8")
    build = ("wheel", "--no-deps", "--no-build-isolation", "--no-index")
    target = folder / f"wheel{version}"
    subprocess.run([*_PIP, *build, "-w", str(target), str(sources)], check=True)
    (wheel,) = target.glob("prodl-*.whl")
    return wheel


def make_environment(folder: Path) -> Path:
    """Make an environment without prodl, and return its folder of programs."""
    programs = folder / "bin"
    programs.mkdir(parents=True)
    # A copy, because a link would be resolved to the running environment.
    shutil.copy(sys.executable, programs / "python")
    site = folder / "lib" / f"python{sysconfig.get_python_version()}" / "site-packages"
    site.mkdir(parents=True)
    home = Path(sys.base_prefix) / "bin"
    (folder / "pyvenv.cfg").write_text(
        f"home = {home}\ninclude-system-site-packages = false\n"
    )
    (site / "packages.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return programs


def install(wheel: Path, programs: Path) -> None:
    """Install a wheel into an environment of `make_environment`, or another version."""
    pip = (str(programs / "python"), *_PIP[1:])
    options = ("--no-deps", "--no-index", "--no-compile", "--force-reinstall")
    subprocess.run([*pip, "install", *options, str(wheel)], check=True)
