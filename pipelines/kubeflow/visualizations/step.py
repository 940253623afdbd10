# SPDX-License-Identifier: Apache-2.0
"""The visualizations of a step: hidden from TFX's executor, written after it."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from components.core.files import write_text
from components.core.json_files import read_json_object, write_json
from pipelines.kubeflow.visualizations.classification import classification_metrics
from pipelines.kubeflow.visualizations.drawing import Drawing
from pipelines.kubeflow.visualizations.outputs import TYPES
from pipelines.kubeflow.visualizations.pages import data_report, item_report, report
from pipelines.kubeflow.visualizations.scalars import (
    data_checks,
    model_gate,
    model_metrics,
)
from tfx_kfp.uris import to_folder

# Key of a visualization -> what makes it of the folders of the step's artifacts.
MAKERS: Final[Mapping[str, Callable[[Mapping[str, Path]], Drawing]]] = {
    "item_report": item_report,
    "item_checks": data_checks,
    "data_report": data_report,
    "distribution_checks": data_checks,
    "metrics": model_metrics,
    "gate": model_gate,
    "classification": classification_metrics,
    "report": report,
}


@dataclass(frozen=True)
class StepVisualizations:
    """What a step has beside the inputs and outputs of its TFX component."""

    addresses: Mapping[str, str]
    """Output that KFP's page draws -> its address."""

    folders: Mapping[str, Path]
    """Artifact of the step -> its folder in the container."""

    output_file: Path
    """The ExecutorOutput, which KFP's launcher reads."""

    def write(self) -> None:
        """Write the files, and name the artifacts to KFP's launcher."""
        if not self.addresses:
            return
        output = read_json_object(self.output_file, "Start the run again.")
        artifacts = output.setdefault("artifacts", {})
        for name, uri in self.addresses.items():
            drawing = MAKERS[name](self.folders)
            write_text(Path(to_folder(uri)), drawing.text)
            told = {"uri": uri, "metadata": dict(drawing.properties)}
            artifacts[name] = {"artifacts": [told]}
        write_json(self.output_file, output)


def hide_visualizations(
    invocation: dict[str, Any], inputs_spec: str
) -> StepVisualizations:
    """Take out of an ExecutorInput what TFX's component does not know.

    Args:
        invocation: The ExecutorInput, changed in place.
        inputs_spec: The inputs of the TFX component, JSON: others are hidden.
    """
    inputs = invocation.get("inputs", {}).get("artifacts", {})
    outputs = invocation["outputs"].get("artifacts", {})
    folders = {
        name: Path(to_folder(listed["artifacts"][0]["uri"]))
        for name, listed in (inputs | outputs).items()
    }
    for name in inputs.keys() - json.loads(inputs_spec).get("artifacts", {}).keys():
        del inputs[name]
    drawn = [name for name, listed in outputs.items() if _is_drawn(listed)]
    return StepVisualizations(
        {name: outputs.pop(name)["artifacts"][0]["uri"] for name in drawn},
        folders,
        Path(invocation["outputs"]["outputFile"]),
    )


def _is_drawn(listed: Mapping[str, Any]) -> bool:
    artifact_type = listed["artifacts"][0].get("type", {})
    return artifact_type.get("schemaTitle") in TYPES
