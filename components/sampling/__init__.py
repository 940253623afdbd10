# SPDX-License-Identifier: Apache-2.0
"""Drawing from distributions: Monte Carlo, Markov chains, Boltzmann machines."""
