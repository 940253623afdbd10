# SPDX-License-Identifier: Apache-2.0
"""Export of a network of a table as a SavedModel.

Its signatures take rows in three forms and give the same answers:

* `serving_default`: serialized tf.Examples;
* `predict_rows`: one input per column, by the name of its feature;
* `predict_csv`: lines of a CSV file without header, the columns in their order.

The transform graph, the temperature and the scale of a number are part of each.
`model.keras` maps transformed features to the same answers.
"""

from collections.abc import Callable
from pathlib import Path

import keras
import tensorflow as tf
import tensorflow_transform as tft

from components.contracts.signatures import (
    CSV,
    PREDICT_CSV,
    PREDICT_ROWS,
    SERVING_DEFAULT,
)
from components.contracts.table_layout import TableLayout
from components.trainer.keras_file import write_keras_file
from components.trainer.table.raw_rows import Raw, RawRows
from components.trainer.table.rows import as_inputs
from components.trainer.table.train import Trained


def export_table_model(
    trained: Trained, transform_output: str, layout: TableLayout, folder: Path
) -> None:
    """Write a SavedModel with its signatures, and `model.keras`.

    Args:
        trained: The network, and what it predicts.
        transform_output: Folder of the transform graph.
        layout: Columns of the table.
        folder: Folder of the SavedModel.
    """
    model, answer = trained.model, trained.answer
    transform = tft.TFTransformOutput(transform_output)
    layer = transform.transform_features_layer()
    rows = RawRows(layout, transform)

    # Traced once for all endpoints.
    @tf.function(input_signature=[rows.raw])
    def answer_rows(raw: Raw) -> dict[str, tf.Tensor]:
        inputs = as_inputs(layer(raw), trained.specs)
        return answer.serve(model(inputs, training=False))

    def endpoint(
        parse: Callable[..., Raw], spec: object
    ) -> tf.types.experimental.PolymorphicFunction:
        @tf.function(input_signature=[spec])
        def predict(request: object) -> dict[str, tf.Tensor]:
            outputs: dict[str, tf.Tensor] = answer_rows(parse(request))
            return outputs

        return predict

    examples = tf.TensorSpec([None], tf.string, name="examples")
    lines = tf.TensorSpec([None], tf.string, name=CSV)
    archive = keras.export.ExportArchive()
    archive.track(model)
    # Its vocabularies are files of the SavedModel.
    archive.track(layer)
    archive.add_endpoint(SERVING_DEFAULT, endpoint(rows.from_examples, examples))
    archive.add_endpoint(PREDICT_ROWS, endpoint(rows.from_columns, rows.columns))
    archive.add_endpoint(PREDICT_CSV, endpoint(rows.from_csv, lines))
    archive.write_out(str(folder), verbose=False)
    served = keras.Model(model.input, answer.served_layers(model.output))
    write_keras_file(served, folder)
