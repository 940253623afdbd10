# SPDX-License-Identifier: Apache-2.0
"""Kubernetes' strategic merge, as far as a patch of a Pod needs it."""

from typing import Any, Final

# Lists whose items are merged -> the field that tells the items apart.
KEYS: Final = {
    "containers": "name",
    "env": "name",
    "volumes": "name",
    "volumeMounts": "mountPath",
}


def merge(target: dict[str, Any], patch: dict[str, Any]) -> dict[str, Any]:
    """Merge a patch into a copy of an object.

    Args:
        target: The object, for example the spec of a Pod.
        patch: Its mappings are merged, its lists too if their items have a key; what
            else it has takes the place of what the object has.
    """
    merged = dict(target)
    for name, value in patch.items():
        before = target.get(name)
        if isinstance(value, dict) and isinstance(before, dict):
            merged[name] = merge(before, value)
        elif isinstance(before, list) and name in KEYS:
            merged[name] = _merge_items(before, value, KEYS[name])
        else:
            merged[name] = value
    return merged


def _merge_items(before: list[Any], patch: list[Any], key: str) -> list[Any]:
    items = {item[key]: item for item in before}
    for item in patch:
        items[item[key]] = merge(items.get(item[key], {}), item)
    return list(items.values())
