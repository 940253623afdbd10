# SPDX-License-Identifier: Apache-2.0
"""Let a network go on with a text, in TensorFlow operations: part of the saved model.

`Reader` turns words into a distribution over the next one; `sample` and `search` choose
from it, again and again. The unknown word is read, but never written.
"""

from dataclasses import dataclass
from typing import Any, Final

from components.trainer.language.layers import UNKNOWN
from components.trainer.language.networks import zero_states

# Of a long text only its end is read; a request for more words is cut.
MOST_WORDS_READ: Final = 1000
MOST_WORDS_WRITTEN: Final = 1000
MOST_BEAMS: Final = 32


@dataclass(frozen=True)
class Reader:
    """A network as a machine that is fed words and always knows what may come next.

    Attributes:
        network: From `[words, *states]` to `[logits, *states]`.
        context: Words that a prediction depends on; None for all words before.
    """

    network: Any
    context: int | None

    def read(self, words: Any) -> Any:
        """Predict every word of some texts from those before it.

        Args:
            words: int32 (texts, words).

        Returns:
            Log-probabilities (texts, words, vocabulary), the unknown word first.
        """
        import tensorflow as tf

        num_texts, length = tf.shape(words)[0], tf.shape(words)[1]
        reach = self.context or 1
        # Nothing is known of what stands before the first word.
        before = tf.pad(words[:, :-1], [[0, 0], [reach, 0]], constant_values=UNKNOWN)
        if self.context is None:
            logits, *_ = self.network([before, *zero_states(self.network, num_texts)])
            # A batch of empty texts has one place all the same.
            return tf.nn.log_softmax(logits)[:, :length]
        windows = tf.signal.frame(before, self.context, 1)
        flat = tf.reshape(windows, [-1, self.context])
        states = zero_states(self.network, tf.shape(flat)[0])
        logits = self.network([flat, *states])[0][:, -1]
        rows = tf.reshape(logits, [num_texts, -1, tf.shape(logits)[-1]])
        return tf.nn.log_softmax(rows)[:, :length]

    def start(self, words: Any) -> tuple[Any, list[Any]]:
        """Read a text.

        Args:
            words: int32 (words,), may be empty.

        Returns:
            Log-probabilities of the next word (1, known words), and the memory.
        """
        import tensorflow as tf

        if self.context is None:
            # Nothing is known of what stands before the first word.
            read = tf.concat([[UNKNOWN], words[-MOST_WORDS_READ:]], axis=0)
            return self._step(read[tf.newaxis, :], zero_states(self.network, 1))
        missing = tf.fill([self.context], UNKNOWN)
        window = tf.concat([missing, words], axis=0)[-self.context :]
        return self._look(window[tf.newaxis, :])

    def go_on(self, words: Any, memory: list[Any]) -> tuple[Any, list[Any]]:
        """Read one more word in each of some texts.

        Args:
            words: int32 (texts,).
            memory: What the call before returned.
        """
        import tensorflow as tf

        if self.context is None:
            return self._step(words[:, tf.newaxis], memory)
        (window,) = memory
        return self._look(tf.concat([window[:, 1:], words[:, tf.newaxis]], axis=1))

    def _look(self, window: Any) -> tuple[Any, list[Any]]:
        import tensorflow as tf

        window = tf.ensure_shape(window, [None, self.context])
        states = zero_states(self.network, tf.shape(window)[0])
        log_probabilities, _ = self._step(window, states)
        return log_probabilities, [window]

    def _step(self, words: Any, states: list[Any]) -> tuple[Any, list[Any]]:
        import tensorflow as tf

        logits, *after = self.network([words, *states], training=False)
        # Given that the word is a known one: the unknown word is never written.
        return tf.nn.log_softmax(logits[:, -1, UNKNOWN + 1 :]), after


