# SPDX-License-Identifier: Apache-2.0
"""Execute a specification or a recipe on this machine as on a cluster."""

import shutil
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from components.core.errors import UsageError
from components.core.git import git_state
from components.core.json_files import write_json
from components.core.project import project_root, state_dir
from components.evaluator.metrics import read_metrics
from components.ingest.source_list import read_source_list
from pipelines.config import Config, load_config
from pipelines.console import say
from pipelines.data_version import DataVersion, describe_commit, locked_md5
from pipelines.emulator.consent import ask_to_execute
from pipelines.emulator.driver.executor_input import resolve_inputs
from pipelines.emulator.emulation import NOT_EMULATED, Emulation, new_emulation
from pipelines.kubeflow.compile import write_specification
from pipelines.kubeflow.compiled_files import was_compiled_here
from pipelines.kubeflow.options import CompileOptions
from pipelines.kubeflow.spec import (
    DEFAULT_ROOT,
    Specification,
    pipeline_parameters,
    read_specification,
)
from pipelines.lineage.blessing import read_blessing
from pipelines.lineage.database import DATABASE
from pipelines.lock import run_lock
from pipelines.nodes import ACQUIRE, EVALUATION, FIND_BASELINE
from pipelines.report_pages import write_recipe_page
from pipelines.run_record import RunRecord, save_record
from pipelines.state_folder import open_state
from pipelines.verdicts import recipe_verdict, write_verdict

FOLDER: Final = "emulator"
# Not part of an image; see infra/image.
NOT_IN_THE_IMAGE: Final = {"reports", "raw"}


def emulate(
    specification_or_recipe: str,
    options: CompileOptions,
    overrides: Mapping[str, str],
    is_trusted: bool = False,
) -> Path:
    """Execute a compiled specification, and write metrics, verdict and report.

    A refused model is a result, not an error, as for `prodl run`.

    Args:
        specification_or_recipe: A compiled `.yaml` file, or a recipe, which is compiled
            first.
        options: Options of the compilation.
        overrides: Values of pipeline parameters that differ from their defaults.
        is_trusted: Execute a file that this project did not compile without asking.
            Defaults to False.

    Returns:
        Folder of metrics.json, verdict.json and index.html.

    Raises:
        ProdlError: If a step failed, with the step's own exit code.
        UsageError: If the file is not of a recipe of this project, or may not run.
    """
    root, state = project_root(), state_dir() / FOLDER
    config = load_config(root)
    with run_lock(state, f"prodl emulate {specification_or_recipe}"):
        open_state(state)
        path = Path(specification_or_recipe)
        if path.suffix != ".yaml":
            path = state / f"{specification_or_recipe}.yaml"
            write_specification(specification_or_recipe, path, options)
        specification = read_specification(path)
        config.recipe(specification.name)
        image = _image(root, state, pulls_data(specification, overrides))
        emulation = new_emulation(
            specification, options.root or DEFAULT_ROOT, state, image, overrides, say
        )
        data = _data_version(emulation, config)
        if not (is_trusted or was_compiled_here(state_dir(), path)):
            ask_to_execute(specification, path)
        for line in NOT_EMULATED:
            say(f"not emulated: {line}")
        record = _with_facts(emulation.execute(), emulation, data)
        save_record(record, state, specification.name)
        folder = _write_outputs(specification.name, config, state, record)
    if record.error:
        raise record.error
    return folder


def pulls_data(specification: Specification, overrides: Mapping[str, str]) -> bool:
    """Whether the node Acquire pulls the raw files from a repository or remote.

    Args:
        specification: The compiled pipeline.
        overrides: Values of pipeline parameters that differ from their defaults.
    """
    values = pipeline_parameters(specification, overrides)
    return any(
        values[name].string_value
        for name in ("data_repo", "data_remote")
        if name in values
    )


def _image(root: Path, state: Path, without_data: bool) -> Path:
    """A folder of links to the files of an image.

    The raw files are part of it only if no step pulls them.
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
        # Links: a copy of the configuration could be one of a password.
        for entry in (root / ".dvc").glob("config*"):
            (image / ".dvc" / entry.name).symlink_to(entry)
    return image


def _with_facts(
    record: RunRecord, emulation: Emulation, data: DataVersion
) -> RunRecord:
    """Add the facts of a page: data version, commit and baseline."""
    found = emulation.finished.get(FIND_BASELINE)
    uri = found.parameters.get("uri") if found else None
    return replace(
        record,
        commit=describe_commit(*git_state()),
        data=data,
        baseline=uri.string_value if uri is not None else "",
    )


def _data_version(emulation: Emulation, config: Config) -> DataVersion:
    """The data version that the specification names for its first step."""
    if ACQUIRE not in emulation.specification.dependencies:
        raise UsageError(f"the specification has no task {ACQUIRE}, as a recipe has.")
    inputs = resolve_inputs(emulation.specification, ACQUIRE, emulation.parameters, {})
    values: dict[str, str] = defaultdict(str)
    values |= {name: v.string_value for name, v in inputs.parameter_values.items()}
    config.dataset(values["dataset"])
    locked = locked_md5(config.root, values["raw_folder"])
    return DataVersion(
        dataset=values["dataset"],
        variant=values["variant"],
        folder=values["raw_folder"],
        content_sha256=values["content_sha256"],
        dvc_md5=values["dvc_md5"],
        matches_dvc_lock=None if locked is None else locked == values["dvc_md5"],
    )


def _write_outputs(name: str, config: Config, state: Path, record: RunRecord) -> Path:
    folder = state / "outcomes" / name
    folder.mkdir(parents=True, exist_ok=True)
    blessing = read_blessing(state / DATABASE, record.name)
    verdict = recipe_verdict(name, state, record, blessing)
    write_verdict(verdict, folder)
    source_list = read_source_list(config.root, record.data.dataset)
    write_recipe_page(config, source_list, record, verdict, folder / "index.html")
    if evaluation := record.output(EVALUATION):
        write_json(folder / "metrics.json", read_metrics(evaluation).values)
    say(f"{name}: {verdict.text}; see {folder / 'index.html'}")
    return folder
