"""What of a text is read as prose: the table beside this file, and what comes of code, tables and lists in a report."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from models.source_bias.classifier import classify
from models.source_bias.outlets import OutletRegister, load_outlets
from models.source_bias.prose import prose_sentences
from models.source_bias.residue import find_residue
from models.text import prepare, split_sentences
from models.types import Article, SourceBiasReport
from tests.fakes import BIAS_HEADS, FakeScorer
from tests.timing import cpu_seconds

CASES: list[dict[str, Any]] = yaml.safe_load(Path(__file__).with_name("prose.yaml").read_text("utf-8"))
LONGEST = 200_000  # code points, the most the service takes

NO_PROSE = {
    "code": "def vile(so_called):\n    allegedly = 'so-called \"reform\"'\n    return allegedly, so_called\n",
    "table": 'allegedly\t"reform"\tso-called\t12.5\nякобы\t«суда»\tтак называемый\t7\n',
    "numbers": "12.5 13.1 -- 14.0 15.9 16.2\n",
    "list": "1. “fast”\n2. allegedly vile\n3. “reform”\n",
    "words": "Ohio\nIowa\nNew Mexico\n",
    "bars": "| allegedly | “reform” | so-called |\n",
    "marks": "***\n",
}


@pytest.fixture(scope="module")
def outlets() -> OutletRegister:
    return load_outlets()


@pytest.mark.parametrize("case", CASES, ids=[case["text"][:40] for case in CASES])
def test_prose(case: dict[str, Any]) -> None:
    """The sentences of the table are kept, with their rows; a poem keeps its sentences but tells of no sources."""
    text, sentences = case["text"], split_sentences(case["text"])
    prose = prose_sentences(text, sentences, find_residue(text))

    assert " ".join(s.text for s in prose.sentences) == " ".join(case["prose"])
    assert [sentences[row] for row in prose.rows] == list(prose.sentences)
    assert " ".join(s.text for s in prose.told) == " ".join(case.get("told", case["prose"]))
    assert all(text[s.start : s.end] == s.text for s in prose.excluded)


@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize("kind", NO_PROSE)
def test_what_is_no_prose_raises_nothing(kind: str, language: str, outlets: OutletRegister) -> None:
    """Code, tables and bare lists have no sentences, no cue of wording, no technique, no attribution and score 0."""
    report = _read(NO_PROSE[kind] * 3, language, outlets)

    assert report.status == "ok"
    assert report.sentences == ()
    assert report.attributions == ()
    assert {f.label for f in report.findings} <= {"bias.extraction_residue"}
    assert report.score == 0


def test_a_cue_beside_code_is_found(outlets: OutletRegister) -> None:
    """Prose before and after a listing is read as ever."""
    text = "The dam allegedly held.\n" + NO_PROSE["code"] + "\nIt was allegedly mended."
    (hedge,) = [f for f in _read(text, "en", outlets).findings if f.label == "bias.hedge"]

    assert [text[e.start - 4 : e.start] for e in hedge.evidence] == ["dam ", "was "]


@pytest.mark.parametrize("word", ["Dam", "Мост", "“reform”", "42", "?", "🙂"])
@pytest.mark.parametrize("language", ["en", "ru"])
def test_one_word_is_no_article(word: str, language: str, outlets: OutletRegister) -> None:
    report = _read(word, language, outlets)

    assert report.status == "ok"
    assert report.attributions == ()


@pytest.mark.parametrize(
    "piece",
    [
        *NO_PROSE.values(),
        "The dam held. ",
        "слово ",
        "\n",
        "The river rose,\n",
        "a, b, c\n",
        "```\n",
        "  x = (\n",
        "Ad\n",
    ],
    ids=lambda piece: repr(piece[:12]),
)
def test_time_grows_with_the_text_only(piece: str) -> None:
    """200,000 code points take no more than eight times what 50,000 take, and a few seconds at most."""

    def seconds(size: int) -> float:
        text = (piece * size)[:size]
        sentences = split_sentences(text)
        return _least(lambda: prose_sentences(text, sentences, find_residue(text)))

    short, long = seconds(LONGEST // 4), seconds(LONGEST)

    assert long < max(8 * short, 0.2)
    assert long < 5


def _read(text: str, language: str, outlets: OutletRegister) -> SourceBiasReport:
    page = prepare(Article(text, language=language))
    scorer = FakeScorer(BIAS_HEADS, lambda *_: 0.9)
    return classify(page, scorer.score([sentence.text for sentence in page.sentences]), outlets)


def _least(work: Callable[[], object]) -> float:
    return min(cpu_seconds(work) for _ in range(3))
