# SPDX-License-Identifier: Apache-2.0
"""Two network namespaces with one cable between them, as two Pods on one node.

They have no name and no process but a holder each, which ends with the test's process:
whatever happens to it, nothing of them is left.
"""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

PROGRAMS = ("ip", "nsenter", "setpriv", "unshare")
PATIENCE_SECONDS = 20
ADDRESSES = ("10.213.0.1", "10.213.0.2")


@dataclass(frozen=True)
class Namespace:
    """A network namespace."""

    holder: int
    """Process that it belongs to."""

    address: str
    """Its address on the cable."""

    def inside(self, *command: str) -> tuple[str, ...]:
        """Return a command that runs another one in the namespace."""
        target = ("--target", str(self.holder), "--net")
        return ("setpriv", "--pdeathsig", "KILL", "nsenter", *target, *command)


def reason_for_none() -> str:
    """Say why this process cannot make a namespace; empty if it can."""
    missing = [name for name in PROGRAMS if shutil.which(name) is None]
    if missing:
        return f"not on PATH: {', '.join(missing)}"
    if os.geteuid() != 0:
        return "network namespaces need root"
    done = subprocess.run(["unshare", "--net", "true"], capture_output=True, text=True)
    return f"no network namespace here: {done.stderr}" if done.returncode else ""


@contextmanager
def two_connected() -> Iterator[tuple[Namespace, Namespace]]:
    """Make two namespaces that reach each other and nothing else, for the block."""
    with ExitStack() as stack:
        one, other = (stack.enter_context(_namespace(a)) for a in ADDRESSES)
        _call("ip", "link", "add", *_end(one), "type", "veth", "peer", *_end(other))
        for namespace in (one, other):
            network = f"{namespace.address}/30"
            _call(*namespace.inside("ip", "address", "add", network, "dev", "cable"))
            for device in ("lo", "cable"):
                _call(*namespace.inside("ip", "link", "set", device, "up"))
        yield one, other


def _end(namespace: Namespace) -> tuple[str, ...]:
    return ("name", "cable", "netns", str(namespace.holder))


@contextmanager
def _namespace(address: str) -> Iterator[Namespace]:
    hold = ("setpriv", "--pdeathsig", "KILL", "unshare", "--net", "sleep", "infinity")
    with subprocess.Popen(hold, stdin=subprocess.DEVNULL) as holder:
        try:
            _wait_for_own_network(holder.pid)
            yield Namespace(holder.pid, address)
        finally:
            holder.kill()


def _wait_for_own_network(process: int) -> None:
    ours = Path("/proc/self/ns/net").readlink()
    deadline = time.monotonic() + PATIENCE_SECONDS
    while Path(f"/proc/{process}/ns/net").readlink() == ours:
        assert time.monotonic() < deadline, "unshare made no network namespace"
        time.sleep(0.05)


def _call(*command: str) -> None:
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
