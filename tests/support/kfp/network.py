# SPDX-License-Identifier: Apache-2.0
"""A network of its own for the services of one run, with the names of a cluster.

It has a loopback interface and nothing else: each service has the port that it has in a
cluster, nobody outside reaches it, and nothing in it reaches the outside.
"""

import ctypes
import fcntl
import os
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from components.core.errors import UsageError

ADDRESS: Final = "127.0.0.1"
NAMESPACE: Final = "kubeflow"
STORE, STORE_PORT = f"seaweedfs.{NAMESPACE}", 9000
METADATA, METADATA_PORT = f"metadata-grpc-service.{NAMESPACE}.svc.cluster.local", 8080
API_SERVER, API_SERVER_PORT = f"ml-pipeline.{NAMESPACE}.svc.cluster.local", 8887
NAMES: Final = (STORE, METADATA, API_SERVER)

# Of Linux' headers: sched.h, sockios.h, if.h.
CLONE_NEWNET: Final = 0x40000000
SIOCSIFFLAGS: Final = 0x8914
IFF_UP: Final = 0x1
INTERFACE: Final = "16sh14x"


@contextmanager
def private_network() -> Iterator[None]:
    """Put this thread, and what it starts in the block, into a network of its own.

    Raises:
        UsageError: If this user may not.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    before = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    try:
        if libc.unshare(CLONE_NEWNET):
            reason = os.strerror(ctypes.get_errno())
            raise UsageError(
                f"this user may not make a network namespace: {reason}.\nRun as root."
            )
        _start_loopback()
        try:
            yield
        finally:
            libc.setns(before, CLONE_NEWNET)
    finally:
        os.close(before)


def _start_loopback() -> None:
    with socket.socket() as anyone:
        request = struct.pack(INTERFACE, b"lo", IFF_UP)
        fcntl.ioctl(anyone, SIOCSIFFLAGS, request)


def listen(port: int, service: str) -> socket.socket:
    """A socket that listens.

    Args:
        port: Port; 0 for any that is free.
        service: What will listen, for the message.

    Raises:
        UsageError: If the port is taken.
    """
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((ADDRESS, port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        raise UsageError(_cannot_listen(port, service, error.strerror or "")) from None
    return listener


def _cannot_listen(port: int, service: str, reason: str) -> str:
    return (
        f"{service}: port {port} cannot be used: {reason}.\nAnother service of this "
        "process has it; in a network of its own (private_network) it is free."
    )


def write_hosts(path: Path) -> Path:
    """Write the file by which a Pod finds the services' names."""
    path.write_text(f"{ADDRESS} localhost {' '.join(NAMES)}\n")
    return path
