"""Processes that read beside this one, so that all cores have work: each is ``python -m models --jsonl
--line-buffered -``, which is handed a line and hands one back. Lines go by pipes, as JSON."""

import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from queue import SimpleQueue
from typing import IO, cast

import orjson

from models.intake import ArticleReader, Item
from models.lines import Answer, to_line

_AHEAD = 2  # lines a process that are read ahead of the one that is answered next

Seat = Callable[[Item], bytes]


class CrewError(Exception):
    """A reading process has ended."""


@dataclass(frozen=True, slots=True)
class Crew:
    """*count* processes in all; *arguments* are options of the command line that the others are given too."""

    count: int
    arguments: Sequence[str]

    def answer(self, items: Iterable[Item], reader: ArticleReader) -> Iterator[Answer]:
        """Answers in the order of the items. CrewError where a process ends too early."""
        others = [_Process(self.arguments) for _ in range(self.count - 1)]
        seats: SimpleQueue[Seat] = SimpleQueue()
        seats.put(partial(_answer, reader=reader))
        for process in others:
            seats.put(process)

        def work(item: Item) -> Answer:
            seat = seats.get()
            try:
                return item, seat(item)
            finally:
                seats.put(seat)

        pool = ThreadPoolExecutor(self.count)
        waiting: deque[Future[Answer]] = deque()
        try:
            for item in items:
                waiting.append(pool.submit(work, item))
                if len(waiting) > _AHEAD * self.count:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()
            for process in others:
                process.end()
            pool.shutdown()


def _answer(item: Item, reader: ArticleReader) -> bytes:
    return to_line(item, reader.read([item.article])[0] if item.article else None)


class _Process:
    """Another reading process; called with an item, it answers with a line."""

    def __init__(self, arguments: Sequence[str]) -> None:
        command = [sys.executable, "-m", "models", *arguments, "--jsonl", "--line-buffered", "-"]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # noqa: S603 - ourselves
        self.pipes = cast("tuple[IO[bytes], IO[bytes]]", (self.process.stdin, self.process.stdout))

    def __call__(self, item: Item) -> bytes:
        if item.article is None:
            return to_line(item, None)
        questions, answers = self.pipes
        article = item.article
        fields = {
            "id": item.name,
            "text": article.text,
            "title": article.title,
            "url": article.url,
            "source": article.source,
            "language": article.language,
            "published_at": article.published_at.isoformat() if article.published_at else None,
        }
        try:
            questions.write(orjson.dumps(fields) + b"\n")
            questions.flush()
            line = answers.readline()
        except (BrokenPipeError, ValueError):
            line = b""
        if not line.endswith(b"\n"):
            raise CrewError(f"a reading process ended with status {self.process.wait()}")
        return line

    def end(self) -> None:
        """Ends it at once: what it still reads, nobody waits for."""
        self.process.kill()
        self.process.wait()
        for pipe in self.pipes:
            with suppress(BrokenPipeError):
                pipe.close()
