"""What many threads ask for at the same time is done in one go."""

import threading
from collections.abc import Callable, Sequence

import pytest

from store import together
from store.together import Together


class Slow:
    """Squares numbers; each lot waits until it is let go."""

    def __init__(self) -> None:
        self.lots: list[list[int]] = []
        self.began = threading.Semaphore(0)
        self.may_go = threading.Semaphore(0)

    def __call__(self, numbers: Sequence[int]) -> list[int]:
        self.lots.append(list(numbers))
        self.began.release()
        assert self.may_go.acquire(timeout=10)
        if -1 in numbers:
            raise ValueError("one of them is wrong")
        return [number**2 for number in numbers]


def ask(square: Callable[[int], int], number: int, answers: dict[int, object]) -> threading.Thread:
    def run() -> None:
        try:
            answers[number] = square(number)
        except ValueError as error:
            answers[number] = error

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def ask_behind_another(slow: Slow, numbers: Sequence[int]) -> dict[int, object]:
    """Each in a thread of its own, all waiting while the lot of 0 is under way."""
    square, answers = Together(slow), dict[int, object]()
    threads = [ask(square, 0, answers)]
    assert slow.began.acquire(timeout=10)
    for waiting, number in enumerate(numbers, start=1):
        threads.append(ask(square, number, answers))
        while len(square._waiting) < waiting:
            threads[-1].join(0.001)
    slow.may_go.release(len(numbers) + 1)
    for thread in threads:
        thread.join(10)
    return answers


def test_who_comes_alone_begins_at_once() -> None:
    slow = Slow()
    slow.may_go.release(2)
    square = Together(slow)
    assert [square(3), square(4)] == [9, 16]
    assert slow.lots == [[3], [4]]


def test_who_comes_meanwhile_goes_together_and_each_gets_its_own_answer() -> None:
    slow = Slow()
    answers = ask_behind_another(slow, [1, 2, 3, 4])
    assert slow.lots == [[0], [1, 2, 3, 4]]
    assert answers == {0: 0, 1: 1, 2: 4, 3: 9, 4: 16}


def test_a_lot_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(together, "_MOST", 2)
    slow = Slow()
    assert ask_behind_another(slow, [1, 2, 3]) == {0: 0, 1: 1, 2: 4, 3: 9}
    assert slow.lots == [[0], [1, 2], [3]]


def test_what_is_raised_meets_all_of_the_lot_and_nobody_else() -> None:
    slow = Slow()
    square = Together(slow)
    answers = ask_behind_another(slow, [1, -1])
    assert answers[0] == 0
    assert isinstance(answers[1], ValueError)
    assert answers[1] is answers[-1]
    slow.may_go.release()
    assert square(5) == 25
