# SPDX-License-Identifier: Apache-2.0
"""Where the programs of the proof come from, without building or starting any."""

import re
import shutil
from pathlib import Path

import pytest

from components.core.project import project_root
from infra.proof import __main__ as command
from infra.proof import programs
from infra.proof.build import BuildFailed, build_all
from infra.proof.processes import ServerFailed, servers
from infra.proof.programs import MODULES, Module, NoGo, NotBuilt, program

KUBERNETES = next(module for module in MODULES if module.name == "kubernetes")
FAKE_SERVER = "#!/bin/sh\necho Kubernetes v{version}\n"


@pytest.fixture(autouse=True)
def _without_assets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(programs.ASSETS_VARIABLE, raising=False)
    monkeypatch.setattr(programs, "go_version", lambda: "go1.26.0")


def test_every_staged_module_is_of_the_same_release() -> None:
    text = (KUBERNETES.folder / "go.mod").read_text()
    replaced = re.findall(r"^\t(\S+) => (\S+) (\S+)$", text, re.MULTILINE)
    version = KUBERNETES.version.replace("v1.", "v0.")
    assert len(replaced) > 30
    assert {(new, release) for _, new, release in replaced} == {
        (old, version) for old, _, _ in replaced
    }


def test_prism_is_of_the_locked_beam() -> None:
    lock = (project_root() / "requirements.lock").read_text()
    (prism,) = (module for module in MODULES if module.name == "prism")
    assert f"apache-beam=={prism.version.removeprefix('v')} " in lock


def test_version_is_linked_into_the_programs() -> None:
    flags = KUBERNETES.options[-1]
    assert f"version.gitVersion={KUBERNETES.version} " in flags
    assert "version.gitMinor=36 " in flags


@pytest.mark.parametrize("name", ["go.mod", "go.sum"])
def test_changed_sources_are_built_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    shutil.copytree(KUBERNETES.folder, tmp_path / KUBERNETES.name)
    monkeypatch.setattr(programs, "MODULES_FOLDER", tmp_path)
    before = programs.programs_folder(KUBERNETES, tmp_path)
    with (tmp_path / KUBERNETES.name / name).open("a") as file:
        file.write("\n")
    assert programs.programs_folder(KUBERNETES, tmp_path) != before


def test_missing_program_names_the_command_that_builds_it(tmp_path: Path) -> None:
    with pytest.raises(NotBuilt, match=r"etcd v3\.\S+ is not built.\nBuild it: make"):
        program("etcd", tmp_path)


@pytest.mark.parametrize(("minor", "is_taken"), [(36, True), (35, False)])
def test_assets_are_taken_if_they_are_of_the_same_minor_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, minor: int, is_taken: bool
) -> None:
    server = tmp_path / "kube-apiserver"
    server.write_text(FAKE_SERVER.format(version=f"1.{minor}.0"))
    server.chmod(0o755)
    monkeypatch.setenv(programs.ASSETS_VARIABLE, str(tmp_path))
    found = programs.find_asset(KUBERNETES, "kube-apiserver")
    assert found == (server if is_taken else None)


def test_without_go_the_proof_is_skipped_with_the_reason(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse() -> str:
        raise NoGo("no Go on the PATH.")

    monkeypatch.setattr("infra.proof.build.go_version", refuse)
    assert command.main([]) == 0
    assert "skipped, not proven: no Go on the PATH." in capsys.readouterr().out


@pytest.mark.skipif(not shutil.which("go"), reason="no Go on the PATH")
def test_module_that_cannot_be_had_is_told_from_a_failed_build(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    etcd = MODULES[0]
    shutil.copytree(etcd.folder, tmp_path / etcd.name)
    monkeypatch.setattr(programs, "MODULES_FOLDER", tmp_path)
    monkeypatch.setenv("GOPROXY", "off")
    monkeypatch.setenv("GOMODCACHE", str(tmp_path / "empty"))
    with pytest.raises(NoGo, match="etcd: sources cannot be had"):
        build_all(lambda line: None, [etcd.name], tmp_path / "tools")


@pytest.mark.skipif(not shutil.which("go"), reason="no Go on the PATH")
def test_go_sum_that_lacks_a_source_is_a_failed_build(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    etcd = MODULES[0]
    shutil.copytree(etcd.folder, tmp_path / etcd.name)
    (tmp_path / etcd.name / "go.sum").write_text("")
    monkeypatch.setattr(programs, "MODULES_FOLDER", tmp_path)
    monkeypatch.setenv("GOPROXY", "off")
    monkeypatch.setenv("GOMODCACHE", str(tmp_path / "empty"))
    with pytest.raises(BuildFailed, match="missing go.sum entry"):
        build_all(lambda line: None, [etcd.name], tmp_path / "tools")


def test_every_proof_is_where_the_command_looks_for_it() -> None:
    tests = project_root() / "tests"
    marked = {p for p in tests.rglob("*.py") if "mark.proof" in p.read_text()}
    elsewhere = marked - set((tests / "proof").iterdir()) - {Path(__file__)}
    assert marked
    assert elsewhere == set()


def test_server_that_ends_is_named_with_the_end_of_its_log(tmp_path: Path) -> None:
    with servers(tmp_path) as running:
        running.start("broken", ["sh", "-c", "echo no port; exit 3"])
        with pytest.raises(ServerFailed, match="(?s)broken ended with 3.*no port"):
            running.wait("broken", lambda: False, 10)


def test_module_that_its_go_mod_does_not_require_is_named() -> None:
    with pytest.raises(NotBuilt, match="does not require example.org/other"):
        _ = Module("etcd", "example.org/other", ()).version
