# SPDX-License-Identifier: Apache-2.0
"""The modules that mutants are drawn from: what decides, measures, reads or keeps."""

from pathlib import Path
from typing import Final

PATTERNS: Final = (
    "components/contracts/verdicts.py",
    "components/core/files.py",
    "components/core/hashing.py",
    "components/core/json_files.py",
    "components/core/locks.py",
    "components/evaluator/classification/metrics.py",
    "components/evaluator/classification/predictions.py",
    "components/evaluator/evaluation.py",
    "components/evaluator/gate.py",
    "components/evaluator/generation/feature_metrics.py",
    "components/evaluator/generation/manifold.py",
    "components/evaluator/generation/memorization.py",
    "components/evaluator/language/bits_per_character.py",
    "components/evaluator/language/ngrams.py",
    "components/evaluator/language/token_scores.py",
    "components/evaluator/likelihood/elbo.py",
    "components/evaluator/likelihood/measure.py",
    "components/evaluator/metrics.py",
    "components/evaluator/passage/evaluate.py",
    "components/evaluator/reconstruction/*_metrics.py",
    "components/images/frechet.py",
    "components/ingest/acquire/acquire.py",
    "components/ingest/beam/*.py",
    "components/ingest/checksums.py",
    "components/ingest/formats/*.py",
    "components/ingest/readers/*.py",
    "components/model_store/published.py",
    "components/model_store/registry.py",
    "components/trainer/loop/best_weights.py",
    "components/trainer/loop/checkpoints.py",
    "components/validation/gate.py",
    "components/validation/items/checks/*.py",
    "components/validation/verdict.py",
    "pipelines/commands/publish.py",
    "pipelines/data_version.py",
    "pipelines/emulator/driver/cache_key.py",
    "pipelines/emulator/driver/executor_input.py",
    "pipelines/emulator/metadata.py",
    "pipelines/emulator/parameters.py",
    "pipelines/emulator/driver/pod_patch.py",
    "pipelines/emulator/properties.py",
    "pipelines/emulator/driver/quantities.py",
    "pipelines/fingerprint.py",
    "pipelines/kubeflow/entrypoint.py",
    "pipelines/lineage/blessing.py",
    "pipelines/local/executors.py",
    "pipelines/local/runner.py",
    "pipelines/lock.py",
    "pipelines/model_key.py",
    "pipelines/publishing/*.py",
    "pipelines/state_folder.py",
    "pipelines/verdicts.py",
    "tfx_kfp/*.py",
)


def drawn_files(root: Path) -> list[str]:
    """Paths of the modules, relative to the root of the project."""
    found = {path for pattern in PATTERNS for path in root.glob(pattern)}
    return sorted(path.relative_to(root).as_posix() for path in found)
