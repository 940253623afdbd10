# SPDX-License-Identifier: Apache-2.0
"""HOW each step works: one folder per step of the pipeline."""
