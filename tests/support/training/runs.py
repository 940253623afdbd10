# SPDX-License-Identifier: Apache-2.0
"""Runs of a family's `run_fn` with the arguments of TFX's Trainer, without TFX."""

import json
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import tensorflow as tf

from components.contracts.dataset_facts import DatasetFacts
from components.report.section import read_section
from tests.support.datasets.examples import CLASSES, Ingested

FACTS = DatasetFacts(
    name="mnist",
    classes=tuple(CLASSES),
    image_shape=(28, 28, 1),
    modality="image",
    content_sha256="c" * 64,
    dvc_md5="d" * 32 + ".dir",
    variant="official",
)


@dataclass(frozen=True)
class Run:
    """One run of the Trainer: arguments and outputs."""

    folder: Path
    """Folder of all outputs."""

    fn_args: Any
    """Argument of `run_fn`."""

    @property
    def model_folder(self) -> Path:
        """Folder of the SavedModel."""
        return Path(self.fn_args.serving_model_dir)

    @property
    def run_folder(self) -> Path:
        """Folder of the ModelRun artifact."""
        return Path(self.fn_args.model_run_dir)

    @property
    def provenance(self) -> Any:
        """Content of the model's provenance.json."""
        return json.loads((self.model_folder / "provenance.json").read_text())

    @property
    def section(self) -> str:
        """The section of the report, as HTML."""
        return read_section(self.run_folder).html

    @cached_property
    def model(self) -> Any:
        """The SavedModel; its signatures are valid as long as it is referenced."""
        return tf.saved_model.load(str(self.model_folder))


def prepare_run(folder: Path, ingested: Ingested, params: Any) -> Run:
    """Describe a training of small splits.

    Args:
        folder: Folder of all outputs.
        ingested: The splits.
        params: The family's `Params`.
    """
    config = {
        "recipe": "mnist-tiny",
        "seed": 5,
        "params": asdict(params),
        "dataset": asdict(FACTS),
        "model_key": f"{folder.name}-key",
        "code_fingerprint": "5" * 64,
    }
    fn_args = SimpleNamespace(
        train_files=ingested.files("train"),
        eval_files=ingested.files("validation"),
        transform_output=str(ingested.graph),
        serving_model_dir=str(folder / "model" / "Format-Serving"),
        model_run_dir=str(folder / "model_run"),
        # Through JSON, as TFX passes it.
        custom_config=json.loads(json.dumps(config)),
    )
    return Run(folder, fn_args)
