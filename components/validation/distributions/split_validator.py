# SPDX-License-Identifier: Apache-2.0
"""TFX's DistributionValidator with one input instead of two, for splits of a data set.

The splits are in one Statistics artifact, which would be both inputs of the stock
component. Kubeflow Pipelines records an event per input and artifact, and its metadata
store refuses the second event of the same artifact.
"""

from typing import Any, ClassVar

from tfx.components.distribution_validator.executor import Executor as StockExecutor
from tfx.dsl.components.base.base_component import BaseComponent
from tfx.dsl.components.base.executor_spec import ExecutorClassSpec
from tfx.proto.distribution_validator_pb2 import DistributionValidatorConfig
from tfx.types.artifact import Artifact
from tfx.types.channel import BaseChannel, Channel
from tfx.types.component_spec import ChannelParameter, ComponentSpec
from tfx.types.standard_artifacts import ExampleAnomalies, ExampleStatistics
from tfx.types.standard_component_specs import (
    DISTRIBUTION_VALIDATOR_CONFIG_KEY as CONFIG,
)
from tfx.types.standard_component_specs import DistributionValidatorSpec
from tfx.utils import json_utils, proto_utils


class Executor(StockExecutor):
    """The stock executor with the statistics as their own baseline."""

    def Do(  # noqa: N802, TFX's name
        self,
        input_dict: dict[str, list[Artifact]],
        output_dict: dict[str, list[Artifact]],
        exec_properties: dict[str, Any],
    ) -> None:
        """Validate; TFX's DistributionValidator documents the arguments."""
        both = {**input_dict, "baseline_statistics": input_dict["statistics"]}
        config = exec_properties[CONFIG]
        if isinstance(config, str):
            # A message in a local run, its JSON on a cluster.
            message = DistributionValidatorConfig()
            proto_utils.json_to_proto(config, message)
            exec_properties = {**exec_properties, CONFIG: message}
        super().Do(both, output_dict, exec_properties)


class SplitComparisonSpec(ComponentSpec):
    """The stock specification without its second input."""

    PARAMETERS = DistributionValidatorSpec.PARAMETERS
    INPUTS: ClassVar = {"statistics": ChannelParameter(type=ExampleStatistics)}
    OUTPUTS = DistributionValidatorSpec.OUTPUTS


class SplitComparison(BaseComponent):
    """Compares the distributions of the splits of a data set."""

    SPEC_CLASS = SplitComparisonSpec
    EXECUTOR_SPEC = ExecutorClassSpec(Executor)

    def __init__(
        self,
        statistics: BaseChannel,
        config: DistributionValidatorConfig,
        split_pairs: list[tuple[str, str]],
    ) -> None:
        """Wire the component.

        Args:
            statistics: Statistics of all splits.
            config: Features, and the largest distance of each.
            split_pairs: Pairs of splits that are compared: (evaluated, baseline).
        """
        spec = SplitComparisonSpec(
            statistics=statistics,
            distribution_validator_config=config,
            include_split_pairs=json_utils.dumps(split_pairs),
            anomalies=Channel(type=ExampleAnomalies),
        )
        super().__init__(spec=spec)
