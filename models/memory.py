"""What sentences were read before and what came of them, in this process alone: feeds repeat their captions, notices
and whole agency reports. It holds numbers and no words: a sentence is known by a keyed hash of it, so that what was
erased elsewhere cannot be had from here, nor can it be asked whether a text was ever read."""

import os
import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Generic, TypeVar

Kept = TypeVar("Kept")
SENTENCES = 8_192  # about a kilobyte each


@dataclass(slots=True)
class Memory(Generic[Kept]):
    """The *size* sentences last asked for. ``hits`` and ``misses`` count sentences since the start."""

    size: int = SENTENCES
    hits: int = 0
    misses: int = 0
    _kept: OrderedDict[bytes, Kept] = field(default_factory=OrderedDict, repr=False)
    _key: bytes = field(default_factory=lambda: os.urandom(32), repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def recall(self, sentence: str) -> Kept | None:
        name = self._name(sentence)
        with self._lock:
            kept = self._kept.get(name)
            if kept is None:
                self.misses += 1
            else:
                self.hits += 1
                self._kept.move_to_end(name)
            return kept

    def keep(self, sentence: str, kept: Kept) -> None:
        name = self._name(sentence)
        with self._lock:
            self._kept[name] = kept
            self._kept.move_to_end(name)
            if len(self._kept) > self.size:
                self._kept.popitem(last=False)

    def _name(self, sentence: str) -> bytes:
        return blake2b(sentence.encode("utf-8", "surrogatepass"), digest_size=16, key=self._key).digest()

    def __len__(self) -> int:
        return len(self._kept)
