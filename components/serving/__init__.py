# SPDX-License-Identifier: Apache-2.0
"""Clients of a published model: what `prodl predict` runs.

A task is one module with the same three names, and one entry in `predict.py`:

    SIGNATURES    signatures that such a model has, at least one of them
    Options       dataclass of the options of `prodl predict` that it takes
    predict       (model, inputs, options) -> one answer per input
"""
