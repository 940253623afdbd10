# SPDX-License-Identifier: Apache-2.0
"""Kubeconfigs for `prodl doctor --cluster`."""

import base64
from pathlib import Path

import yaml

from components.core.errors import ProdlError
from pipelines.doctor.cluster.http.kubeconfig import open_client
from tests.fuzz.mutation import Rng
from tests.fuzz.structure import mutate_yaml

DECLARED = (ProdlError,)
MEMORY_MB = 1000

mutate = mutate_yaml


def draw_corpus(rng: Rng) -> list[bytes]:
    """Two contexts, with a token and with certificates; no program to log in."""
    data = base64.b64encode(rng.bytes(300)).decode()
    content = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [
            {"name": "a", "cluster": {"server": "https://127.0.0.1:6443"}},
            {
                "name": "b",
                "cluster": {
                    "server": "https://b.invalid",
                    "certificate-authority-data": data,
                    "insecure-skip-tls-verify": False,
                },
            },
        ],
        "users": [
            {"name": "u", "user": {"token": "t"}},
            {"name": "v", "user": {"client-key-data": data, "username": "v"}},
        ],
        "contexts": [
            {"name": "one", "context": {"cluster": "a", "user": "u"}},
            {"name": "two", "context": {"cluster": "b", "user": "v"}},
        ],
    }
    return [
        yaml.safe_dump({**content, "current-context": name}).encode()
        for name in ("one", "two")
    ]


def run(content: bytes, folder: Path) -> None:
    """Read it, and make a client of it, which sends nothing."""
    path = folder / "kubeconfig"
    path.write_bytes(content)
    open_client(str(path))
