# SPDX-License-Identifier: Apache-2.0
"""What a training must be like whose control is the same network, begun otherwise."""

from components.core.checks import expect
from components.trainer.classifier.params import ClassifierParams


def check_same_length(params: ClassifierParams) -> None:
    """Refuse a training that may end, or slow down, at another step than its control.

    Args:
        params: Parameters of both.

    Raises:
        ValueError: If training follows the loss.
    """
    patience = params.early_stopping.patience
    wanted = "0: the control is trained as long"
    expect(patience == 0, "early_stopping.patience", wanted, patience)
    wanted = "one that does not follow the loss: the control's is the same"
    is_fixed = not params.optimizer.follows_loss
    expect(is_fixed, "optimizer.schedule", wanted, params.optimizer.schedule)
