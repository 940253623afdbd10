# SPDX-License-Identifier: Apache-2.0
"""What all image classifiers share, whatever their network."""
