# SPDX-License-Identifier: Apache-2.0
"""Synthetic pictures: drawn by seed, the same pixels on every machine.

Only additions, multiplications, divisions, square roots and comparisons of single
numbers occur: all that IEEE 754 fixes to the last bit. There is no sine, no power, no
sum whose order a library could choose, and the random numbers are made here.
"""
