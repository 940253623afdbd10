# SPDX-License-Identifier: Apache-2.0
"""Every test process computes as `prodl` does, and so do the processes it starts."""

import gc
import os

from tests.support import preloaded

# Before any test imports TensorFlow, which reads it once: see pipelines/__main__.py.
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")

# In the process that starts the workers, which inherit it: they share one server.
preloaded.share_folder()

# TensorFlow and TFX are a million objects, which every full collection looks through.
gc.set_threshold(*preloaded.GC_THRESHOLDS)
