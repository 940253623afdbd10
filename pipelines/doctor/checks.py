# SPDX-License-Identifier: Apache-2.0
"""All checks of this machine and this checkout, in the order of the report."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from pipelines.doctor import checkout_checks, host_checks
from pipelines.doctor.findings import Finding

CHECKS: Final[tuple[Callable[[Path], Finding], ...]] = (
    host_checks.check_python,
    checkout_checks.check_environment,
    checkout_checks.check_runtime,
    checkout_checks.check_packages,
    checkout_checks.check_conflicts,
    host_checks.check_glibc,
    host_checks.check_libstdcxx,
    host_checks.check_disk,
    host_checks.check_memory,
    host_checks.check_cpu,
    host_checks.check_accelerator,
    checkout_checks.check_settings,
    checkout_checks.check_git,
    checkout_checks.check_dvc_remote,
    checkout_checks.check_state,
)


def examine(root: Path) -> list[Finding]:
    """Run every check; all are cheap.

    Args:
        root: The project's folder.
    """
    return [check(root) for check in CHECKS]
