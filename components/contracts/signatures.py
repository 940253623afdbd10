# SPDX-License-Identifier: Apache-2.0
"""Names of the signatures of exported models, and of their inputs and outputs."""

from typing import Final

# Signatures.
SERVING_DEFAULT: Final = "serving_default"
PREDICT_IMAGES: Final = "predict_images"
PREDICT_CONTROL: Final = "predict_control"
PREDICT_ENCODED: Final = "predict_encoded"
EXPLAIN: Final = "explain"
FEATURES: Final = "features"
ENCODE: Final = "encode"
DECODE: Final = "decode"
RECONSTRUCT: Final = "reconstruct"
DENOISE: Final = "denoise"
DENOISE_PIXELS: Final = "denoise_pixels"
SAMPLE: Final = "sample"
SAMPLE_CLASS: Final = "sample_class"
TOKENIZE: Final = "tokenize"
COMPLETE: Final = "complete"
COMPLETE_BEAM: Final = "complete_beam"
# Of tables: one input per column, by the name of its feature; or lines of a CSV file.
PREDICT_ROWS: Final = "predict_rows"
PREDICT_CSV: Final = "predict_csv"

# Inputs and outputs; the output of `features` has the name of its signature.
COUNT: Final = "count"
SEED: Final = "seed"
LABEL: Final = "label"
IMAGES: Final = "images"
ENCODED: Final = "encoded"
PIXELS: Final = "pixels"
PROBABILITIES: Final = "probabilities"
CODE: Final = "code"
MEAN: Final = "mean"
LOG_VARIANCE: Final = "log_variance"
LOGITS: Final = "logits"
LATENT: Final = "latent"
CSV: Final = "csv"
VALUE: Final = "value"
