# SPDX-License-Identifier: Apache-2.0
"""Restricted Boltzmann machine of ratings (Salakhutdinov, Mnih and Hinton 2007)."""
