# SPDX-License-Identifier: Apache-2.0
"""A state folder that no run can go on with is refused with the remedy that works."""

import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from components.core.errors import Busy, DamagedFile, ProdlError, UnusableState
from pipelines.lineage.store import LineageStore
from pipelines.state_folder import STATE_FILE, open_state
from tests.support.states import NUM_EXECUTIONS, make_state, write_database


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_state(tmp_path_factory.mktemp("made") / "state")


@pytest.fixture
def state(made: Path, tmp_path: Path) -> Path:
    """A copy of the state folder that takes itself for the original."""
    state = tmp_path / "state"
    shutil.copytree(made, state)
    record = state / STATE_FILE
    record.write_text(record.read_text().replace(str(made), str(state)))
    return state


def _halve(database: Path) -> None:
    content = database.read_bytes()
    database.write_bytes(content[: len(content) // 2])


def _overwrite_a_page(database: Path) -> None:
    content = bytearray(database.read_bytes())
    content[-8192:-4096] = b"\x5a" * 4096
    database.write_bytes(content)


def _fill_with_noise(database: Path) -> None:
    database.write_bytes(b"\x5a" * 20_000)


DAMAGES: tuple[Callable[[Path], None], ...] = (
    _halve,
    _overwrite_a_page,
    _fill_with_noise,
)


def test_sound_state_is_opened_again(state: Path) -> None:
    open_state(state)
    open_state(state)
    assert len(LineageStore(state / "mlmd.sqlite").artifacts("Model")) == NUM_EXECUTIONS


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_database_is_named_with_the_folder_to_move(
    state: Path, damage: Callable[[Path], None]
) -> None:
    damage(state / "mlmd.sqlite")
    with pytest.raises(UnusableState) as refused:
        open_state(state)
    _assert_remedy(refused.value, state)
    assert f"{state / 'mlmd.sqlite'} is damaged" in str(refused.value)


@pytest.mark.parametrize("damage", DAMAGES)
def test_query_of_a_damaged_database_is_no_sql_text(
    state: Path, damage: Callable[[Path], None]
) -> None:
    damage(state / "mlmd.sqlite")
    with pytest.raises(UnusableState) as refused:
        LineageStore(state / "mlmd.sqlite").artifacts("Model")
    _assert_remedy(refused.value, state)


def _remove(database: Path) -> None:
    database.unlink()


def _empty(database: Path) -> None:
    database.write_bytes(b"")


def _replace_by_a_new_one(database: Path) -> None:
    database.unlink()
    write_database(database, NUM_EXECUTIONS - 1)


OTHERS: tuple[Callable[[Path], None], ...] = (_remove, _empty, _replace_by_a_new_one)


@pytest.mark.parametrize("change", OTHERS)
def test_artifacts_without_their_database_are_not_mixed_with_new_ones(
    state: Path, change: Callable[[Path], None]
) -> None:
    change(state / "mlmd.sqlite")
    with pytest.raises(UnusableState, match="is not their database") as refused:
        open_state(state)
    _assert_remedy(refused.value, state)


def test_older_database_is_refused_also_when_its_artifacts_are_gone(
    state: Path,
) -> None:
    shutil.rmtree(state / "artifacts")
    _replace_by_a_new_one(state / "mlmd.sqlite")
    with pytest.raises(UnusableState, match="is not their database"):
        open_state(state)


def test_remedy_of_an_unusable_state_works(state: Path) -> None:
    _halve(state / "mlmd.sqlite")
    state.rename(f"{state}.old")
    state.mkdir()
    open_state(state)


def test_copied_state_is_refused_before_a_run_writes_in_it(
    state: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    shutil.copytree(state, other)
    with pytest.raises(UnusableState, match=f"{other} was made as {state}"):
        open_state(other)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"format": "1"}'])
def test_damaged_record_of_the_state_is_named_with_its_remedy(
    state: Path, content: str
) -> None:
    (state / STATE_FILE).write_text(content)
    with pytest.raises(DamagedFile, match="remove this file"):
        open_state(state)
    (state / STATE_FILE).unlink()
    open_state(state)


def test_state_of_another_format_is_refused(state: Path) -> None:
    record = state / STATE_FILE
    record.write_text(record.read_text().replace('"format": 1', '"format": 2'))
    with pytest.raises(UnusableState, match="another version of prodl"):
        open_state(state)


def test_transaction_of_a_killed_process_is_rolled_back(state: Path) -> None:
    database, journal = state / "mlmd.sqlite", state / "mlmd.sqlite-journal"
    _leave_a_transaction_open(database, state.parent / "killed.sqlite")
    assert journal.exists()
    artifacts = LineageStore(database).artifacts("Model")
    assert len(artifacts) == NUM_EXECUTIONS
    assert not journal.exists()


def _leave_a_transaction_open(database: Path, copy: Path) -> None:
    """Put the files of a database in the middle of a transaction in its place."""
    connection = sqlite3.connect(database)
    # A cache of one page makes it write before the transaction ends.
    connection.execute("PRAGMA cache_size = 1")
    connection.execute("DELETE FROM Artifact")
    connection.execute("UPDATE Execution SET name = hex(randomblob(2000))")
    for ending in ("", "-journal"):
        shutil.copy(f"{database}{ending}", f"{copy}{ending}")
    connection.rollback()
    connection.close()
    for ending in ("", "-journal"):
        shutil.move(f"{copy}{ending}", f"{database}{ending}")


def test_locked_database_is_busy_after_a_while(
    state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipelines.lineage.database.PATIENCE", 0.1)
    holder = sqlite3.connect(state / "mlmd.sqlite", isolation_level="EXCLUSIVE")
    holder.execute("BEGIN EXCLUSIVE")
    for use in (open_state, lambda state: LineageStore(state / "mlmd.sqlite")):
        with pytest.raises(Busy, match="is in use by another process"):
            use(state)
    holder.close()


def _assert_remedy(error: ProdlError, state: Path) -> None:
    message = str(error)
    assert message.endswith(f"mv {state} {state}.old")
    assert "mlmd.sqlite" in message
    assert "query:" not in message
