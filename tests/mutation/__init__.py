# SPDX-License-Identifier: Apache-2.0
"""Strength of the tests: small faults are put into the code, and the tests must fail.

Mutants are named ones, in `mutants/*.yaml`, and ones drawn from the syntax trees of the
modules that decide (`drawing.py`). Each is applied in a copy of the working tree and
shown to the tests that are relevant for it: `python -m tests.mutation --help`.
"""
