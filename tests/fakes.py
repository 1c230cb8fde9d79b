"""Small stand-ins for what is slow or far away. They do the real thing's job on a small scale; nothing is patched."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from models.encoder import SentenceScores
from models.source_bias.labels import TECHNIQUES

BIAS_HEADS = ("bias.biased", "bias.subjective", *TECHNIQUES)


def no_score(_head: str, _sentence: str) -> float:
    return 0.0


@dataclass
class FakeScorer:
    """A sentence scorer whose scores are a plain function of head and sentence.

    ``calls`` keeps the batches it was asked for. Raises ``error``, where one is given, instead of answering.
    """

    heads: tuple[str, ...]
    function: Callable[[str, str], float] = no_score
    version: str = "fake@0"
    error: Exception | None = None
    calls: list[tuple[str, ...]] = field(default_factory=list)

    def score(self, sentences: Sequence[str]) -> SentenceScores:
        self.calls.append(tuple(sentences))
        if self.error:
            raise self.error
        values = np.array(
            [[self.function(head, sentence) for head in self.heads] for sentence in sentences], dtype=np.float32
        )
        return SentenceScores(self.heads, values.reshape(len(sentences), len(self.heads)))
