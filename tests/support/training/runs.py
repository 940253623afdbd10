# SPDX-License-Identifier: Apache-2.0
"""What TFX's Trainer hands to a `run_fn`, without TFX."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from components.contracts.dataset_facts import DatasetFacts
from components.report.section import read_section
from tests.support.datasets.examples import CLASSES, Ingested

FACTS = DatasetFacts(
    name="mnist",
    classes=tuple(CLASSES),
    image_shape=(28, 28, 1),
    encoding="raw",
    content_sha256="c" * 64,
    dvc_md5="d" * 32 + ".dir",
    variant="official",
)


@dataclass(frozen=True)
class Run:
    """Where a run of the Trainer leaves what it made.

    Attributes:
        folder: Everything lies below it.
        fn_args: What `run_fn` takes.
    """

    folder: Path
    fn_args: Any

    @property
    def model_folder(self) -> Path:
        """The SavedModel."""
        return Path(self.fn_args.serving_model_dir)

    @property
    def run_folder(self) -> Path:
        """What the Trainer leaves beside the model."""
        return Path(self.fn_args.model_run_dir)

    @property
    def provenance(self) -> Any:
        """What the model says about itself."""
        return json.loads((self.model_folder / "provenance.json").read_text())

    @property
    def section(self) -> str:
        """The section of the report, as HTML."""
        return read_section(self.run_folder).html

    def load(self) -> Any:
        """The exported model; its signatures do not outlive it."""
        import tensorflow as tf

        return tf.saved_model.load(str(self.model_folder))


def prepare_run(folder: Path, ingested: Ingested, params: Any) -> Run:
    """Describe a training of small splits.

    Args:
        folder: Where it shall write.
        ingested: The splits.
        params: The trainer's parameters.
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
