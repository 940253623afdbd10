# SPDX-License-Identifier: Apache-2.0
"""The verb `emulate`: a specification or a recipe, executed here as on a cluster."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from components.core.errors import UsageError
from components.core.project import project_root, state_dir
from components.evaluator.metrics import read_metrics
from pipelines.console import say
from pipelines.data_version import describe_commit, locked_md5
from pipelines.kubeflow.compile import Wishes, write_specification
from pipelines.local.outputs import recipe_verdict, verdict_text
from pipelines.lock import run_lock
from pipelines.report_pages import write_recipe_page
from pipelines.run_record import RunRecord, save_record

if TYPE_CHECKING:
    from pipelines.emulator.emulation import Emulation
    from pipelines.kubeflow.spec import Specification

FOLDER: Final = "emulator"
# What an image does not hold; see infra/image.
NOT_IN_THE_IMAGE: Final = {"reports", "raw"}


def emulate(what: str, wishes: Wishes, given: Mapping[str, str]) -> Path:
    """Execute a compiled specification, and write metrics, verdict and report.

    A refused model is a result, not an error, as for `prodl run`.

    Args:
        what: A compiled `.yaml` file, or a recipe, which is compiled first.
        wishes: How to compile a recipe.
        given: Values of pipeline parameters that differ from their defaults.

    Returns:
        Folder of metrics.json, verdict.json and index.html.

    Raises:
        ProdlError: If a step failed, with the step's own exit code.
    """
    from pipelines.emulator.emulation import NOT_EMULATED, new_emulation
    from pipelines.kubeflow.spec import DEFAULT_ROOT, read_specification

    root, state = project_root(), state_dir() / FOLDER
    with run_lock(state, f"prodl emulate {what}"):
        path = Path(what)
        if path.suffix != ".yaml":
            path = state / f"{what}.yaml"
            write_specification(what, path, wishes)
        specification = read_specification(path)
        image = _image(root, state, pulls_data(specification, given))
        emulation = new_emulation(
            specification, wishes.root or DEFAULT_ROOT, state, image, given, say
        )
        for line in NOT_EMULATED:
            say(f"not emulated: {line}")
        record = emulation.execute()
        _complete(record, emulation, root)
        save_record(record, state, specification.name)
        outcome = _write_outcome(specification.name, root, state, record)
    if record.error:
        raise record.error
    return outcome


def pulls_data(specification: "Specification", given: Mapping[str, str]) -> bool:
    """Whether the first step is told where to get the data.

    Args:
        specification: The compiled pipeline.
        given: Values of pipeline parameters that differ from their defaults.
    """
    from pipelines.emulator.driver import pipeline_parameters

    values = pipeline_parameters(specification, given)
    return any(
        values[name].string_value
        for name in ("data_repo", "data_remote")
        if name in values
    )


def _image(root: Path, state: Path, without_data: bool) -> Path:
    """A folder of links to what the image would hold.

    The raw files are part of it only where no step could pull them.
    """
    image = state / "image"
    shutil.rmtree(image, ignore_errors=True)
    (image / "data").mkdir(parents=True)
    left_out = NOT_IN_THE_IMAGE - (set() if without_data else {"raw"})
    for entry in root.iterdir():
        if entry.name == "data":
            continue
        if entry.name not in left_out and not entry.name.startswith("."):
            (image / entry.name).symlink_to(entry)
    for entry in (root / "data").iterdir():
        if entry.name not in left_out:
            (image / "data" / entry.name).symlink_to(entry)
    if (root / ".dvc").is_dir():
        (image / ".dvc").mkdir()
        for entry in (root / ".dvc").glob("config*"):
            shutil.copy(entry, image / ".dvc")
    return image


def _complete(record: RunRecord, emulation: "Emulation", root: Path) -> None:
    """Add what a page says of the data, the code and the baseline."""
    from components.trainer.provenance import git_state
    from pipelines.emulator.driver import resolve_inputs

    inputs = resolve_inputs(
        emulation.specification, "Acquire", emulation.parameters, {}
    )
    values = {name: v.string_value for name, v in inputs.parameter_values.items()}
    locked = locked_md5(root, values["raw_folder"])
    record.commit = describe_commit(*git_state())
    record.data = {
        "dataset": values["dataset"],
        "variant": values["variant"],
        "folder": values["raw_folder"],
        "content_sha256": values["content_sha256"],
        "dvc_md5": values["dvc_md5"],
        "dvc_agrees": None if locked is None else locked == values["dvc_md5"],
    }
    if found := emulation.finished.get("FindBaseline"):
        record.baseline = found.parameters.get("uri", "")


def _write_outcome(name: str, root: Path, state: Path, record: RunRecord) -> Path:
    folder = state / "outcomes" / name
    folder.mkdir(parents=True, exist_ok=True)
    verdict = recipe_verdict(name, state, record)
    _write_json(folder / "verdict.json", verdict)
    write_recipe_page(name, root, record, verdict, folder / "index.html")
    if evaluation := record.output("Evaluate", "evaluation"):
        _write_json(folder / "metrics.json", read_metrics(evaluation).values)
    say(f"{name}: {verdict_text(verdict)}; see {folder / 'index.html'}")
    return folder


def _write_json(path: Path, content: Any) -> None:
    text = json.dumps(content, indent=1, sort_keys=True)
    path.write_text(text + "\n", encoding="utf-8")


def read_assignments(texts: tuple[str, ...]) -> dict[str, str]:
    """Read `NAME=VALUE` texts.

    Raises:
        UsageError: If one has no `=`.
    """
    for text in texts:
        if "=" not in text:
            raise UsageError(f"expected NAME=VALUE.\nReceived {text!r}.")
    return dict(text.split("=", 1) for text in texts)
