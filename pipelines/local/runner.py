# SPDX-License-Identifier: Apache-2.0
"""Run a graph on this machine, node by node, with one line per node and its reason.

The contract is that of TFX's LocalDagRunner: the compiled pipeline, the public
Launcher, one MLMD file. That runner has no hook between nodes, hence this loop.
"""

import logging
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from typing import Final

from tfx.dsl.compiler import compiler, constants
from tfx.orchestration import metadata
from tfx.orchestration.local import runner_utils
from tfx.orchestration.pipeline import Pipeline
from tfx.orchestration.portable import launcher, runtime_parameter_utils
from tfx.proto.orchestration import pipeline_pb2

from components.core.errors import DataRefused, ProdlError
from pipelines.beam_batches import batch_by_bytes
from pipelines.code_version import note_code, read_code_history
from pipelines.console import step_line
from pipelines.failures import as_prodl_error, first_line
from pipelines.graph.execution_target import ExecutionTarget
from pipelines.lineage.database import DATABASE
from pipelines.lineage.store import LineageStore
from pipelines.local.cache_reasons import explain, time_of
from pipelines.local.executors import OPERATORS
from pipelines.published_models import published_folder
from pipelines.run_record import RunRecord, StepRecord

# A clock that is corrected by less is waited for.
MAX_WAIT: Final = timedelta(seconds=10)


def local_target(state: Path, dataset: str, recipe: str) -> ExecutionTarget:
    """This machine as an execution target: everything is below the state folder."""
    return ExecutionTarget(
        pipeline_name=dataset,
        pipeline_root=str(state / "artifacts"),
        push_destination=str(state / "pushed" / recipe),
        published=published_folder(recipe),
        metadata_path=str(state / DATABASE),
    )


def run_pipeline(
    pipeline: Pipeline,
    label: str,
    target: ExecutionTarget,
    report: Callable[[str], None],
) -> RunRecord:
    """Run a pipeline to its end or to the first step that fails.

    Args:
        pipeline: The graph.
        label: Recipe or data set; first part of the run's name.
        target: Where the graph keeps its state.
        report: Receives one line per node.

    Returns:
        The record of the run; an error is kept in it, not raised, so that a page can
        be made from the finished steps.
    """
    Path(str(target.metadata_path)).parent.mkdir(parents=True, exist_ok=True)
    # Beam parses the command line of the process as its own options.
    sys.argv = sys.argv[:1]
    batch_by_bytes()
    name = f"{label}.{datetime.now(UTC):%Y%m%dT%H%M%S.%f}"
    state = Path(str(target.metadata_path)).parent
    if changes := note_code(state, time_of(name)):
        report(f"since the last run: {'; '.join(changes)}")
    pipeline.enable_cache = _catch_up(target, report)
    ir: pipeline_pb2.Pipeline = compiler.Compiler().compile(pipeline)
    runtime_parameter_utils.substitute_runtime_parameter(
        ir, {constants.PIPELINE_RUN_ID_PARAMETER_NAME: name}
    )
    nodes = [node.pipeline_node for node in ir.nodes]
    record = RunRecord(name, steps=[StepRecord(n.node_info.id) for n in nodes])
    for node, step in zip(nodes, record.steps, strict=True):
        record.error = _run_node(ir, node, step, target)
        report(step_line(step.node, step.status, step.seconds, step.reason))
        if record.error:
            break
    return record


def _catch_up(target: ExecutionTarget, report: Callable[[str], None]) -> bool:
    """Wait until the clock has passed the newest artifact, or tell that it is far off.

    With a clock that was set back TFX was seen to find no inputs for a step whose
    producer came from the cache: the execution is older than the artifacts in it.

    Returns:
        Whether the cache can be used.
    """
    path = Path(str(target.metadata_path))
    newest = None
    if path.exists():
        newest = LineageStore(path, is_examined=True).newest_artifact_time()
    lag = newest - datetime.now(UTC) if newest else timedelta(0)
    if lag > MAX_WAIT:
        report(
            f"The clock of this machine is {lag} behind the newest entry of the state "
            "folder: the cache is not used and every step runs."
        )
        return False
    time.sleep(max(0.0, lag.total_seconds()))
    return True


