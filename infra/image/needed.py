# SPDX-License-Identifier: Apache-2.0
"""Leave out of requirements.lock what only tests and checks need.

    python needed.py < requirements.lock > image.lock

Runs while the image is built, so it imports the standard library alone. The lock names
behind each package who asks for it (`# via`): a package stays if requirements.in asks
for it and it is not listed here, or if a package that stays asks for it.
"""

import re
import sys

# Of requirements.in: tests, and offline checks of the infrastructure.
ONLY_FOR_CHECKS = frozenset(
    {
        *("mypy", "palmerpenguins", "pytest", "pytest-xdist", "ruff", "types-pyyaml"),
        *("kubernetes-validate", "moto", "python-hcl2"),
    }
)
ASKED_BY_US = "-r requirements.in"
ENTRY = re.compile(r"^(?=[A-Za-z0-9])", re.MULTILINE)
VIA = re.compile(r"^ +#(?: via)? +(\S.*)$", re.MULTILINE)


def needed_lock(lock: str) -> str:
    """Return the part of a lock that the image installs.

    Args:
        lock: Text of requirements.lock.
    """
    head, *entries = ENTRY.split(lock)
    asked_by: dict[str, set[str]] = {}
    for entry in entries:
        asked_by.setdefault(_name(entry), set()).update(VIA.findall(entry))
    kept = {
        name
        for name, by in asked_by.items()
        if ASKED_BY_US in by and name not in ONLY_FOR_CHECKS
    }
    while more := {name for name, by in asked_by.items() if by & kept} - kept:
        kept |= more
    return head + "".join(entry for entry in entries if _name(entry) in kept)


def _name(entry: str) -> str:
    return entry.partition("==")[0]


if __name__ == "__main__":
    sys.stdout.write(needed_lock(sys.stdin.read()))
