# SPDX-License-Identifier: Apache-2.0
"""What a user may not write is refused in a sentence, before an hour of training."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from components.core.errors import ProdlError
from pipelines.__main__ import main
from pipelines.config import load_config
from pipelines.fingerprint import PROJECT_ROOT
from pipelines.lineage.store import LineageStore
from pipelines.lock import PUBLISH_OUTPUTS, check_outputs_writable, outputs_lock
from pipelines.state_folder import open_state
from tests.support.states import write_database
from tests.support.unprivileged import as_ordinary_user, public_folder


@pytest.fixture
def checkout(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A checkout of root's, as far as the command line reads it before a run."""
    with public_folder() as root:
        shutil.copy(PROJECT_ROOT / "params.yaml", root)
        shutil.copytree(PROJECT_ROOT / "data" / "mnist", root / "data" / "mnist")
        (root / "reports").mkdir()
        # Imports what reads settings.
        load_config(root)
        monkeypatch.setenv("PRODL_ROOT", str(root))
        monkeypatch.delenv("PRODL_HOME", raising=False)
        yield root
        for path in (root, *root.rglob("*")):
            path.chmod(0o755)


def _prodl(*arguments: str) -> Result:
    # The other user may be unable to read the modules, which are imported when used.
    _ = main.commands[arguments[0]]
    with as_ordinary_user():
        return CliRunner().invoke(main, arguments)


def test_reports_and_metrics_are_all_that_a_run_must_write(checkout: Path) -> None:
    """As in a container with a read-only root and these two folders mounted."""
    (checkout / "metrics").mkdir()
    (checkout / "models").mkdir()
    for name in ("reports", "metrics"):
        (checkout / name).chmod(0o777)
    for path in (checkout / "models", checkout):
        path.chmod(0o555)
    with as_ordinary_user():
        with outputs_lock(checkout, "prodl run x"):
            (checkout / "reports" / "page").touch()
        with pytest.raises(ProdlError, match="models in .* cannot be written"):
            check_outputs_writable(checkout, PUBLISH_OUTPUTS)


@pytest.mark.parametrize("arguments", [("run", "mnist-cnn"), ("validate", "mnist")])
def test_read_only_checkout_is_refused_before_the_first_step(
    checkout: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    for path in (checkout / "reports", checkout):
        path.chmod(0o555)
    monkeypatch.setenv("PRODL_HOME", str(checkout / "elsewhere"))
    result = _prodl(*arguments)
    assert result.exit_code == 1
    assert result.output.startswith(
        f"prodl: reports, metrics in {checkout} cannot be written: "
        f"no writable folder {checkout / 'reports'}.\n"
    )
    assert sorted(os.listdir(checkout)) == ["data", "params.yaml", "reports"]


def test_state_of_another_user_is_refused_with_the_way_out(checkout: Path) -> None:
    state = checkout / ".prodl"
    state.mkdir(mode=0o700)
    (state / "lock").touch(mode=0o600)
    state.chmod(0o555)
    result = _prodl("clean", "--yes")
    assert result.exit_code == 1
    assert result.output == (
        f"prodl: the state folder {state} cannot be written: Permission denied.\n"
        "Make it writable for this user, or set PRODL_HOME to another folder.\n"
    )


def test_database_that_cannot_be_written_is_refused() -> None:
    with public_folder() as state:
        write_database(state / "mlmd.sqlite", 1)
        with (
            as_ordinary_user(),
            pytest.raises(ProdlError, match=r"mlmd\.sqlite cannot be written"),
        ):
            open_state(state)


def test_database_that_cannot_be_read_is_no_sql_text() -> None:
    with public_folder() as state:
        write_database(state / "mlmd.sqlite", 1)
        (state / "mlmd.sqlite").chmod(0)
        with (
            as_ordinary_user(),
            pytest.raises(ProdlError, match="Make it readable and writable"),
        ):
            LineageStore(state / "mlmd.sqlite")
