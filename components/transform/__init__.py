# SPDX-License-Identifier: Apache-2.0
"""Preprocessing functions of TFX's Transform, one module per modality."""
