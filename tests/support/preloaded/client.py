# SPDX-License-Identifier: Apache-2.0
"""Client of the preloaded server: runs a command there, ends with its exit code."""

import json
import os
import signal
import socket
import sys


def main(arguments: list[str]) -> int:
    """Run `arguments` as the server's child with this process's streams."""
    command = {
        "arguments": arguments,
        "folder": os.getcwd(),
        "environment": dict(os.environ),
    }
    connection = socket.socket(socket.AF_UNIX)
    kind = {"-m": "modules", "-P": "scripts"}[arguments[0]]
    connection.connect(os.path.join(os.environ["PRELOADED_FOLDER"], kind))
    message = json.dumps(command).encode()
    socket.send_fds(connection, [len(message).to_bytes(8)], [0, 1, 2])
    connection.sendall(message)
    answer = connection.recv(16)
    if not answer:
        return 1
    code = int(answer)
    if code < 0:
        os.kill(os.getpid(), signal.Signals(-code))
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
