"""A text made to be slow costs no more than a few times what plain text of its size does."""

import random
from dataclasses import replace

import pytest

from models.encoder import Encoder
from models.loading import load_reader
from models.memory import Memory
from models.reader import Reader
from models.types import Article, Rules
from tests.timing import cpu_seconds

SIZE = 200_000
MOST = 3.0  # times plain text
HOSTILE = {
    "one word": "a" * SIZE,
    "one word of many letters": "".join(random.Random(1).choices("abcdefghijklmnopqrstuvwxyz", k=SIZE)),
    "newlines": "\n" * SIZE,
    "a letter a line": "x\n" * (SIZE // 2),
    "combining marks": "e" + "\u0301" * (SIZE - 1),
    "marked letters": "e\u0301" * (SIZE // 2),
    "full stops": "." * SIZE,
    "opening quotes": "“" * SIZE,
}


@pytest.fixture(scope="module")
def reader() -> Reader:
    """It remembers nothing."""
    reader = load_reader(rules=Rules())
    assert isinstance(reader.encoder, Encoder)
    return replace(reader, encoder=replace(reader.encoder, memory=Memory(size=0)))


@pytest.fixture(scope="module")
def plain_seconds(reader: Reader) -> float:
    """Of sentences no two of which are the same."""
    sentences = (
        f"On day {number} the council of the town met about the bridge over the river." for number in range(SIZE)
    )
    text = ""
    while len(text) < SIZE:
        text += f"{next(sentences)} {next(sentences)}\n\n"
    return cpu_seconds(lambda: reader.read([Article(text=text[:SIZE], language="en")]))


@pytest.mark.weights
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_costs_little_more_than_plain(reader: Reader, plain_seconds: float, name: str) -> None:
    article = Article(text=HOSTILE[name], language="en")
    reports = []
    assert cpu_seconds(lambda: reports.extend(reader.read([article]))) <= MOST * plain_seconds
    assert {reports[0].violence.status, reports[0].designations.status, reports[0].source_bias.status} == {"ok"}
