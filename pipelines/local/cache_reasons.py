# SPDX-License-Identifier: Apache-2.0
"""The reason that a node ran: the changes since its last execution, in one line."""

from typing import Any

from pipelines.lineage.store import ExecutionRecord, LineageStore, flatten
from pipelines.nodes import MODEL_NODES

# Hashes and code: their change is worth a word, their values are not.
OPAQUE = {
    "code_fingerprint": "code",
    "custom_config.code_fingerprint": "code",
    "content_sha256": "data",
    "dvc_md5": "data",
    "custom_config.dataset.content_sha256": "data",
    "custom_config.dataset.dvc_md5": "data",
    "dataset.content_sha256": "data",
    "dataset.dvc_md5": "data",
    "source_list_sha256": "source list",
    "schema_text": "schema",
    "baseline_sha256": "baseline",
    "baseline_uri": "baseline",
    "known_sha256": "baseline",
    "model_key": "candidate",
}
IGNORED = ("custom_config.model_key",)
MAX_CHANGES = 3


def explain(store: LineageStore, pipeline: str, current: ExecutionRecord) -> str:
    """Explain why an execution ran, or was taken from the cache.

    Args:
        store: MLMD of the project.
        pipeline: Name of the pipeline.
        current: The execution to explain.
    """
    if current.state == "CACHED":
        return "nothing it depends on has changed"
    earlier = _last_comparable(store, pipeline, current)
    if earlier is None:
        return "first run"
    changes = _changed_parameters(earlier, current) + _new_inputs(earlier, current)
    if not changes:
        return "its earlier outputs are gone, or its last attempt did not finish"
    shown = changes[:MAX_CHANGES]
    more = len(changes) - len(shown)
    return "; ".join(shown) + (f"; and {more} more" if more else "")


def recipe_of(run: str) -> str:
    """The recipe or data set in a run's name, which is `<recipe>.<time>`."""
    return run.partition(".")[0]


def _last_comparable(
    store: LineageStore, pipeline: str, current: ExecutionRecord
) -> ExecutionRecord | None:
    """The last success: of this recipe, or of any for the data nodes that all share."""
    recipe = recipe_of(current.run)
    is_shared = current.node not in MODEL_NODES
    for record in store.executions_of(pipeline, current.node):
        is_earlier = record.id < current.id and record.succeeded
        if is_earlier and (is_shared or recipe_of(record.run) == recipe):
            return record
    return None


def _changed_parameters(
    earlier: ExecutionRecord, current: ExecutionRecord
) -> list[str]:
    before, after = flatten(earlier.parameters), flatten(current.parameters)
    changes: dict[str, None] = {}
    for key in sorted(before.keys() | after.keys()):
        if before.get(key) == after.get(key) or key in IGNORED:
            continue
        if key in OPAQUE:
            changes[f"{OPAQUE[key]} changed"] = None
        else:
            old, new = _short(before.get(key)), _short(after.get(key))
            changes[f"{_plain_name(key)} {old} -> {new}"] = None
    return list(changes)


def _new_inputs(earlier: ExecutionRecord, current: ExecutionRecord) -> list[str]:
    return [
        f"new {name}"
        for name, ids in sorted(current.inputs.items())
        # TFX names the source of a parameter `_Node.output`; the parameter says more.
        if earlier.inputs.get(name) != ids and not name.startswith("_")
    ]


def _plain_name(key: str) -> str:
    return key.removeprefix("custom_config.").removeprefix("params.")


def _short(value: Any, limit: int = 40) -> str:
    text = "unset" if value is None else str(value)
    return text if len(text) <= limit else text[: limit - 3] + "..."
