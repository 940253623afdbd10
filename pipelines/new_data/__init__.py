# SPDX-License-Identifier: Apache-2.0
"""`prodl new data`: look at a user's files, and write the files of a data set."""
