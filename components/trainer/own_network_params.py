# SPDX-License-Identifier: Apache-2.0
"""Settings that name a user's own network in place of that of a family."""

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from typing import Any

from components.core.checks import expect


@dataclass(frozen=True, kw_only=True)
class OwnNetworkParams:
    """The network of a user's own; without one the family builds its network."""

    network: str = ""
    """Import path of a function that builds the network, such as mine.model.build_model
    (docs/own_project.md); empty for the network of the family."""

    network_params: Mapping[str, Any] = field(default_factory=dict)
    """Values that this function gets as `params`."""

    def check_network(self, architecture: tuple[str, ...], required: str = "") -> None:
        """Refuse two networks, and none.

        Args:
            architecture: Fields that describe the network of the family.
            required: The one of them that such a network must have. Defaults to none.

        Raises:
            ValueError: Both networks are described, or neither.
        """
        given = [name for name in architecture if self._is_given(name)]
        if self.network:
            wanted = "none beside `network`, which builds the whole network"
            for name in given:
                expect(False, name, wanted, getattr(self, name))
            return
        wanted = f"none without `network: mine.model.build_model`{_or(required)}"
        expect(not self.network_params, "network_params", wanted, self.network_params)
        if required and required not in given:
            raise ValueError(
                f"expected '{required}', or `network` with a function of your own.\n"
                "Received neither."
            )

    def _is_given(self, name: str) -> bool:
        return bool(getattr(self, name) != _default(self, name))


def _default(params: OwnNetworkParams, name: str) -> Any:
    (found,) = (f for f in fields(params) if f.name == name)
    if found.default_factory is not MISSING:
        return found.default_factory()
    return found.default


def _or(required: str) -> str:
    return f"; {required!r} describes the network of the family" if required else ""
