# SPDX-License-Identifier: Apache-2.0
"""When a training stops early."""

from components.trainer.loop.early_stopping import has_stalled


def test_training_ends_when_patience_does() -> None:
    def history(*losses: float) -> list[dict[str, float]]:
        return [{"val_loss": value} for value in losses]

    assert not has_stalled("val_loss", 2, history(5, 4, 6))
    assert has_stalled("val_loss", 2, history(5, 4, 6, 4.5))
    assert not has_stalled("val_loss", 0, history(1, 2, 3, 4))
    assert not has_stalled("val_loss", 2, [])
