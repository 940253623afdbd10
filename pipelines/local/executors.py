# SPDX-License-Identifier: Apache-2.0
"""Executor operators of TFX that start from empty outputs and end with durable ones.

TFX writes into whatever an output folder holds, so a step would add its files to those
of a former state folder with the same execution ids. And it publishes an execution as
complete while its files may still be in memory alone: after a power cut the cache would
serve empty files.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from google.protobuf.message import Message
from tfx.orchestration.portable.base_executor_operator import BaseExecutorOperator
from tfx.orchestration.portable.beam_executor_operator import BeamExecutorOperator
from tfx.orchestration.portable.data_types import ExecutionInfo
from tfx.orchestration.portable.python_executor_operator import PythonExecutorOperator
from tfx.proto.orchestration import executable_spec_pb2
from tfx.proto.orchestration.execution_result_pb2 import ExecutorOutput

from components.core.files import remove, sync


class _DurableOutputs(BaseExecutorOperator):
    """What both operators below add to those of TFX."""

    def run_executor(self, execution_info: ExecutionInfo, **options: Any) -> Any:
        """Run an executor on empty output folders and write its files to the disk."""
        for output in _outputs(execution_info):
            _empty(output)
        result: ExecutorOutput = super().run_executor(execution_info, **options)
        for output in _outputs(execution_info):
            if output.exists():
                sync(output)
        return result


class DurablePythonOperator(_DurableOutputs, PythonExecutorOperator):
    """TFX's operator of Python executors, with durable outputs."""


class DurableBeamOperator(_DurableOutputs, BeamExecutorOperator):
    """TFX's operator of Beam executors, with durable outputs."""


OPERATORS: dict[type[Message], type[BaseExecutorOperator]] = {
    executable_spec_pb2.PythonClassExecutableSpec: DurablePythonOperator,
    executable_spec_pb2.BeamExecutableSpec: DurableBeamOperator,
}


def _outputs(execution_info: ExecutionInfo) -> Iterator[Path]:
    for artifacts in execution_info.output_dict.values():
        yield from (Path(artifact.uri) for artifact in artifacts)


def _empty(output: Path) -> None:
    """Remove what an output folder holds; a value artifact is a file and stays."""
    for path in output.iterdir() if output.is_dir() else ():
        remove(path)
