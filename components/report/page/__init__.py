# SPDX-License-Identifier: Apache-2.0
"""The page of a run or a data set, put together from sections."""
