# SPDX-License-Identifier: Apache-2.0
"""What a build of the image takes, leaves out, measures and keeps secret."""

import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from components.core.project import project_root
from infra.environment.problem import EnvironmentProblem
from infra.image import (
    base,
    build,
    buildah,
    container,
    contents,
    drop,
    needed,
    settings,
)

ROOT = project_root()
LOCK = (ROOT / "requirements.lock").read_text()
NAMED = r"^([a-z0-9.-]+)=="


def _names(lock: str) -> set[str]:
    return set(re.findall(NAMED, lock, re.MULTILINE))


def test_packages_that_only_checks_need_stay_out() -> None:
    left_out = _names(LOCK) - _names(needed.needed_lock(LOCK))
    assert left_out >= needed.ONLY_FOR_CHECKS
    # What only they ask for goes with them, and nothing else.
    assert {"sympy", "boto3"} <= left_out
    assert not left_out & {"tensorflow", "tfx", "botocore", "kfp", "setuptools"}


def test_hashes_of_the_packages_that_stay_are_kept() -> None:
    image = needed.needed_lock(LOCK)
    entries = needed.ENTRY.split(image)[1:]
    assert all(entry in LOCK and "--hash=sha256:" in entry for entry in entries)


def test_packages_of_the_checks_are_asked_for_and_not_imported() -> None:
    asked = (ROOT / "requirements.in").read_text()
    for name in needed.ONLY_FOR_CHECKS:
        assert re.search(rf"^{name}\b", asked, re.MULTILINE), name
    modules = {"moto", "kubernetes_validate", "hcl2", "pytest", "mypy"}
    folders = (ROOT / "components", ROOT / "pipelines")
    for path in (path for folder in folders for path in folder.rglob("*.py")):
        found = re.findall(r"^\s*(?:import|from) (\w+)", path.read_text(), re.MULTILINE)
        assert not modules & set(found), path


def test_the_lock_is_read_from_standard_input() -> None:
    """As the Dockerfile does, with the standard library alone."""
    command = [sys.executable, "-I", ROOT / "infra/image/needed.py"]
    done = subprocess.run(command, input=LOCK, capture_output=True, text=True)
    assert done.stdout == needed.needed_lock(LOCK)


def _site_packages(folder: Path) -> Path:
    for name in (
        *("tensorflow/include/a.h", "clang/native/libclang.so", "pandas/tests/b.py"),
        *("tfx/components/testdata/c", "numpy/core/tests/tests/d.py", "numpy/lib/e.a"),
        *("numpy/core/contests/kept.py", "pandas/testing.py"),
    ):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"12345")
    return folder


def test_files_that_no_step_needs_are_deleted(tmp_path: Path) -> None:
    deleted = drop.drop(_site_packages(tmp_path))
    kept = {p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*.*")}
    assert kept == {"numpy/core/contests/kept.py", "pandas/testing.py"}
    assert deleted["tensorflow/include"] == deleted["**/*.a"] == 5


def test_a_pattern_that_finds_nothing_is_an_error(tmp_path: Path) -> None:
    (_site_packages(tmp_path) / "clang/native/libclang.so").unlink()
    (tmp_path / "clang/native").rmdir()
    with pytest.raises(drop.PatternFindsNothing, match="clang/native"):
        drop.drop(tmp_path)


def test_deleted_folders_are_those_of_the_installed_packages() -> None:
    library = Path(pytest.__file__).parents[1]
    for pattern in ("tensorflow/include", "clang/native", "tfx/components/testdata"):
        assert (library / pattern).is_dir()


def test_sizes_count_every_byte_once(tmp_path: Path) -> None:
    package = tmp_path / contents.PACKAGES / "numpy"
    (package / "__pycache__").mkdir(parents=True)
    (package / "a.py").write_bytes(b"x" * 2_000_000)
    (package / "b.py").hardlink_to(package / "a.py")
    (package / "__pycache__/a.pyc").write_bytes(b"x" * 1_000_000)
    (tmp_path / "usr/bin").mkdir(parents=True)
    (tmp_path / "usr/bin/git").write_bytes(b"x" * 3_000_000)
    found = contents.sizes(tmp_path)
    assert found == Counter(
        {"numpy": 2_000_000, contents.BYTECODE: 1_000_000, "/usr/bin": 3_000_000}
    )
    rows = contents.table(found, listed=1).splitlines()
    assert rows[2:] == ["| `/usr/bin` | 3 |", "| 2 others | 3 |", "| all | 6 |"]


def test_index_and_certificates_reach_pip_and_uv() -> None:
    pip = {"index-url": "https://me:secret@index.example/simple", "find-links": "/here"}
    script = settings.index_script(pip, {"UV_INDEX": "https://more.example"}, True)
    said = subprocess.run(
        ["bash", "-c", f"{script}\nenv"], capture_output=True, text=True, env={}
    ).stdout.splitlines()
    for name in ("PIP_INDEX_URL", "UV_DEFAULT_INDEX"):
        assert f"{name}=https://me:secret@index.example/simple" in said
    assert "UV_INDEX=https://more.example" in said
    assert f"SSL_CERT_FILE={settings.CERTIFICATES}" in said
    assert "/here" not in script


def test_no_setting_of_a_build_is_in_a_layer() -> None:
    """Every step that installs takes them as secrets; none copies or declares them."""
    text = (ROOT / "infra/image/Dockerfile").read_text()
    steps = re.findall(r"^RUN (?:.*\\\n)*.*$", text, re.MULTILINE)
    online = [s for s in steps if re.search(r"pip (install|sync)", s)]
    online = [step for step in online if "--offline" not in step]
    assert len(online) == 3
    assert all("--mount=type=secret,id=index" in step for step in online)
    assert not re.search(r"^(?:ENV|ARG).*(?:INDEX_URL|DEFAULT_INDEX)", text, re.M)


def test_python_of_the_system_is_refused() -> None:
    with pytest.raises(EnvironmentProblem, match="folder of its own.*\n.*python-image"):
        base.python_prefix(Path("/usr"))


def test_a_machine_without_the_programs_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    assert build.main([]) == 1
    assert "apt-get install buildah runc mmdebstrap" in capsys.readouterr().err


def test_a_container_can_write_only_what_is_listed(tmp_path: Path) -> None:
    image = container.Image(tmp_path, {"A": "1"}, "10001:10001", "/opt/prodl", tmp_path)
    mounts = container.mounts("10001:10001", ("/tmp",), {"/data": tmp_path})
    config = image.config(("true",), mounts, {})
    assert config["root"]["readonly"] is True
    assert config["process"]["user"] == {"uid": 10001, "gid": 10001}
    assert config["process"]["capabilities"] == {}
    assert {"type": "network"} in config["linux"]["namespaces"]
    (shared,) = (mount for mount in config["mounts"] if mount["type"] == "bind")
    assert shared["destination"] == "/data"
    assert "ro" in shared["options"]


def test_store_is_one_of_its_own(tmp_path: Path) -> None:
    words = list(map(str, buildah.Store(tmp_path).buildah("images")))
    assert words[:3] == ["buildah", "--storage-driver", "overlay"]
    assert [w for w in words if w.startswith("/")] == [
        str(tmp_path / "images"),
        str(tmp_path / "run"),
    ]
