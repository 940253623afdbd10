# SPDX-License-Identifier: Apache-2.0
"""`prodl complete`: let a published language model go on with a sentence."""

from components.core.errors import UsageError
from components.serving.complete import (
    COMPLETE,
    Completion,
    Sampling,
    complete,
    complete_by_beam,
)
from components.serving.saved_model import ServedModel
from pipelines.console import log_file, quiet, say
from pipelines.published_models import model_of


def complete_sentence(
    sentence: str,
    num_words: int,
    recipe: str,
    sampling: Sampling,
    num_beams: int = 0,
    verbose: bool = False,
) -> None:
    """Print a sentence with what the published model of a recipe writes after it.

    Args:
        sentence: What stands before; may be empty.
        num_words: How many words to write.
        recipe: Name of the recipe.
        sampling: How each word is chosen.
        num_beams: Texts that beam search follows. Defaults to 0: words are drawn.
        verbose: Show the libraries' logging. Defaults to False.

    Raises:
        UsageError: If no model of the recipe is published, or it does not write.
    """
    model = ServedModel(model_of(recipe))
    with quiet(log_file(f"complete-{recipe}"), verbose):
        if COMPLETE not in model.signatures:
            raise UsageError(
                f"{recipe!r} is no language model: it has no signature {COMPLETE!r}.\n"
                f"It has: {', '.join(model.signatures)}."
            )
        answer = _answer(model, sentence, num_words, sampling, num_beams)
    say(answer.sentence)


def _answer(
    model: ServedModel,
    sentence: str,
    num_words: int,
    sampling: Sampling,
    num_beams: int,
) -> Completion:
    if num_beams:
        return complete_by_beam(model, sentence, num_words, num_beams)
    return complete(model, sentence, num_words, sampling)
