# SPDX-License-Identifier: Apache-2.0
"""TFX pipelines on open-source Kubeflow Pipelines 2: README.md beside this file.

* `tfx_kfp.compiler.compile_pipeline`: a TFX pipeline to a file that KFP accepts.
* `python -m tfx_kfp.entrypoint`: the command of its containers.
* `tfx_kfp.uris`: addresses of artifacts, and the folders of KFP's launcher for them.

This module imports no TFX: the entrypoint prepares the process before it does.
"""

from tfx_kfp.errors import UnsupportedError

__all__ = ["UnsupportedError"]
