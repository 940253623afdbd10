# SPDX-License-Identifier: Apache-2.0
"""The doctor names what is wrong, and one thing to do about it."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

from pipelines.doctor import checkout_checks, host, host_checks
from pipelines.doctor.checks import CHECKS, examine
from pipelines.doctor.findings import Finding, exit_code, render
from pipelines.doctor.packages import (
    Conflict,
    find_conflicts,
    is_stale,
    pinned_versions,
)


def test_healthy_findings_end_with_zero() -> None:
    findings = [Finding("disk", "ok", "80 GB free"), Finding("git", "warning", "odd")]
    assert exit_code(findings) == 0


def test_one_error_ends_with_one() -> None:
    assert exit_code([Finding("glibc", "error", "2.36", "make setup")]) == 1


def test_a_remedy_stands_below_its_finding() -> None:
    text = render([Finding("disk", "error", "0.2 GB free", "prodl clean")])
    first, second = text.splitlines()
    assert first.split() == ["error", "disk", "0.2", "GB", "free"]
    assert second.strip() == "-> prodl clean"


def test_what_a_server_says_does_not_steer_the_terminal() -> None:
    text = render([Finding("kfp", "error", "\x1b[2Jall is well", "\x1b[1A")])
    assert "\x1b" not in text


def test_every_check_answers_in_an_empty_folder(tmp_path: Path) -> None:
    findings = examine(tmp_path)
    assert len({finding.name for finding in findings}) == len(CHECKS)
    for finding in findings:
        assert finding.observed
        assert bool(finding.remedy) == (finding.status != "ok"), finding


def test_the_doctor_does_not_import_tensorflow(tmp_path: Path) -> None:
    code = (
        "import sys, pathlib; from pipelines.doctor import checks; "
        f"checks.examine(pathlib.Path({str(tmp_path)!r})); "
        "sys.exit('tensorflow' in sys.modules or 'tfx' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_old_glibc_is_an_error_and_a_private_one_is_told() -> None:
    assert host_checks.judge_glibc("2.36", "2.36").status == "error"
    assert host_checks.judge_glibc("", "").status == "error"
    private = host_checks.judge_glibc("2.41", "2.36")
    assert private.status == "ok"
    assert "2.36 in the system" in private.observed


def test_a_package_off_the_lock_is_named() -> None:
    finding = checkout_checks.judge_packages(
        {"tfx": "1.21.0", "rich": "14"}, {"rich": "14"}
    )
    assert finding.status == "error"
    assert finding.observed == "tfx missing (lock: 1.21.0)"
    assert finding.remedy == "make setup"


def test_an_installation_by_pip_may_have_other_versions_but_lacks_nothing() -> None:
    pinned, required = {"tfx": "1.21.0", "rich": "14"}, ["tfx"]
    judge = checkout_checks.judge_installation
    missing = judge(pinned, {"rich": "14"}, required)
    assert (missing.status, missing.remedy) == ("error", "pip install 'prodl[local]'")
    other = judge(pinned, {"tfx": "1.21.1"}, required)
    assert other.status == "warning"
    assert other.observed == "tfx 1.21.1 (tested: 1.21.0)"
    assert judge(pinned, {"tfx": "1.21.0"}, required).status == "ok"


def test_the_conflict_we_make_on_purpose_is_explained_as_harmless() -> None:
    farmhash = Conflict("pyfarmhash", "0.5.1", "tensorflow-data-validation", "<0.4")
    finding = checkout_checks.judge_conflicts([farmhash])
    assert finding.status == "ok"
    assert "harmless" in finding.observed


def test_any_other_conflict_is_a_warning() -> None:
    numpy = Conflict("numpy", "3.0", "tensorflow", "<3")
    finding = checkout_checks.judge_conflicts([numpy])
    assert finding.status == "warning"
    assert finding.observed == "numpy 3.0 where tensorflow asks for <3"


def test_conflicts_are_missing_or_unfitting_packages_that_apply_here() -> None:
    asked = {
        "app": [
            "fits>=1",
            "old<2",
            "absent",
            "elsewhere; sys_platform == 'win32'",
            "more; extra == 'x'",
        ]
    }
    found = find_conflicts({"fits": "1.0", "old": "2.0"}, asked)
    assert [(c.package, c.version) for c in found] == [("old", "2.0"), ("absent", "")]


def test_pins_of_another_python_do_not_count() -> None:
    lock = "a==1 \\\nb==2 ; python_full_version >= '4' \\\nB_c==3 ; os_name != '' \\\n"
    assert pinned_versions(lock) == {"a": "1", "b-c": "3"}


@pytest.mark.parametrize(
    ("flags", "status", "word"),
    [
        ({"sse2"}, "error", "AVX"),
        ({"avx", "avx2"}, "ok", "float32"),
        ({"avx", "avx512_bf16"}, "ok", "bfloat16"),
        ({"avx", "amx_bf16"}, "ok", "bfloat16"),
    ],
)
def test_the_processor_decides_the_number_format(
    flags: set[str], status: str, word: str
) -> None:
    finding = host_checks.judge_cpu(frozenset(flags), 2)
    assert finding.status == status
    assert word in finding.observed


def test_a_gpu_without_its_libraries_is_a_warning_with_the_command() -> None:
    finding = host_checks.judge_accelerator(["NVIDIA L4"], [], {"tensorflow": "2.21.0"})
    assert finding.status == "warning"
    assert "'tensorflow[and-cuda]==2.21.0'" in finding.remedy
    cured = {"tensorflow": "2.21.0", "nvidia-cudnn-cu12": "9"}
    assert host_checks.judge_accelerator(["NVIDIA L4"], [], cured).status == "ok"


def test_no_accelerator_is_fine() -> None:
    assert host_checks.judge_accelerator([], [], {}).status == "ok"
    assert (
        host_checks.judge_accelerator([], ["/dev/accel0"], {}).observed == "/dev/accel0"
    )


def test_a_memory_limit_of_the_container_counts(tmp_path: Path) -> None:
    meminfo, limit = tmp_path / "meminfo", tmp_path / "memory.max"
    meminfo.write_text("MemTotal: 24 kB\nMemAvailable:   20000000 kB\n")
    assert host.usable_memory_gb(meminfo, limit) == pytest.approx(20.48)
    limit.write_text("max\n")
    assert host.usable_memory_gb(meminfo, limit) == pytest.approx(20.48)
    limit.write_text("3000000000\n")
    assert host.usable_memory_gb(meminfo, limit) == pytest.approx(3.0)


def test_a_remote_in_the_local_configuration_counts(tmp_path: Path) -> None:
    assert checkout_checks.check_dvc_remote(tmp_path).status == "warning"
    (tmp_path / ".dvc").mkdir()
    local = "['remote \"mine\"']\n    url = s3://bucket/a%20b\n"
    (tmp_path / ".dvc/config.local").write_text(local)
    finding = checkout_checks.check_dvc_remote(tmp_path)
    assert (finding.status, finding.observed) == ("ok", "mine")


def test_a_state_folder_that_is_a_file_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("PRODL_HOME", str(tmp_path / "file/state"))
    assert checkout_checks.check_state(tmp_path).status == "error"
    monkeypatch.setenv("PRODL_HOME", str(tmp_path / "new/state"))
    assert checkout_checks.check_state(tmp_path).status == "ok"


def test_versions_of_a_private_runtime_are_shown_or_said_to_be_unknown(
    tmp_path: Path,
) -> None:
    assert checkout_checks.check_runtime(tmp_path).status == "ok"
    (tmp_path / ".venv/runtime").mkdir(parents=True)
    stamp = tmp_path / ".venv/prodl-stamp.json"
    for content in ("{}", '{"runtime": null}', '{"runtime": {"libc6": 1}}', "["):
        stamp.write_text(content)
        finding = checkout_checks.check_runtime(tmp_path)
        assert finding.status == "warning"
        assert "versions unknown" in finding.observed
    facts = {"version": "2.41-12+deb13u5", "sha256": "ab" * 32}
    stamp.write_text(json.dumps({"runtime": {"libc6": facts}}))
    finding = checkout_checks.check_runtime(tmp_path)
    assert finding.status == "ok"
    assert finding.observed == f"libc6 2.41-12+deb13u5 (sha256 {'ab' * 32})"


def test_an_environment_of_another_lock_or_place_is_stale(tmp_path: Path) -> None:
    assert is_stale(tmp_path) is None
    lock = tmp_path / "requirements.lock"
    lock.write_text("a==1\n")
    (tmp_path / ".venv").mkdir()
    stamp = tmp_path / ".venv/prodl-stamp.json"
    digest = "0" * 64
    stamp.write_text(f'{{"lock": "{digest}", "root": "{tmp_path}"}}')
    assert is_stale(tmp_path) is True
    digest = hashlib.sha256(lock.read_bytes()).hexdigest()
    stamp.write_text(f'{{"lock": "{digest}", "root": "{tmp_path}"}}')
    assert is_stale(tmp_path) is False
    stamp.write_text(f'{{"lock": "{digest}", "root": "/elsewhere"}}')
    assert is_stale(tmp_path) is True
