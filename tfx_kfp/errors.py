# SPDX-License-Identifier: Apache-2.0
"""What this package refuses."""


class UnsupportedError(ValueError):
    """A pipeline or an address that open-source Kubeflow Pipelines cannot run.

    The message says what was received and how to get around it.
    """
