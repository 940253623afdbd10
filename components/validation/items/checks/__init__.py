# SPDX-License-Identifier: Apache-2.0
"""Checks on the items of a data set, one module per subject.

To add a check, write a frozen dataclass over `ItemCheck` in one of these modules, or in
a new one: its name in snake case is a key of `data/<dataset>/expectations.yaml` from
then on. It returns stock expectations of Great Expectations, or `table_check` of a
function beside it. A class whose name begins with an underscore is no check itself.
"""
