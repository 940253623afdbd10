# SPDX-License-Identifier: Apache-2.0
"""Synthetic data: generated from a seed, the same ones on every machine.

The only operations are elementwise additions, multiplications, divisions, square roots
and comparisons, which IEEE 754 defines to the last bit: no sine, no power, and no sum
whose order a library may choose. The random numbers are generated here as well.
"""