def sample(
    reader: Reader,
    words: Any,
    num_words: Any,
    temperature: Any,
    top_k: Any,
    top_p: Any,
    seed: Any,
) -> tuple[Any, Any]:
    """Write words, each drawn from what the network holds probable.

    Args:
        reader: The network.
        words: What stands before, int32 (words,).
        num_words: How many to write.
        temperature: Above 1 bolder, below 1 more cautious; 0 takes the most probable.
        top_k: Only the k most probable words; 0 for all.
        top_p: Only the most probable words that together reach this share; 1 for all.
        seed: The same seed writes the same words.

    Returns:
        The words, int32 (num_words,), and the probability that the network itself gave
        each, float32.
    """
    import tensorflow as tf

    steps = tf.clip_by_value(num_words, 0, MOST_WORDS_WRITTEN)
    written = tf.TensorArray(tf.int32, steps, element_shape=[])
    sureness = tf.TensorArray(tf.float32, steps, element_shape=[])

    def write(step: Any, rows: Any, memory: list[Any], *out: Any) -> tuple[Any, ...]:
        chances = narrowed(rows, temperature, top_k, top_p)
        drawn = tf.random.stateless_categorical(
            chances, 1, seed=tf.stack([tf.cast(seed, tf.int32), step]), dtype=tf.int32
        )[:, 0]
        word = drawn + 1
        after, memory = reader.go_on(word, memory)
        arrays = (
            out[0].write(step, word[0]),
            out[1].write(step, tf.exp(rows[0, drawn[0]])),
        )
        return step + 1, after, memory, *arrays

    *_, written, sureness = tf.while_loop(
        lambda step, *_: step < steps,
        write,
        (0, *reader.start(words), written, sureness),
    )
    return written.stack(), sureness.stack()


def narrowed(rows: Any, temperature: Any, top_k: Any, top_p: Any) -> Any:
    """Log-probabilities with all that must not be drawn at minus infinity.

    Args:
        rows: Log-probabilities (texts, words).
        temperature: See `sample`; the two limits hold for what it makes of the rows.
        top_k: See `sample`.
        top_p: See `sample`.
    """
    import tensorflow as tf

    size = tf.shape(rows)[1]
    greedy = temperature <= 0
    rows = rows / tf.where(greedy, 1.0, temperature)
    falling = tf.sort(rows, direction="DESCENDING")
    shares = tf.nn.softmax(falling)
    # A word stays while those before it have not reached the share: the first always.
    in_nucleus = tf.cumsum(shares, axis=1, exclusive=True) < tf.maximum(top_p, 1e-6)
    most = tf.reduce_sum(tf.cast(in_nucleus, tf.int32), axis=1, keepdims=True)
    limit = tf.where(top_k > 0, tf.minimum(top_k, size), size)
    most = tf.minimum(most, tf.where(greedy, 1, limit))
    # By rank and not by value: words that are equally probable must not all stay.
    order = tf.argsort(rows, direction="DESCENDING", stable=True)
    rank = tf.argsort(order, stable=True)
    return tf.where(rank < most, rows, tf.fill(tf.shape(rows), -float("inf")))


def search(
    reader: Reader, words: Any, num_words: Any, num_beams: Any
) -> tuple[Any, Any]:
    """Write the words that are probable together: beam search.

    Args:
        reader: The network.
        words: What stands before, int32 (words,).
        num_words: How many to write.
        num_beams: Texts that are followed at once; 1 takes the most probable word each
            time.

    Returns:
        The best text found, int32 (num_words,), and the probability that the network
        gave each of its words, float32.
    """
    import tensorflow as tf

    steps = tf.clip_by_value(num_words, 0, MOST_WORDS_WRITTEN)
    beams = tf.clip_by_value(num_beams, 1, MOST_BEAMS)
    rows, memory = reader.start(words)
    rows, *memory = (tf.repeat(part, beams, axis=0) for part in (rows, *memory))
    # All beams are alike at first: only one of them may bring forth others.
    is_first = tf.range(beams) == 0
    scores = tf.where(is_first, 0.0, -float("inf"))
    texts = tf.zeros([beams, steps], tf.int32)
    sureness = tf.zeros([beams, steps])

    def widen(step: Any, rows: Any, memory: Any, scores: Any, *so_far: Any) -> Any:
        size = tf.shape(rows)[1]
        total = tf.reshape(scores[:, tf.newaxis] + rows, [-1])
        scores, places = tf.math.top_k(total, beams)
        parents, drawn = places // size, places % size
        at_step = tf.one_hot(step, steps, on_value=True, off_value=False)
        texts, sureness = (tf.gather(part, parents) for part in so_far)
        chances = tf.exp(tf.gather_nd(rows, tf.stack([parents, drawn], axis=1)))
        texts = tf.where(at_step, drawn[:, tf.newaxis] + 1, texts)
        sureness = tf.where(at_step, chances[:, tf.newaxis], sureness)
        memory = [tf.gather(part, parents) for part in memory]
        rows, memory = reader.go_on(drawn + 1, memory)
        return step + 1, rows, memory, scores, texts, sureness

    *_, texts, sureness = tf.while_loop(
        lambda step, *_: step < steps,
        widen,
        (0, rows, memory, scores, texts, sureness),
    )
    # The beams come out best first.
    return texts[0], sureness[0]
