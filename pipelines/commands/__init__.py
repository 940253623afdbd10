# SPDX-License-Identifier: Apache-2.0
"""The verbs of the command line, a module each.

A module `pipelines/commands/<verb>.py` defines `command`, a click command. There is no
list to add it to: `pipelines/__main__.py` lists this folder and imports a module only
when its verb is called. The top of a module imports nothing heavy, so that `--help` and
wrong arguments are answered at once; TensorFlow, TFX, KFP and project modules that
import them are imported inside `quiet`, which sends their messages to the log file.
"""
