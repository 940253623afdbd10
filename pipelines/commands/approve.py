# SPDX-License-Identifier: Apache-2.0
"""`prodl approve`: a person stands for limits that were learned from the data."""

import getpass
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import click

from components.core.errors import ProdlError, UsageError
from components.core.project import project_root, state_dir
from pipelines.approvals.limits import read_limits
from pipelines.approvals.record import APPROVALS_FILE
from pipelines.approvals.status import approve
from pipelines.config import Config, load_config
from pipelines.console import say
from pipelines.run_record import load_record


@click.command()
@click.argument("dataset")
@click.option("--reason", required=True, help="Why the limits are right, for readers.")
def command(dataset: str, reason: str) -> None:
    """Approve the limits of DATASET as they are; who, when and why is recorded."""
    approve_limits(dataset, reason)


def approve_limits(dataset: str, reason: str) -> None:
    """Record that the user stands for the limits, and write the pages again.

    Nothing runs: limits that were only approved are the same limits.

    Args:
        dataset: Name of the data set.
        reason: Why the limits are right.

    Raises:
        UsageError: If the limits are curated, approved as they are, or the reason is
            empty.
    """
    # It reads the metrics of a run.
    from pipelines.local.summary import after_approval

    config = load_config(project_root())
    config.dataset(dataset)
    if not reason.strip():
        raise UsageError("expected a reason, for readers of the reports: --reason TEXT")
    when = datetime.now(UTC).isoformat(timespec="seconds")
    who = _user(config.root)
    approval = approve(config.root, dataset, who, " ".join(reason.split()), when)
    count = len(read_limits(config.root, dataset))
    say(f"approved {count} limits of {dataset} as {who}: {approval.reason}")
    for change in approval.changes:
        say(f"  {change.text}")
    say(f"recorded in data/{dataset}/{APPROVALS_FILE}; commit it with the limits")
    _write_pages_again(config, dataset)
    say(f"next: {after_approval(config, dataset)}")


def _write_pages_again(config: Config, dataset: str) -> None:
    """Write the verdict and the pages again that say who stands for the limits."""
    # It reads the configuration of the runs.
    from pipelines.local.run import rewrite_report

    recipes = [n for n in config.recipes if config.recipe(n).dataset == dataset]
    limits = read_limits(config.root, dataset)
    for label in (dataset, *recipes):
        record = load_record(state_dir(), label)
        if record is None:
            continue
        if record.limits and record.limits != limits:
            verb = "validate" if label == dataset else "run"
            say(f"{label} ran with other limits; run again: prodl {verb} {label}")
        try:
            rewrite_report(label)
        except ProdlError as error:
            say(f"the page of {label} is not written again: {error}")


def _user(root: Path) -> str:
    """Name of the user in git, else in the operating system."""
    try:
        asked = subprocess.run(
            ["git", "-C", str(root), "config", "user.name"],
            check=True,
            capture_output=True,
            text=True,
        )
        if name := asked.stdout.strip():
            return name
    except (OSError, subprocess.CalledProcessError):
        pass
    return getpass.getuser()
