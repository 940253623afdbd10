# SPDX-License-Identifier: Apache-2.0
"""The reason that a node ran: the changes since its last execution, in one line."""

from typing import Any

from pipelines.code_version import CodeHistory
from pipelines.lineage.store import ExecutionRecord, LineageStore, flatten
from pipelines.nodes import MODEL_NODES

CODE = "code"
# Hashes and code: their change is worth a word, their values are not.
OPAQUE = {
    "code_fingerprint": CODE,
    "custom_config.code_fingerprint": CODE,
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
MAX_VERSIONS = 2
NO_HISTORY = CodeHistory()


def explain(
    store: LineageStore,
    pipeline: str,
    current: ExecutionRecord,
    history: CodeHistory = NO_HISTORY,
) -> str:
    """Explain why an execution ran, or was taken from the cache.

    Args:
        store: MLMD of the project.
        pipeline: Name of the pipeline.
        current: The execution to explain.
        history: Versions of the code, up to that of this run. Defaults to unknown ones.
    """
    if current.state == "CACHED":
        return "nothing it depends on has changed"
    earlier = _last_comparable(store, pipeline, current)
    if earlier is None:
        return "first run"
    versions = history.changes_since(time_of(earlier.run))
    changes = _changed_parameters(earlier, current, versions)
    changes += _new_inputs(earlier, current)
    if not changes:
        return "its earlier outputs are gone, or its last attempt did not finish"
    return _first(changes, MAX_CHANGES, "; ")


def recipe_of(run: str) -> str:
    """The recipe or data set in a run's name, which is `<recipe>.<time>`."""
    return run.partition(".")[0]


def time_of(run: str) -> str:
    """The time in a run's name."""
    return run.partition(".")[2]


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
    earlier: ExecutionRecord, current: ExecutionRecord, versions: list[str]
) -> list[str]:
    before, after = flatten(earlier.parameters), flatten(current.parameters)
    changes: dict[str, None] = {}
    for key in sorted(before.keys() | after.keys()):
        if before.get(key) == after.get(key) or key in IGNORED:
            continue
        if OPAQUE.get(key) == CODE and versions:
            changes[f"{CODE} changed ({_first(versions)})"] = None
        elif key in OPAQUE:
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


def _first(texts: list[str], limit: int = MAX_VERSIONS, separator: str = ", ") -> str:
    """The first of some texts, and how many more there are."""
    more = len(texts) - limit
    return separator.join([*texts[:limit], *([f"and {more} more"] if more > 0 else [])])


def _plain_name(key: str) -> str:
    return key.removeprefix("custom_config.").removeprefix("params.")


def _short(value: Any, limit: int = 40) -> str:
    text = "unset" if value is None else str(value)
    return text if len(text) <= limit else text[: limit - 3] + "..."
