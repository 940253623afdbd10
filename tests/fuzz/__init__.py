# SPDX-License-Identifier: Apache-2.0
"""Mutated input for every reader that takes files or pages from outside.

python -m tests.fuzz                            every reader, 10,000 cases each
python -m tests.fuzz zip tar --cases 500        some of them
python -m tests.fuzz zip --seed 0 --case 417    one case again, with its traceback
"""
