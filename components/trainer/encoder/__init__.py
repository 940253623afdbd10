# SPDX-License-Identifier: Apache-2.0
"""Classifiers on the published encoder of an autoencoder."""
