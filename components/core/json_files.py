# SPDX-License-Identifier: Apache-2.0
"""Records of the project as JSON files: written whole, read with a clear error."""

import json
from pathlib import Path
from typing import Any

from components.core.errors import DamagedFile, UsageError, messages_of
from components.core.files import write_text
from components.core.records import Record, read_record


def write_json(path: Path, content: Any) -> None:
    """Write a JSON file, replacing an older one in one step.

    Equal contents give equal bytes: keys are sorted.

    Args:
        path: The file; its folder is made if needed.
        content: What JSON can hold, without NaN and infinity, which it cannot.

    Raises:
        ValueError: If the content has a NaN or an infinity.
    """
    text = json.dumps(content, indent=1, sort_keys=True, allow_nan=False)
    write_text(path, text + "\n")


def read_json(path: Path, remedy: str) -> Any:
    """Read a JSON file that the project wrote.

    Args:
        path: The file.
        remedy: How to get a sound one, as a sentence, for the message.

    Raises:
        DamagedFile: If it is missing or no JSON; the message has the remedy.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise DamagedFile(path, "it is not there", remedy) from None
    except (ValueError, RecursionError) as error:
        raise DamagedFile(path, f"it is no JSON: {error}", remedy) from None


def read_json_object(path: Path, remedy: str) -> dict[str, Any]:
    """Read a JSON file that holds an object, as `read_json` does."""
    content = read_json(path, remedy)
    if not isinstance(content, dict):
        reason = f"expected a JSON object, received {type(content).__name__}"
        raise DamagedFile(path, reason, remedy)
    return content


def read_json_record(cls: type[Record], path: Path, remedy: str) -> Record:
    """Read a JSON file that holds a dataclass, as `read_json` does.

    Raises:
        DamagedFile: Also if a field is unknown, missing or of another type.
    """
    return as_record(cls, read_json(path, remedy), path, remedy)


def as_record(cls: type[Record], content: object, path: Path, remedy: str) -> Record:
    """Build a dataclass from the content of a JSON file that the project wrote.

    Raises:
        DamagedFile: If a field is unknown, missing or of another type.
    """
    try:
        return read_record(cls, content, str(path))
    except RecursionError:
        raise DamagedFile(path, "it is nested too deeply", remedy) from None
    except UsageError as error:
        reason = messages_of(error)[0].removeprefix(f"{path}").lstrip(":. ")
        raise DamagedFile(path, reason.rstrip("."), remedy) from None
