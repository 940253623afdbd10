# SPDX-License-Identifier: Apache-2.0
"""`prodl new data`: look at a user's files, show what they hold, write a data set.

Everything is prepared in a folder of its own first; params.yaml is written last. So an
error, or a killed process, leaves no data set that is half written.
"""

import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import mkdtemp
from typing import Final

from components.core.errors import DataRefused, UsageError
from components.core.files import remove, replace_atomically, write_text
from components.core.shortening import quote
from components.core.yaml_files import parse_yaml
from components.ingest.fetch.offered import ASK_ABOVE, measure, require_room
from components.ingest.file_manifest import Manifest, describe_file, write_manifest
from components.ingest.source_list import read_source_list
from components.validation.settings import load_settings
from pipelines.approvals.record import APPROVALS_FILE, learned_text, read_approvals
from pipelines.config import PARAMS_FILE, load_config
from pipelines.git_ignore import keep_out_of_git
from pipelines.new_data.draft import Ask
from pipelines.new_data.expectations import write_expectations
from pipelines.new_data.inspection import Inspection
from pipelines.new_data.look import Look, look
from pipelines.new_data.schema import write_schema
from pipelines.new_data.source_text import (
    VARIANT,
    plain_name,
    write_params_block,
    write_source,
)
from pipelines.new_data.summary import summarise
from pipelines.new_recipe.start import new_recipe_command
from pipelines.params_text import add_block

_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,59}")
_YES: Final = ("yes", "no")


@dataclass(frozen=True)
class NewData:
    """A data set that was written, or would be."""

    inspection: Inspection
    """What was found."""

    texts: dict[str, str]
    """Path from the project's root -> content of the files, without params.yaml."""


def new_data(
    root: Path,
    name: str,
    source: Path,
    target: str = "",
    dry_run: bool = False,
    yes: bool = False,
    ask: Ask | None = None,
    report: Callable[[str], None] = print,
) -> NewData:
    """Write the files of a data set that is made of a user's files.

    Args:
        root: The project's root folder, with a params.yaml.
        name: Name of the data set.
        source: Folder, archive or file of the user.
        target: Header of the column to be predicted. Defaults to asking for it.
        dry_run: Show what was found, write nothing. Defaults to False.
        yes: Copy gigabytes without asking. Defaults to False.
        ask: Asks a question with possible answers. Defaults to nobody to be asked.
        report: Called with texts for the user. Defaults to `print`.

    Raises:
        UsageError: Name, path or target are wrong.
        DataRefused: The data cannot be used; the message has what to do.
    """
    params = _read_params(root)
    _check_name(root, name, params)
    source = _check_source(root, source)
    _agree(source, root, yes, ask)
    with _scratch(root, name) as folder:
        raw_dir = folder / VARIANT
        raw_dir.mkdir()
        found = look(name, source, target, raw_dir, ask)
        report(summarise(found.inspection, found.taken.left_out))
        block = write_params_block(found.inspection)
        texts = _write_texts(found.inspection)
        changed = add_block(params, "datasets", name, block)
        _check_texts(name, texts, folder)
        if not dry_run:
            _install(root, name, found, source, raw_dir, texts)
            try:
                write_text(root / PARAMS_FILE, changed)
            except BaseException:
                remove(root / "data" / name)
                remove(root / "data" / "raw" / name)
                raise
    return NewData(found.inspection, texts)


def next_commands(root: Path, made: NewData, dry_run: bool = False) -> str:
    """Say what was written, and what to do next.

    Args:
        root: The project's root folder.
        made: The data set.
        dry_run: Whether nothing was written. Defaults to False.
    """
    name = made.inspection.name
    if dry_run:
        return "Nothing was written. The same command without --dry-run writes it."
    written = ", ".join([*made.texts, f"data/raw/{name}/{VARIANT}", PARAMS_FILE])
    command = new_recipe_command(load_config(root), name, made.inspection.kind.name)
    return f"wrote {written}\nnext: prodl validate {name}\nthen: {command}"


def _read_params(root: Path) -> str:
    path = root / PARAMS_FILE
    if not path.is_file():
        raise UsageError(
            f"{path} does not exist, so {root} is no project.\n"
            "Change into a project's folder, or make one: prodl init DIR --from PATH"
        )
    return path.read_bytes().decode()


def _check_name(root: Path, name: str, params: str) -> None:
    if not _NAME.fullmatch(name):
        plain = plain_name(name)
        hint = f" Try {plain}." if _NAME.fullmatch(plain) else ""
        raise UsageError(
            "the name of a data set: expected a letter, then letters, digits and "
            f"underscores, at most 60.\nReceived {quote(name)}.{hint}"
        )
    if name == "raw":
        raise UsageError("'raw' is the folder of all raw files.\nChoose another name.")
    documents = parse_yaml(params, PARAMS_FILE)
    known = (documents[0] if documents else None) or {}
    if name in (known.get("datasets") or {}):
        raise UsageError(
            f"{PARAMS_FILE} has a data set {name!r} already.\n"
            f"For new rows or files: prodl fetch {name} --from PATH --replace\n"
            f"For other limits: edit data/{name}/expectations.yaml and schema.pbtxt. "
            "Else choose another name, or take it out first: its block there, "
            f"data/{name} and data/raw/{name}."
        )
    if name in (known.get("recipes") or {}):
        raise UsageError(
            f"{PARAMS_FILE} has a recipe {name!r}, and reports are called by the name."
            "\nChoose another name."
        )
    for path in (Path("data", name), Path("data", "raw", name)):
        if (root / path).exists():
            raise UsageError(
                f"{path} exists already.\nChoose another name, or move it away first."
            )


