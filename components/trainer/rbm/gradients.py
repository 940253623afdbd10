# SPDX-License-Identifier: Apache-2.0
"""Gradient of the log-likelihood of a restricted Boltzmann machine.

It is a difference of two expectations of the same products, in the data and in the
machine:

    d log p / dW = E_data[v p(h | v)'] - E_machine[v p(h | v)']

The second one is an expectation **of the product v h'**; the book once writes the
expectation of h alone (corrected by its own later formula). Contrastive divergence
takes it over chains that have run for a few steps.
"""

import tensorflow as tf

from components.sampling.boltzmann import Boltzmann

# Of weights, visible biases and hidden biases.
Gradients = tuple[tf.Tensor, tf.Tensor, tf.Tensor]


def expected_products(
    machine: Boltzmann, visible: tf.Tensor, shares: tf.Tensor | None = None
) -> Gradients:
    """Compute the means of v p(h | v)', of v and of p(h | v).

    Probabilities of the hidden units, not draws of them: their mean is the same, and
    it varies less.

    Args:
        machine: The machine.
        visible: Visible units, float32 (n, visible).
        shares: Share of each row in the mean, (n,). Defaults to equal ones.
    """
    count = tf.cast(tf.shape(visible)[0], tf.float32)
    hidden = tf.sigmoid(machine.hidden_logits(visible))
    weighted = visible / count if shares is None else visible * shares[:, tf.newaxis]
    means = hidden / count if shares is None else hidden * shares[:, tf.newaxis]
    return (
        tf.matmul(weighted, hidden, transpose_a=True),
        tf.reduce_sum(weighted, axis=0),
        tf.reduce_sum(means, axis=0),
    )


def negative_gradients(data: Gradients, machine: Gradients) -> Gradients:
    """Compute the gradient of the negative log-likelihood, for an optimizer.

    Args:
        data: Expected products in the data.
        machine: The same in the machine.
    """
    weights, visible, hidden = (m - d for d, m in zip(data, machine, strict=True))
    return weights, visible, hidden
