# SPDX-License-Identifier: Apache-2.0
"""`prodl init`: a project of the user's, with data, recipe and code of their own."""
