# SPDX-License-Identifier: Apache-2.0
"""Execute a compiled specification on this machine in the way of Kubeflow Pipelines.

Driver and launcher are restated (`driver/`, `launcher/`); the commands are
the specification's own, each in a process of its own, and the metadata store is MLMD.
It is a local run of the compiled file, and no proof that a cluster runs it.
"""

import shutil
import uuid
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from graphlib import TopologicalSorter
from pathlib import Path
from threading import Lock
from typing import Final

from google.protobuf import struct_pb2
from kfp.pipeline_spec import pipeline_spec_pb2 as kfp

from components.core.errors import (
    DataNotObtainable,
    DataRefused,
    ModelRefused,
    ProdlError,
    UsageError,
)
from components.core.redaction import without_secrets
from pipelines.console import step_line
from pipelines.emulator.driver.cache_key import fingerprint
from pipelines.emulator.driver.executor_input import provision_outputs, resolve_inputs
from pipelines.emulator.driver.pod_patch import pod_patch
from pipelines.emulator.driver.store_session import store_session_info
from pipelines.emulator.launcher.launch import Launcher, Outputs, only_log
from pipelines.emulator.launcher.machine import Machine
from pipelines.emulator.launcher.process import open_lifeline
from pipelines.emulator.metadata import Finished, MetadataStore
from pipelines.emulator.names import check_names
from pipelines.kubeflow.spec import (
    Specification,
    pipeline_parameters,
    resources_line,
)
from pipelines.lineage.database import DATABASE
from pipelines.run_record import RunRecord, StepRecord

NOT_EMULATED: Final = (
    "scheduling: requests, limits, selectors and tolerations are shown, not enforced",
    "the image: the project's own folder and interpreter stand in for it",
    "access rights: the object store is a folder, secrets are this shell's variables",
    "the metadata server: MLMD is a file, an execution is in it when it has ended",
    "KFP 2.17's downloads: as in 2.16, `model` brings its neighbour `model_run` too",
    "retries, evictions, network policies and KFP's page",
)
LAST_LINES: Final = 25
# Steps that do not wait for each other run side by side, as on a small cluster.
STEPS_AT_ONCE: Final = 2
ERRORS_BY_EXIT_CODE: Final[Mapping[int, type[ProdlError]]] = {
    error.exit_code: error
    for error in (UsageError, DataNotObtainable, DataRefused, ModelRefused)
}


