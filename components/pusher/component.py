# SPDX-License-Identifier: Apache-2.0
"""TFX component FindBaseline, and a Pusher that can push into an object store."""

import tempfile
from pathlib import Path
from typing import Any

from tfx.components.pusher.component import Pusher
from tfx.components.pusher.executor import Executor as StockExecutor
from tfx.dsl.component.experimental.annotations import OutputDict, Parameter
from tfx.dsl.component.experimental.decorators import component
from tfx.dsl.components.base.executor_spec import ExecutorClassSpec
from tfx.proto.pusher_pb2 import PushDestination
from tfx.types import artifact_utils
from tfx.types.artifact import Artifact
from tfx.utils import proto_utils

from components.core.project import project_root
from components.model_store.object_store import is_store_uri, upload
from components.model_store.published import newest_other


@component
def FindBaseline(  # noqa: N802
    published: Parameter[str],
    model_key: Parameter[str],
    known_sha256: Parameter[str],
    code_fingerprint: Parameter[str],
) -> OutputDict(uri=str, sha256=str):  # type: ignore[valid-type]
    """Find the published model that a candidate is compared with.

    Args:
        published: Folder or address of the published versions.
        model_key: Hash of all that determines the candidate.
        known_sha256: Hash of the version found when the graph was built, so that a new
            version changes the cache key; empty on a cluster, where this node is never
            cached.
        code_fingerprint: Fingerprint of the code, only for the cache key.
    """
    del known_sha256, code_fingerprint
    found = newest_other(published, model_key, project_root())
    return {"uri": found.uri, "sha256": found.sha256}


class StoreExecutor(StockExecutor):
    """Executor of the stock Pusher, extended to gs://, s3:// and minio://.

    TFX's own file systems lack minio:// and, as installed, s3://.
    """

    def Do(  # noqa: N802, TFX's name
        self,
        input_dict: dict[str, list[Artifact]],
        output_dict: dict[str, list[Artifact]],
        exec_properties: dict[str, Any],
    ) -> None:
        """Push a blessed model; the arguments are those of TFX's Pusher."""
        destination = PushDestination()
        proto_utils.json_to_proto(exec_properties["push_destination"], destination)
        uri = destination.filesystem.base_directory
        if not is_store_uri(uri):
            super().Do(input_dict, output_dict, exec_properties)
            return
        with tempfile.TemporaryDirectory(prefix="prodl-push-") as folder:
            destination.filesystem.base_directory = folder
            local = {"push_destination": proto_utils.proto_to_json(destination)}
            super().Do(input_dict, output_dict, {**exec_properties, **local})
            upload(Path(folder), uri)
            pushed = artifact_utils.get_single_instance(output_dict["pushed_model"])
            for version in Path(folder).iterdir():
                pushed.set_string_custom_property(
                    "pushed_destination", f"{uri.rstrip('/')}/{version.name}"
                )


class StorePusher(Pusher):
    """The stock Pusher with the executor above."""

    EXECUTOR_SPEC = ExecutorClassSpec(StoreExecutor)
