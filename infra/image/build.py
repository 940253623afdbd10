# SPDX-License-Identifier: Apache-2.0
"""Build the image of the steps without a Docker engine, and print what fills it.

    python -m infra.image.build                     target cpu
    python -m infra.image.build --target gpu        with the CUDA libraries
    python -m infra.image.build --remove            delete the image and its store

Needs root, buildah and runc, and mmdebstrap where no `--python-image` is named: the
base is then made of Debian's packages and this machine's Python. The image is in a
store of its own below `.tools/image`, where tests/proof/test_image.py finds it. Exit
status: 0 for a built image, 1 if it could not be built.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from components.core.git import git_state
from components.core.json_files import read_json_object, write_json
from infra.environment import packages
from infra.environment.problem import EnvironmentProblem, tail
from infra.image import base, buildah, container, contents, settings
from pipelines.fingerprint import project_fingerprint

ROOT = Path(__file__).resolve().parents[2]
STORE = ROOT / ".tools" / "image"
RECORD = "built.json"
TARGETS = ("cpu", "gpu")
FINGERPRINT = "from pipelines.fingerprint import project_fingerprint as f; print(f())"


def main(arguments: list[str]) -> int:
    """Build, or remove; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--target", choices=TARGETS, default="cpu")
    parser.add_argument(
        "--python-image", help="Base, of a registry. Default: made here."
    )
    parser.add_argument("--remove", action="store_true", help="Delete image and store.")
    parsed = parser.parse_args(arguments)
    store = buildah.Store(STORE)
    try:
        if parsed.remove:
            store.remove()
            return 0
        buildah.refuse_without_programs(
            *([] if parsed.python_image else ["mmdebstrap"])
        )
        print(build(store, parsed.target, parsed.python_image))
    except EnvironmentProblem as problem:
        print(f"image: {problem}", file=sys.stderr)
        return 1
    return 0


def build(store: buildah.Store, target: str, python_image: str | None) -> str:
    """Build one target; return its description.

    Args:
        store: Where the image goes.
        target: `cpu` or `gpu`.
        python_image: The base in a registry; None to make one.
    """
    started = time.monotonic()
    name = image_name(target)
    store.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=store.folder) as folder:
        scratch = Path(folder)
        base_image = python_image or base.make(store, scratch)
        print(f"base: {base_image}, {time.monotonic() - started:.0f} s", flush=True)
        _bud(store, target, name, base_image, scratch)
    # The image of that name that was built before.
    store.call("rmi", "--prune", "--force")
    seconds = time.monotonic() - started
    with store.mounted(name) as root:
        sizes = contents.sizes(root)
        image = container.open_image(store, name, root)
        record = {"code": _code_in(image), "bytes": sizes.total(), "user": image.user}
    write_json(store.folder / target / RECORD, record)
    title = f"{name}: {sizes.total() / 1e9:.2f} GB unpacked, user {image.user}"
    return f"{title}, built in {seconds:.0f} s\n\n{contents.table(sizes)}"


def reason_for_none(target: str) -> str:
    """Say why there is no image of this code; empty if there is one.

    Args:
        target: `cpu` or `gpu`.
    """
    if not (STORE / target / RECORD).exists():
        return "the image is not built.\nBuild it: make proof ARGS=--image"
    if read_record(target)["code"] != project_fingerprint():
        return "the image has other code.\nBuild it again: make proof ARGS=--image"
    return ""


def read_record(target: str) -> dict[str, Any]:
    """Return what the last build of a target was: code, bytes and user."""
    return read_json_object(STORE / target / RECORD, "make proof ARGS=--image")


def image_name(target: str) -> str:
    """Return the name of a target's image in the store."""
    return f"localhost/prodl:{target}"


def _code_in(image: container.Image) -> str:
    """The fingerprint of the code in an image, which steps compare."""
    done = image.run("python", "-c", FINGERPRINT)
    if done.returncode != 0:
        raise EnvironmentProblem(
            f"python in the image ended with {done.returncode}. It said:\n"
            f"{tail(done.stderr)}",
            "see what is missing in the image",
        )
    return done.stdout.strip()


def _bud(
    store: buildah.Store, target: str, name: str, base_image: str, scratch: Path
) -> None:
    """Run the Dockerfile, with its output on this terminal."""
    secrets = settings.build_options(packages.find_pip(_host_python()), scratch)
    commit = git_state()[0] or "unknown"
    options = ["--isolation=oci", "--runtime=runc", "--network=host"]
    # The other format has no SHELL, without which no secret would be read.
    options += ["--format=docker", f"--build-arg=PYTHON_IMAGE={base_image}", *secrets]
    options += [f"--build-arg=PRODL_GIT_COMMIT={commit}", f"--target={target}"]
    options += ["--file=infra/image/Dockerfile", f"--tag={name}", "."]
    words = (*buildah.ENDS_WITH_US, *store.buildah("bud", *options))
    command = [str(part) for part in words]
    done = subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, check=False)
    if done.returncode != 0:
        raise EnvironmentProblem(
            f"buildah ended with {done.returncode}, expected 0.", "see its output above"
        )


def _host_python() -> Path:
    return Path(getattr(sys, "_base_executable", sys.executable))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
