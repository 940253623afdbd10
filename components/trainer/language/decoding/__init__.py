# SPDX-License-Identifier: Apache-2.0
"""Decoding strategies of language models: sampling and beam search."""
