# SPDX-License-Identifier: Apache-2.0
"""Names of the graph's nodes and of the outputs that are read outside of the graph."""

from typing import Final, NamedTuple

ACQUIRE: Final = "Acquire"
INGEST: Final = "Ingest"
VALIDATE_ITEMS: Final = "ValidateItems"
ITEM_GATE: Final = "ItemGate"
STATISTICS_GEN: Final = "StatisticsGen"
PROVIDE_SCHEMA: Final = "ProvideSchema"
EXAMPLE_VALIDATOR: Final = "ExampleValidator"
DISTRIBUTION_VALIDATOR: Final = "DistributionValidator"
SUMMARISE_DISTRIBUTIONS: Final = "SummariseDistributions"
DISTRIBUTION_GATE: Final = "DistributionGate"
TRANSFORM: Final = "Transform"
TRAINER: Final = "Trainer"
FIND_BASELINE: Final = "FindBaseline"
EVALUATE: Final = "Evaluate"
PUSHER: Final = "Pusher"
# On a cluster only; elsewhere the command writes the page.
REPORT: Final = "Report"

DATA_NODES: Final = (
    *(ACQUIRE, INGEST, VALIDATE_ITEMS, ITEM_GATE, STATISTICS_GEN, PROVIDE_SCHEMA),
    *(EXAMPLE_VALIDATOR, DISTRIBUTION_VALIDATOR, SUMMARISE_DISTRIBUTIONS),
    DISTRIBUTION_GATE,
)
MODEL_NODES: Final = (TRANSFORM, TRAINER, FIND_BASELINE, EVALUATE, PUSHER)


class NodeOutput(NamedTuple):
    """An output artifact, named by its node and its key there."""

    node: str
    key: str


RAW: Final = NodeOutput(ACQUIRE, "raw")
EXAMPLES: Final = NodeOutput(INGEST, "examples")
ITEMS: Final = NodeOutput(INGEST, "items")
ITEM_VALIDATION: Final = NodeOutput(VALIDATE_ITEMS, "result")
DISTRIBUTION_VALIDATION: Final = NodeOutput(SUMMARISE_DISTRIBUTIONS, "result")
SCHEMA: Final = NodeOutput(PROVIDE_SCHEMA, "schema")
MODEL: Final = NodeOutput(TRAINER, "model")
MODEL_RUN: Final = NodeOutput(TRAINER, "model_run")
EVALUATION: Final = NodeOutput(EVALUATE, "evaluation")
BLESSING: Final = NodeOutput(EVALUATE, "blessing")
EVALUATION_SECTION: Final = NodeOutput(EVALUATE, "section")
PUSHED_MODEL: Final = NodeOutput(PUSHER, "pushed_model")

# Outputs with the data of a report section, in reading order.
DATA_SECTIONS: Final = (ITEM_VALIDATION, DISTRIBUTION_VALIDATION)
MODEL_SECTIONS: Final = (MODEL_RUN, EVALUATION_SECTION)
