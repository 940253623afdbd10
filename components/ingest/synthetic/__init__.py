# SPDX-License-Identifier: Apache-2.0
"""Synthetic pictures: generated from a seed, the same pixels on every machine.

The only operations are elementwise additions, multiplications, divisions, square roots
and comparisons, which IEEE 754 defines to the last bit: no sine, no power, and no sum
whose order a library may choose. The random numbers are generated here as well.
"""
