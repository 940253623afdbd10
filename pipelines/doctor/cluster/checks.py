# SPDX-License-Identifier: Apache-2.0
"""All checks of a cluster, in the order of the report."""

from collections.abc import Callable
from typing import Final

from pipelines.doctor.cluster import (
    image_checks,
    namespace_checks,
    rights,
    version_checks,
)
from pipelines.doctor.cluster.capacity import limit_checks, pool_checks, quota_checks
from pipelines.doctor.cluster.store import store_checks
from pipelines.doctor.cluster.subject import Subject
from pipelines.doctor.findings import Finding

Check = Callable[[Subject], Finding | list[Finding]]
CHECKS: Final[tuple[Check, ...]] = (
    version_checks.check_server,
    version_checks.check_kubernetes,
    version_checks.check_kinds,
    version_checks.check_kfp,
    version_checks.check_argo,
    namespace_checks.check_namespace,
    namespace_checks.check_starters,
    namespace_checks.check_account,
    rights.check_rights,
    namespace_checks.check_claim,
    quota_checks.check_quota,
    limit_checks.check_limits,
    pool_checks.check_pools,
    store_checks.check_settings,
    store_checks.check_secrets,
    store_checks.check_store,
    image_checks.check_pull_keys,
    image_checks.check_image,
)


def examine(subject: Subject) -> list[Finding]:
    """Run every check; nothing on the cluster is created or changed.

    Args:
        subject: The cluster and the planned run.
    """
    findings: list[Finding] = []
    for check in CHECKS:
        found = check(subject)
        findings += found if isinstance(found, list) else [found]
    return findings
