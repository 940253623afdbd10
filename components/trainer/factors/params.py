# SPDX-License-Identifier: Apache-2.0
"""Parameters of factors by alternating least squares."""

from dataclasses import dataclass

from components.core.checks import expect


@dataclass(frozen=True, kw_only=True)
class Params:
    """Parameters of factors and their regression."""

    factors: int = 4
    """Factors of each user and each item; 0 for their biases alone."""

    ridge: float = 4.0
    """Penalty of squared factors, in ratings: factors of a user with as many ratings
    are half of what least squares would give."""

    bias_ridge: float = 4.0
    """Penalty of a squared bias, in ratings."""

    sweeps: int = 20
    """How often all items, and then all users, are solved for; the best sweep on the
    validation split is exported."""

    compared: tuple[int, ...] = (0, 1, 2, 8, 16)
    """Other numbers of factors that are fitted as well, for the page."""

    def __post_init__(self) -> None:
        expect(0 <= self.factors <= 500, "factors", "0 to 500", self.factors)
        for name in ("ridge", "bias_ridge"):
            value = getattr(self, name)
            expect(value > 0, name, "above 0", value)
        expect(self.sweeps > 0, "sweeps", "1 or more", self.sweeps)
        fits = all(0 <= number <= 500 for number in self.compared)
        expect(fits, "compared", "numbers of 0 to 500", self.compared)
