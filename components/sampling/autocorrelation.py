# SPDX-License-Identifier: Apache-2.0
"""How long a Markov chain remembers: autocorrelation of what it visits."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

# Lags that are summed, in autocorrelation times (Sokal 1997): beyond them noise alone.
_WINDOW: Final = 5.0


def autocorrelation(chains: NDArray[Any]) -> NDArray[np.float64]:
    """Compute the autocorrelation of a value along chains, at each lag.

    Args:
        chains: A value per step and chain, (steps, chains).

    Returns:
        (steps,), a mean over the chains: 1 at lag 0. A value that never changes stays
        1 at every lag.
    """
    values = np.asarray(chains, np.float64)
    steps = len(values)
    # The mean of all chains: the own mean of a chain that is stuck would hide that.
    centred = values - values.mean()
    # Twice as long, or the end of a chain would be compared with its beginning.
    spectrum = np.fft.rfft(centred, 2 * steps, axis=0)
    products = np.fft.irfft(np.abs(spectrum) ** 2, 2 * steps, axis=0)[:steps]
    covariance = products.mean(axis=1) / np.arange(steps, 0, -1)
    if covariance[0] <= 0:
        return np.ones(steps)
    found: NDArray[np.float64] = covariance / covariance[0]
    return found


def autocorrelation_time(chains: NDArray[Any]) -> float:
    """Compute how many steps of a chain are worth one independent draw.

    Args:
        chains: A value per step and chain, (steps, chains).

    Returns:
        Integrated autocorrelation time: 1 for independent draws, at most the number of
        steps. Chains a few times as long or shorter give too small a figure.
    """
    correlation = autocorrelation(chains)
    times = 2.0 * np.cumsum(correlation) - 1.0
    is_long_enough = np.arange(len(times)) >= _WINDOW * times
    # Without a window that is long enough, the whole chain is one draw at best.
    end = int(is_long_enough.argmax()) if is_long_enough.any() else len(times) - 1
    return float(np.clip(times[end], 1.0, len(times)))