@dataclass
class Emulation:
    """One run of a specification."""

    specification: Specification
    """The compiled pipeline."""

    root: str
    """Address for artifacts."""

    state: Path
    """Folder of the emulated cluster."""

    machine: Machine
    """Folders of the emulated machine."""

    run: str
    """Name of the run."""

    parameters: dict[str, struct_pb2.Value]
    """Values of the pipeline's parameters."""

    report: Callable[[str], None]
    """Receives one line per step."""

    finished: dict[str, Finished] = field(default_factory=dict)
    """Outputs of the finished steps, by task."""

    lock: Lock = field(default_factory=Lock)
    """Held by the step that reads or writes the metadata store."""

    def execute(self) -> RunRecord:
        """Run all steps, or up to the first that fails; the error is in the record."""
        steps = {name: StepRecord(name) for name in self.specification.order}
        record = RunRecord(self.run, steps=list(steps.values()))
        name, session = self.specification.name, store_session_info(self.root)
        store = MetadataStore(self.state / DATABASE, name, self.run, session)
        waiting = TopologicalSorter(self.specification.dependencies)
        waiting.prepare()
        running: dict[Future[ProdlError | None], StepRecord] = {}
        # The lifeline is the inner one: if this block is left early, it ends the steps.
        with ThreadPoolExecutor(STEPS_AT_ONCE) as pool, open_lifeline() as lifeline:
            launcher = Launcher(self.specification, self.machine, lifeline)
            while True:
                # Like KFP: after a failure running steps end, no other is started.
                for task in () if record.error else waiting.get_ready():
                    future = pool.submit(self._step, steps[task], store, launcher)
                    running[future] = steps[task]
                if not running:
                    return record
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    step, error = running.pop(future), future.result()
                    self.report(
                        step_line(step.node, step.status, step.seconds, step.reason)
                    )
                    record.error = record.error or error
                    if not error:
                        waiting.done(step.node)

    def log(self, task: str) -> Path:
        """The file with what a step printed."""
        return self.state / "logs" / self.run / f"{task}.log"

    def _step(
        self, step: StepRecord, store: MetadataStore, launcher: Launcher
    ) -> ProdlError | None:
        """Run a step, or find it in the cache, and record its outputs."""
        spec, task, error = self.specification, step.node, None
        try:
            invocation = self._resolve(task)
        except UsageError as refused:
            # KFP's driver ends before there is an execution.
            step.status, step.reason = "failed", "its inputs cannot be resolved"
            return refused
        key = fingerprint(spec, task, invocation)
        with self.lock:
            earlier = store.find(key) if key else None
        if earlier:
            step.status, step.reason = "cached", "KFP's cache key is the same"
            with self.lock:
                finished = store.reuse(task, key, invocation.inputs, earlier)
        else:
            finished, error = self._launch(step, invocation, key, store, launcher)
        self.finished[task] = finished
        step.execution_id = finished.id
        step.outputs = {
            name: str(self.machine.local(artifact.uri))
            for name, artifact in finished.artifacts.items()
        }
        return error

    def _resolve(self, task: str) -> kfp.ExecutorInput:
        spec = self.specification
        run_root, salt = f"{self.root}/{spec.name}/{self.run}", uuid.uuid4().hex
        return kfp.ExecutorInput(
            inputs=resolve_inputs(spec, task, self.parameters, self.finished),
            outputs=provision_outputs(spec, task, run_root, salt),
        )

    def _launch(
        self,
        step: StepRecord,
        invocation: kfp.ExecutorInput,
        key: str,
        store: MetadataStore,
        launcher: Launcher,
    ) -> tuple[Finished, ProdlError | None]:
        """Run the command of a step, and record what it left."""

        def record(state: str, left: Outputs) -> Finished:
            with self.lock:
                inputs, artifacts = invocation.inputs, left.artifacts
                return store.record(
                    step.node, state, key, inputs, artifacts, left.parameters
                )

        with self._scratch(step.node) as scratch:
            log = self.log(step.node)
            process = launcher.run(step.node, invocation, scratch, log)
            step.seconds, step.cpu_seconds = process.seconds, process.cpu_seconds
            step.peak_memory_mb = process.peak_memory_mb
            error = _failure(step.node, process.exit_code, log)
            if not error:
                try:
                    left = launcher.collect(step.node, invocation, scratch)
                    finished = record("COMPLETE", left)
                    step.status = "ran"
                    step.reason = resources_line(self.specification, step.node)
                    return finished, None
                except ProdlError as unusable:
                    error = unusable
        step.status = "refused" if process.exit_code == 4 else "failed"
        code = process.exit_code
        step.reason = f"exit code {code}" if code else "its outputs cannot be recorded"
        return record("FAILED", only_log(invocation.outputs)), error

    @contextmanager
    def _scratch(self, task: str) -> Iterator[Path]:
        scratch = self.state / "scratch" / self.run / task
        scratch.mkdir(parents=True)
        try:
            yield scratch
        finally:
            shutil.rmtree(scratch, ignore_errors=True)


def new_emulation(
    specification: Specification,
    root: str,
    state: Path,
    image: Path,
    overrides: Mapping[str, str],
    report: Callable[[str], None],
) -> Emulation:
    """Set up a run.

    Args:
        specification: The compiled pipeline.
        root: Address for artifacts.
        state: Folder of the emulated cluster.
        image: Folder in the place of the image.
        overrides: Values of pipeline parameters that differ from their defaults.
        report: Receives one line per step.

    Raises:
        UsageError: If a name in the specification would lead out of the folder, or a
            setting for Pods is not known.
    """
    check_names(specification)
    for task in specification.order:
        pod_patch(specification.containers[task], specification.placements[task])
    machine = Machine(state / "store", state / "claims", image)
    for folder in (machine.store, machine.claims):
        folder.mkdir(parents=True, exist_ok=True)
    return Emulation(
        specification=specification,
        root=root.rstrip("/"),
        state=state,
        machine=machine,
        run=f"{specification.name}.{datetime.now(UTC):%Y%m%dT%H%M%S.%f}",
        parameters=pipeline_parameters(specification, overrides),
        report=report,
    )


def _failure(task: str, exit_code: int, log: Path) -> ProdlError | None:
    """The error of a step by its exit code, with the end of its log."""
    if exit_code == 0:
        return None
    error = ERRORS_BY_EXIT_CODE.get(exit_code, ProdlError)
    return error(f"{task} failed.\n{without_secrets(_tail(log))}\nlog: {log}")


def _tail(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    return "\n".join(lines[-LAST_LINES:])
