# SPDX-License-Identifier: Apache-2.0
"""Classifiers whose layers were pretrained as Boltzmann machines: deep belief nets."""
