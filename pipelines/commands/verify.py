# SPDX-License-Identifier: Apache-2.0
"""`prodl verify`: recompute what is recorded of a published model."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import click

from components.core.errors import ModelRefused, UsageError
from components.core.project import project_root, state_dir
from pipelines.config import Config, load_config
from pipelines.console import log_file, quiet, say, verbose_option
from pipelines.context import RunContext
from pipelines.lock import run_lock
from pipelines.published_models import published_versions
from pipelines.publishing.verification import Finding, verify_version
from pipelines.state_folder import open_state

WORDS = {True: "agrees", False: "DIFFERS", None: "note"}


@click.command()
@click.argument("recipe")
@click.option("--version", type=int, help="Number of the version; default: newest.")
@verbose_option
def command(recipe: str, version: int | None, verbose: bool) -> None:
    """Verify a published model of RECIPE: hashes, evidence and every metric.

    Ends with exit code 5 if anything differs from what was recorded.
    """
    verify(recipe, version, verbose)


def verify(recipe: str, number: int | None = None, verbose: bool = False) -> None:
    """Recompute what is recorded of a published version, and print what agrees.

    The metrics are measured again on the test split of the recorded data version.

    Args:
        recipe: Name of the recipe.
        number: Number of the version. Defaults to the newest.
        verbose: Show the libraries' logging. Defaults to False.

    Raises:
        ModelRefused: If anything differs.
        UsageError: If there is no such version.
    """
    config = load_config(project_root())
    config.recipe(recipe)
    version = _version(config, recipe, number)
    state, command = state_dir(), f"prodl verify {recipe}"
    log = log_file(f"verify.{recipe}")
    with run_lock(state, command):
        open_state(state)
        with quiet(log, verbose):
            findings = list(_print_each(_findings(config, recipe, version, state)))
    facts = [finding for finding in findings if finding.agrees is not None]
    differing = [finding.what for finding in facts if not finding.agrees]
    if differing:
        raise ModelRefused(
            f"{version.relative_to(config.root)}: {len(differing)} of {len(facts)} "
            f"recorded facts differ: {', '.join(differing)}.\nlog: {log}"
        )
    say(f"{version.relative_to(config.root)}: all {len(facts)} facts agree")


def _findings(
    config: Config, recipe: str, version: Path, state: Path
) -> Iterator[Finding]:
    def measure(context: RunContext, model: Path) -> Mapping[str, float]:
        # TFX and TensorFlow take seconds to import, and a changed hash needs neither.
        from pipelines.local.measure import measure_model

        return measure_model(context, state, model)

    return verify_version(config, recipe, version, measure)


def _version(config: Config, recipe: str, number: int | None) -> Path:
    versions = published_versions(config.root, recipe)
    named = [v for v in versions if number is None or v.name == str(number)]
    if not named:
        here = ", ".join(version.name for version in versions) or "none"
        wanted = f"version {number}" if number else "a published version"
        raise UsageError(
            f"{recipe}: expected {wanted} in models/{recipe}.\nReceived: {here}.\n"
            f"Publish one with: dvc repro {config.stage('publish', recipe)}\n"
            f"Checks of a version that was removed: prodl trace models/{recipe}/VERSION"
        )
    return named[0]


def _print_each(findings: Iterator[Finding]) -> Iterator[Finding]:
    for finding in findings:
        text = f"{WORDS[finding.agrees]:<8} {finding.what}: {finding.expected}"
        if finding.expected != finding.received:
            text += f"; received {finding.received}"
        say(text)
        yield finding
