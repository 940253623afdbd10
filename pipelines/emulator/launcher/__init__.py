# SPDX-License-Identifier: Apache-2.0
"""KFP's launcher, restated: it brings inputs, runs the command, uploads outputs."""
