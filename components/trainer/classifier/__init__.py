# SPDX-License-Identifier: Apache-2.0
"""Training, calibration and export that all classifiers of images share."""