def _check_source(root: Path, source: Path) -> Path:
    if not source.exists():
        raise UsageError(f"--from: there is no {source}.\nName a folder or a file.")
    resolved = source.resolve()
    data = (root / "data").resolve()
    if resolved.is_relative_to(data):
        raise UsageError(
            f"--from: {source} lies in the project's own folder data.\nName the files "
            "where they came from, outside of the project's data."
        )
    if root.resolve().is_relative_to(resolved):
        raise UsageError(
            f"--from: {source} holds the project itself.\nName the folder of the data "
            "alone."
        )
    if resolved.is_dir() and not _may_list(resolved):
        raise UsageError(
            f"--from: {source} cannot be read: no permission.\nChange its permissions, "
            "or copy the files to a folder of your own."
        )
    return resolved


def _may_list(folder: Path) -> bool:
    try:
        next(folder.iterdir(), None)
    except OSError:
        return False
    return True


def _agree(source: Path, root: Path, yes: bool, ask: Ask | None) -> None:
    """Ask before gigabytes are copied, and refuse what the disk has no room for."""
    size = measure(source)
    if size.num_bytes > ASK_ABOVE and not yes:
        if ask is None:
            raise UsageError(
                f"{source} holds {size}.\nSay --yes if all of it is the data set; else "
                "name a smaller folder."
            )
        if ask(f"{source} holds {size}. Copy all of it?", _YES) != "yes":
            raise UsageError("nothing was copied.\nName another folder with --from.")
    require_room(size, root)


@contextmanager
def _scratch(root: Path, name: str) -> Iterator[Path]:
    """A folder on the project's disk that is gone afterwards."""
    parent = root / "data" / "raw"
    made = [path for path in (parent.parent, parent) if not path.exists()]
    parent.mkdir(parents=True, exist_ok=True)
    for left in parent.glob(f".{name}.*.*"):
        # What a killed process could not remove.
        if not is_alive(left.name.split(".")[2]):
            shutil.rmtree(left, ignore_errors=True)
    folder = Path(mkdtemp(prefix=f".{name}.{os.getpid()}.", dir=parent))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        for path in reversed(made):
            if not any(path.iterdir()):
                path.rmdir()


def is_alive(process: str) -> bool:
    """Whether a process runs, by its number."""
    try:
        os.kill(int(process), 0)
    except (ValueError, ProcessLookupError):
        return False
    except PermissionError:
        # A process of another user.
        return True
    return True


def _write_texts(found: Inspection) -> dict[str, str]:
    texts = {
        "source.yaml": write_source(found),
        "expectations.yaml": write_expectations(found),
        "schema.pbtxt": write_schema(found),
    }
    (expectations,) = parse_yaml(texts["expectations.yaml"], "expectations.yaml")
    texts[APPROVALS_FILE] = learned_text(
        found.name,
        found.content_sha256,
        datetime.now(UTC).isoformat(timespec="seconds"),
        expectations,
        texts["schema.pbtxt"],
    )
    return {f"data/{found.name}/{file}": text for file, text in texts.items()}


def _check_texts(name: str, texts: dict[str, str], folder: Path) -> None:
    """Read the files as every later command does, before they take their places."""
    for path, text in texts.items():
        write_text(folder / path, text)
    source_list = read_source_list(folder, name)
    load_settings(folder / f"data/{name}/expectations.yaml", source_list.item_kind)
    read_approvals(folder, name)


def _install(
    root: Path,
    name: str,
    found: Look,
    source: Path,
    raw_dir: Path,
    texts: dict[str, str],
) -> None:
    files = tuple(map(describe_file, found.taken.paths))
    origin = f"given by the user as {source.name}"
    # As `prodl fetch NAME --from PATH` leaves them.
    write_manifest(raw_dir, Manifest(origin, files, found.taken.left_out))
    target = root / "data" / "raw" / name
    if target.exists():
        raise DataRefused(f"{target} was made meanwhile.\nChoose another name.")
    target.mkdir()
    try:
        raw_dir.rename(target / VARIANT)
        keep_out_of_git(root, target / VARIANT)
        with replace_atomically(root / "data" / name) as unfinished:
            unfinished.mkdir()
            for path, text in texts.items():
                (unfinished / Path(path).name).write_bytes(text.encode())
    except BaseException:
        remove(target)
        raise
