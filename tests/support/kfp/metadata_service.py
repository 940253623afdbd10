# SPDX-License-Identifier: Apache-2.0
"""KFP's metadata service: MLMD's gRPC protocol over the store of the locked package.

The package's own store takes and returns the messages of the service, serialized; they
pass through unread. The store was built without filter queries; of those KFP sends one
form, which is answered here.
"""

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any, Final

import grpc
from ml_metadata.metadata_store.pywrap.metadata_store_extension import metadata_store
from ml_metadata.proto import metadata_store_pb2 as mlmd
from ml_metadata.proto import metadata_store_service_pb2 as service

from tests.support.kfp.network import ADDRESS, METADATA_PORT, listen

NAME: Final = "MetadataStoreService"
PARENT: Final = re.compile(r"custom_properties\.parent_dag_id\.int_value = (\d+)")
FILTERED: Final = "GetExecutionsByContext"
PAGE: Final = 100
WORKERS: Final = 8
CODES: Final = {code.value[0]: code for code in grpc.StatusCode}


class Store:
    """The store in a file, called by the names of the service's methods."""

    def __init__(self, file: Path) -> None:
        """Open the store, and make it if needed."""
        connection = mlmd.ConnectionConfig()
        connection.sqlite.filename_uri = str(file)
        connection.sqlite.connection_mode = (
            mlmd.SqliteMetadataSourceConfig.READWRITE_OPENCREATE
        )
        self._store = metadata_store.CreateMetadataStore(
            connection.SerializeToString(), mlmd.MigrationOptions().SerializeToString()
        )
        self._lock = Lock()

    def call(self, method: str, request: bytes) -> tuple[bytes, str, int]:
        """Call a method: the serialized answer, a message, a code that is 0 if fine."""
        function = getattr(metadata_store, method, None)
        if function is None:
            return b"", f"{method} is not served here", _number("UNIMPLEMENTED")
        if method == FILTERED:
            return self._executions(request)
        return self._call(function, request)

    def _call(self, function: Any, request: bytes) -> tuple[bytes, str, int]:
        with self._lock:
            answer, message, code = function(self._store, request)
        is_text = isinstance(message, str)
        return answer, message if is_text else message.decode(), code

    def _executions(self, serialized: bytes) -> tuple[bytes, str, int]:
        """Executions of a context, with the one filter that KFP sends."""
        request = service.GetExecutionsByContextRequest.FromString(serialized)
        query = request.options.filter_query
        request.options.ClearField("filter_query")
        if not query:
            return self._call(metadata_store.GetExecutionsByContext, serialized)
        wanted = PARENT.fullmatch(query)
        if not wanted:
            message = f"expected a filter {PARENT.pattern!r}. Received {query!r}"
            return b"", message, _number("UNIMPLEMENTED")
        return self._children(request, int(wanted[1]))

    def _children(
        self, request: service.GetExecutionsByContextRequest, parent: int
    ) -> tuple[bytes, str, int]:
        """All executions with a parent, in one page."""
        found = service.GetExecutionsByContextResponse()
        request.options.max_result_size = PAGE
        request.options.next_page_token = ""
        while True:
            serialized, message, code = self._call(
                metadata_store.GetExecutionsByContext, request.SerializeToString()
            )
            if code:
                return serialized, message, code
            page = service.GetExecutionsByContextResponse.FromString(serialized)
            found.executions.extend(
                execution
                for execution in page.executions
                if execution.custom_properties["parent_dag_id"].int_value == parent
            )
            if not page.next_page_token:
                return found.SerializeToString(), "", 0
            request.options.next_page_token = page.next_page_token


@contextmanager
def serve_metadata(file: Path) -> Iterator[None]:
    """Serve a store while the block runs.

    Args:
        file: The SQLite file; made if needed.

    Raises:
        UsageError: If the port is taken.
    """
    store = Store(file)
    # Two services would share a port otherwise, and each would get half of the calls.
    server = grpc.server(
        ThreadPoolExecutor(WORKERS), options=[("grpc.so_reuseport", 0)]
    )
    methods = service.DESCRIPTOR.services_by_name[NAME].methods
    handlers = {
        method.name: grpc.unary_unary_rpc_method_handler(_handler(store, method.name))
        for method in methods
    }
    server.add_generic_rpc_handlers(
        (grpc.method_handlers_generic_handler(f"ml_metadata.{NAME}", handlers),)
    )
    # The library's own message about a taken port goes to standard error.
    listen(METADATA_PORT, "metadata service").close()
    server.add_insecure_port(f"{ADDRESS}:{METADATA_PORT}")
    server.start()
    try:
        yield
    finally:
        server.stop(grace=1).wait()


def _handler(store: Store, method: str) -> Callable[[bytes, Any], bytes]:
    def handle(request: bytes, context: Any) -> bytes:
        answer, message, code = store.call(method, request)
        if code:
            context.abort(CODES[code], message)
        return answer

    return handle


def _number(name: str) -> int:
    number: int = grpc.StatusCode[name].value[0]
    return number
