# SPDX-License-Identifier: Apache-2.0
"""Evaluation of pretrained classifiers: what pretraining gains, by number of labels."""
