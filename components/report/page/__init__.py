# SPDX-License-Identifier: Apache-2.0
"""The page of a run or of a data set, composed of sections."""
