# SPDX-License-Identifier: Apache-2.0
"""Check of a training whose control is the same network from other first weights."""

from components.core.checks import expect
from components.trainer.classifier.params import ClassifierParams


def check_same_length(params: ClassifierParams) -> None:
    """Refuse a training that may end or slow down at another step than its control.

    Args:
        params: Parameters of both.

    Raises:
        ValueError: If training follows the loss.
    """
    patience = params.early_stopping.patience
    wanted = "0, so that model and control take as many steps"
    expect(patience == 0, "early_stopping.patience", wanted, patience)
    wanted = "one that does not follow the loss, which is another one of the control"
    is_fixed = not params.optimizer.follows_loss
    expect(is_fixed, "optimizer.schedule", wanted, params.optimizer.schedule)
