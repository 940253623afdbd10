# SPDX-License-Identifier: Apache-2.0
"""The audit of the lock, by the real pip-audit against a service of the test."""

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from infra import audit
from infra.environment.index import NoIndex
from infra.environment.problem import EnvironmentProblem

TODAY = date(2026, 11, 30)
LOCK = (
    "click==8.1.7 \\\n    --hash=sha256:" + "0" * 64 + "\n    # via prodl\n"
    "jinja2==2.10 \\\n    --hash=sha256:" + "1" * 64 + "\n"
)
ADVISORY = {
    "id": "GHSA-462w-v97r-4m45",
    "aliases": ["CVE-2019-10906"],
    "summary": "Sandbox escape",
    "affected": [
        {
            "package": {"name": "jinja2", "ecosystem": "PyPI"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"fixed": "2.10.1"}]}],
        }
    ],
}


@pytest.fixture(scope="module")
def program() -> Path:
    """pip-audit, as `make audit` installs it."""
    try:
        return audit.install()
    except NoIndex as error:
        pytest.skip(str(error))


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    """Two packages, one of them with a known vulnerability."""
    path = tmp_path / "requirements.lock"
    path.write_text(LOCK)
    return path


@contextmanager
def _service() -> Iterator[tuple[str, ...]]:
    """An advisory service in OSV's form that knows one advisory; options for it."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            is_known = asked["package"]["name"] == "jinja2"
            answer = json.dumps({"vulns": [ADVISORY]} if is_known else {}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *arguments: object) -> None:
            """Keep the test's output clean."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield _at(server.server_address[1])
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _at(port: int) -> tuple[str, ...]:
    url = f"http://127.0.0.1:{port}/"
    return ("--vulnerability-service", "osv", "--osv-url", url)


def _ignored(tmp_path: Path, package: str, day: date) -> list[audit.Ignored]:
    path = tmp_path / "ignored.toml"
    path.write_text(
        f'[[ignored]]\nid = "CVE-2019-10906"\npackage = "{package}"\n'
        f'reason = "No sandbox is used."\nexpires = {day}\n'
    )
    return audit.read_ignored(path, TODAY)


def test_known_vulnerability_fails_with_the_version_that_has_it_not(
    program: Path, lock: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with _service() as options:
        assert audit.audit(program, lock, [], options) == 1
    printed = capsys.readouterr().out
    expected = "jinja2 2.10: CVE-2019-10906, GHSA-462w-v97r-4m45; fixed in 2.10.1"
    assert expected in printed
    assert "2 packages, 1 known" in printed


def test_vulnerability_with_a_reason_does_not_count(
    program: Path, lock: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ignored = _ignored(tmp_path, "jinja2", TODAY)
    ignored += _ignored(tmp_path, "click", TODAY)
    with _service() as options:
        assert audit.audit(program, lock, ignored, options) == 0
    printed = capsys.readouterr().out
    assert "CVE-2019-10906 of jinja2 ignored: No sandbox is used." in printed
    assert "of click no longer found, remove the entry" in printed


def test_without_a_service_the_audit_is_skipped_with_the_reason(
    program: Path,
    lock: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    monkeypatch.setattr(audit, "LOCK", lock)
    assert audit.main(_at(port)) == 0
    printed = capsys.readouterr().out
    assert "audit: skipped: no advisory service answers" in printed
    assert "Connection refused" in printed


def test_any_other_failure_of_pip_audit_is_one(
    program: Path, lock: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert audit.main(["--no-such-option"]) == 1
    assert "unrecognized arguments" in capsys.readouterr().err


def test_service_that_knows_no_package_is_none(tmp_path: Path, lock: Path) -> None:
    """As an index without PyPI's JSON interface answers."""
    program = tmp_path / "pip-audit"
    skipped = {"name": "click", "skip_reason": "Dependency not found on PyPI"}
    answer = json.dumps({"dependencies": [skipped], "fixes": []})
    program.write_text(f"#!/bin/sh\necho '{answer}'\n")
    program.chmod(0o755)
    with pytest.raises(audit.NoService, match="not found on PyPI"):
        audit.audit(program, lock, [])


def test_entry_counts_until_its_day_and_fails_after_it(tmp_path: Path) -> None:
    (entry,) = _ignored(tmp_path, "jinja2", TODAY)
    assert entry.expires == TODAY
    with pytest.raises(EnvironmentProblem, match="expired: CVE-2019-10906 of jinja2"):
        _ignored(tmp_path, "jinja2", TODAY - timedelta(days=1))


@pytest.mark.parametrize(
    "entry",
    [
        'id = "CVE-1"\npackage = "a"\nreason = "b"',
        'id = "CVE-1"\npackage = "a"\nreason = ""\nexpires = 2027-01-01',
        'id = "CVE-1"\npackage = "a"\nreason = "b"\nexpires = "2027-01-01"',
        'id = "CVE-1"\npackage = "a"\nreason = "b"\nexpires = 2027-01-01\nx = 1',
    ],
)
def test_entry_without_reason_or_date_is_refused(tmp_path: Path, entry: str) -> None:
    path = tmp_path / "ignored.toml"
    path.write_text(f"[[ignored]]\n{entry}\n")
    with pytest.raises(EnvironmentProblem, match="expected entries with"):
        audit.read_ignored(path, TODAY)


def test_committed_list_is_complete() -> None:
    audit.read_ignored(audit.IGNORED, date.min)