def _run_node(
    ir: pipeline_pb2.Pipeline,
    node: pipeline_pb2.PipelineNode,
    step: StepRecord,
    target: ExecutionTarget,
) -> BaseException | None:
    meter = _Meter()
    error: BaseException | None = None
    try:
        info = _launcher(ir, node).launch()
        step.execution_id = info.execution_id if info else None
        _describe(step, target)
    except (Exception, KeyboardInterrupt) as failure:
        # Kept in the record, not raised: the page is made after the run.
        logging.exception("%s failed", step.node)
        error = failure
    meter.stop(step)
    if error:
        step.status = "refused" if isinstance(error, DataRefused) else "failed"
        state = Path(str(target.metadata_path)).parent
        step.reason = first_line(as_prodl_error(error, state) or error)
    return error


def _launcher(
    ir: pipeline_pb2.Pipeline, node: pipeline_pb2.PipelineNode
) -> launcher.Launcher:
    deployment = runner_utils.extract_local_deployment_config(ir)
    connection = deployment.metadata_connection_config
    node_id = node.node_info.id
    return launcher.Launcher(
        pipeline_node=node,
        mlmd_connection=metadata.Metadata(
            getattr(connection, connection.WhichOneof("connection_config"))
        ),
        pipeline_info=ir.pipeline_info,
        pipeline_runtime_spec=ir.runtime_spec,
        executor_spec=runner_utils.extract_executor_spec(deployment, node_id),
        custom_driver_spec=runner_utils.extract_custom_driver_spec(deployment, node_id),
        custom_executor_operators=OPERATORS,
    )


def _describe(step: StepRecord, target: ExecutionTarget) -> None:
    if step.execution_id is None:
        raise ProdlError(
            f"{step.node}: its inputs are missing from the metadata store."
        )
    store = LineageStore(Path(str(target.metadata_path)), is_examined=True)
    execution = store.execution(step.execution_id)
    # TFX's launcher records some failures, as of inputs that it does not find, and
    # returns as after a success.
    if not execution.succeeded:
        raise ProdlError(
            f"{step.node} is recorded as {execution.state}, which ends the run: "
            f"{execution.error or 'TFX gives no reason'}"
        )
    step.status = "cached" if execution.state == "CACHED" else "ran"
    history = read_code_history(Path(str(target.metadata_path)).parent)
    step.reason = explain(store, target.pipeline_name, execution, history)
    step.outputs = {
        name: store.artifact(ids[0]).uri for name, ids in execution.outputs.items()
    }


class _Meter:
    """Measure one step: wall time, CPU time with children, peak memory."""

    def __init__(self) -> None:
        _reset_peak_memory()
        self._wall, self._cpu = time.monotonic(), _cpu_seconds()

    def stop(self, step: StepRecord) -> None:
        """Write the measurements into a step's record."""
        step.seconds = time.monotonic() - self._wall
        step.cpu_seconds = _cpu_seconds() - self._cpu
        step.peak_memory_mb = _peak_memory_mb()


def _cpu_seconds() -> float:
    children = getrusage(RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def _reset_peak_memory() -> None:
    # Linux: 5 resets the high-water mark, so that each step shows its own.
    reset = Path("/proc/self/clear_refs")
    with suppress(OSError):
        reset.write_text("5")


def _peak_memory_mb() -> float:
    status = Path("/proc/self/status")
    if not status.exists():
        return 0.0
    lines = status.read_text().splitlines()
    peak = next((line for line in lines if line.startswith("VmHWM")), "VmHWM: 0 kB")
    return int(peak.split()[1]) / 1024
