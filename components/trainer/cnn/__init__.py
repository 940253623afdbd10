# SPDX-License-Identifier: Apache-2.0
"""Convolutional classifiers, from scratch or on a pretrained backbone."""
