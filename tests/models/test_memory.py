"""Sentences read before: found again, bounded in number, and not to be read from memory."""

import gc

from models.memory import Memory


def test_what_was_kept_is_recalled_and_counted() -> None:
    memory: Memory[int] = Memory()
    assert memory.recall("A shell fell.") is None
    memory.keep("A shell fell.", 7)
    assert (memory.recall("A shell fell."), memory.recall("A shell fell"), memory.recall("A shell fell. ")) == (
        7,
        None,
        None,
    )
    assert (memory.hits, memory.misses) == (1, 3)


def test_the_sentence_asked_for_least_lately_goes_first() -> None:
    memory: Memory[int] = Memory(size=2)
    for number, sentence in enumerate(("one", "two")):
        memory.keep(sentence, number)
    memory.recall("one")
    memory.keep("three", 2)
    assert len(memory) == 2
    assert [memory.recall(sentence) for sentence in ("one", "two", "three")] == [0, None, 2]


def test_a_memory_of_no_size_remembers_nothing() -> None:
    memory: Memory[int] = Memory(size=0)
    memory.keep("one", 1)
    assert memory.recall("one") is None


def test_no_word_of_a_sentence_is_held() -> None:
    """What was erased elsewhere is not here either; nor does a plain hash of it tell that it was read."""
    first, second = Memory[int](), Memory[int]()
    sentence = "".join(("Nobody else ", "says this."))
    for memory in (first, second):
        memory.keep(sentence, 1)
    assert sentence not in gc.get_referents(first._kept)
    assert all(isinstance(name, bytes) and len(name) == 16 for name in first._kept)
    assert first._kept.keys() != second._kept.keys()


def test_a_lone_surrogate_is_a_sentence_like_any_other() -> None:
    memory: Memory[int] = Memory()
    memory.keep("\ud800", 1)
    assert memory.recall("\ud800") == 1
