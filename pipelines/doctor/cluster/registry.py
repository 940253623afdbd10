# SPDX-License-Identifier: Apache-2.0
"""References of container images, and a registry asked for a manifest without keys."""

import re
from dataclasses import dataclass
from typing import Final

from pipelines.doctor.cluster.http.answer import Answer
from pipelines.doctor.cluster.http.web import ask

DOCKER_HUB: Final = "docker.io"
# Docker Hub's registry, which its references do not name.
DOCKER_HUB_SERVER: Final = "registry-1.docker.io"
ACCEPTED: Final = ", ".join(
    (
        "application/vnd.oci.image.index.v1+json",
        "application/vnd.oci.image.manifest.v1+json",
        "application/vnd.docker.distribution.manifest.list.v2+json",
        "application/vnd.docker.distribution.manifest.v2+json",
    )
)
_CHALLENGE: Final = re.compile(r'(\w+)="([^"]*)"')


@dataclass(frozen=True)
class ImageReference:
    """A container image, by registry, name, and tag or digest."""

    registry: str
    """Host, with its port if it has one."""

    name: str
    """Name in the registry."""

    version: str
    """Tag or digest."""

    @property
    def has_registry(self) -> bool:
        """Whether it is more than a bare name, which Docker Hub keeps for itself."""
        return (self.registry, self.name.partition("/")[0]) != (DOCKER_HUB, "library")

    @property
    def short(self) -> str:
        """Name and version without the registry."""
        return f"{self.name}{'@' if ':' in self.version else ':'}{self.version}"

    @property
    def text(self) -> str:
        """The whole reference."""
        return f"{self.registry}/{self.short}"

    @property
    def url(self) -> str:
        """Address of its manifest."""
        host = DOCKER_HUB_SERVER if self.registry == DOCKER_HUB else self.registry
        # As container engines do: a registry on this machine needs no TLS.
        is_local = re.match(r"(localhost|127\.[\d.]+)(:|$)", host)
        scheme = "http" if is_local else "https"
        return f"{scheme}://{host}/v2/{self.name}/manifests/{self.version}"


def read_reference(text: str) -> ImageReference:
    """Read a reference, with the defaults of container engines.

    Example:
        >>> read_reference("prodl").text
        'docker.io/library/prodl:latest'
    """
    rest, _, digest = text.partition("@")
    first, slash, path = rest.partition("/")
    if slash and (re.search(r"[.:]", first) or first == "localhost"):
        registry = first
    else:
        registry, path = DOCKER_HUB, rest
    name, _, tag = path.partition(":")
    if registry == DOCKER_HUB and "/" not in name:
        name = f"library/{name}"
    return ImageReference(registry, name, digest or tag or "latest")


def find_manifest(image: ImageReference) -> Answer:
    """Ask a registry for an image's manifest, as somebody without keys."""
    answer = _head(image)
    if answer.status == 401 and (token := find_token(answer, image)):
        return _head(image, token)
    return answer


def _head(image: ImageReference, token: str = "") -> Answer:
    headers = {"Accept": ACCEPTED}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    return ask(image.url, "HEAD", headers)


def find_token(refused: Answer, image: ImageReference) -> str:
    """A token for everybody from the server that a registry names; empty for none.

    Args:
        refused: The registry's refusal, which names the server.
        image: The image.
    """
    challenge = refused.headers.get("WWW-Authenticate", "")
    fields = dict(_CHALLENGE.findall(challenge))
    realm = fields.get("realm", "")
    # What comes from there is sent to the registry: not from a server of this network
    # that answers everybody, such as a cloud's own at http://169.254.169.254.
    is_trusted = realm.startswith("https://") or image.url.startswith("http://")
    if not (challenge.lower().startswith("bearer ") and is_trusted):
        return ""
    scope = f"repository:{image.name}:pull"
    query = {"service": fields.get("service", ""), "scope": scope}
    read = ask(realm, query=query).body
    return str(read.get("token") or read.get("access_token") or "")
