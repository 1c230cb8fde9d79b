"""The labelled text: what is missing and nothing else, and labelled twice is labelled once."""

import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models import text as texts
from models.designations.classifier import classify
from models.designations.label_wording import _PLACES, footnote_wording
from models.designations.labelling import LabelledText, LabelRequest, label_text
from models.designations.register import Register, load_register
from models.designations.wording import is_label, jurisdiction_of
from models.types import Article, DesignationsReport, Language, Report, Rules, SourceBiasReport, ViolenceReport
from models.wire import report_to_dict

CASES = yaml.safe_load((Path(__file__).parent / "labelled.yaml").read_text("utf-8"))
DAY = date(2024, 5, 1)
RULES = Rules(jurisdictions=("RU", "UN", "US", "EU", "GB", "CA", "AU", "IN", "KZ"))


@cache
def loaded() -> Register:
    """Not the fixture: a failing example would be printed with the whole register."""
    return load_register()


def read(register: Register, text: str, request: LabelRequest) -> DesignationsReport:
    article = Article(text=text, language=request.language, published_at=request.on)
    return classify(texts.prepare(article), register, replace(RULES, marking=request.marking))


def designations_to_dict(found: DesignationsReport) -> dict[str, Any]:
    """The section of a stored report."""
    whole = Report(Language("ru", 1.0, True), "", {}, ViolenceReport("ok"), found, SourceBiasReport("ok"))
    section: dict[str, Any] = report_to_dict(whole)["designations"]
    return section


def label(register: Register, text: str, request: LabelRequest) -> LabelledText:
    return label_text(text, designations_to_dict(read(register, text, request)), request)


def request_of(case: dict[str, Any]) -> LabelRequest:
    return LabelRequest(
        case.get("jurisdiction", "RU"), case.get("day", DAY), case.get("language", "ru"), case.get("marking", "every")
    )


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_what_is_missing_is_put_in(register: Register, case: dict[str, Any]) -> None:
    assert label(register, case["text"], request_of(case)).text == case["labelled"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_labelled_twice_is_labelled_once(register: Register, case: dict[str, Any]) -> None:
    assert label(register, case["labelled"], request_of(case)).text == case["labelled"]


# No name that is read by the words around it (Azov, the sea): a label's own words are such words.
NAMES = {
    "ru": [
        "ИГИЛ",
        "«Исламское государство»",
        "«Аль-Каиды»",
        "ИГ",
        "«Правый сектор»",
        "«Мужское государство»",
        "ХАМАС",
        "Талибан",
    ],
    "en": ["ISIS", "“Islamic State”", "Al-Qaeda’s", "IS", "Right Sector", "Hamas", "the Taliban", "ISIS-linked"],
}
PIECES = {
    "ru": [
        " сообщает о боях. ", " и ", ", ", "боевики ", "\n\n", "*", "**", " *", " **", "* ", "✱", "¹", "[1]",
        " (запрещена в РФ)", " (иноагент)", "\r\n", " *важно* ", "5 * 4", "🙂", "\u200b", "<b>", "&laquo;",
        "\n\n** Иностранный агент",
        "\n\n* Террористическая организация, запрещённая в РФ\n",
        "\n* Организация признана экстремистской и запрещена в России.",
    ],
    "en": [
        " reports fighting. ", " and ", ", ", "fighters of ", "\n\n", "*", "**", " *", " **", "* ", "✱", "¹", "[1]",
        "’s", " (banned in Russia)", "\r\n", " *note* ", "5 * 4", "🙂", "\u202e", "<b>", "&quot;",
        "\n\n*A terrorist organisation banned in Russia.", "\n\n** Banned in Kazakhstan.",
    ],
}  # fmt: skip


def join(parts: Sequence[str], names: Sequence[str]) -> str:
    """Names begin words: after a space, a line break or what opens an emphasis."""
    text = ""
    for part in parts:
        is_glued = part in names and not text.endswith((" ", "\n", " *", " **", "<b>", "&laquo;", "&quot;", "\u200b"))
        text += f" {part}" if is_glued else part
    return text


@st.composite
def articles(draw: st.DrawFn) -> tuple[str, LabelRequest]:
    language = draw(st.sampled_from(["ru", "en"]))
    parts = draw(st.lists(st.sampled_from(NAMES[language] + PIECES[language]), min_size=1, max_size=14))
    jurisdiction = draw(st.sampled_from(["RU", "US", "UN", "EU", "GB"]))
    return join(parts, NAMES[language]), LabelRequest(
        jurisdiction, DAY, language, draw(st.sampled_from(["every", "first"]))
    )


@given(articles())
@settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_nothing_else_is_touched(drawn: tuple[str, LabelRequest]) -> None:
    """Without what was put in it is the text as sent, code point for code point."""
    text, request = drawn
    labelled = label(loaded(), text, request)

    assert "".join(piece for piece, insertion in labelled.pieces() if insertion is None) == text
    assert labelled.text == "".join(piece for piece, _ in labelled.pieces())


@given(articles())
@settings(max_examples=200, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_whatever_the_text_twice_is_once(drawn: tuple[str, LabelRequest]) -> None:
    """The classifier reads the labelled text anew, and nothing is found missing in it."""
    text, request = drawn
    once = label(loaded(), text, request).text

    assert label(loaded(), once, request).text == once


@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize("jurisdiction", [*_PLACES, "UN"])
@pytest.mark.parametrize("kind", ["terrorist", "extremist", "banned", "sanctions"])
def test_our_own_wording_is_read_as_what_it_says(kind: str, jurisdiction: str, language: str) -> None:
    """The reader of footnotes finds the jurisdiction in every wording that we write."""
    flat = footnote_wording(kind, jurisdiction, language).lower().replace("ё", "е")

    assert is_label(flat)
    assert jurisdiction_of(flat) == jurisdiction


@pytest.mark.parametrize("unit", ["ISIS ", "ISIS* ", "ISIS (banned in Kazakhstan). ", "*ISIS* **", "ИГИЛ\n\n"])
def test_time_is_linear(register: Register, unit: str) -> None:
    text = (unit * (40_000 // len(unit)))[:40_000]
    request = LabelRequest("RU", DAY)
    report = designations_to_dict(read(register, text, request))
    started = time.monotonic()
    label_text(text, report, request)

    assert time.monotonic() - started < 5


def test_a_mention_the_classifier_calls_unmarked_is_labelled(register: Register) -> None:
    """After labelling, no `designation.unmarked_mention` and no orphan marker is left for that jurisdiction."""
    text = "Боевики ИГИЛ* вошли в город. «Исламское государство» молчит. ИГ отступило. «Правый сектор» ушёл."
    request = LabelRequest("RU", DAY, "ru")
    report = read(register, label(register, text, request).text, request)

    assert {finding.label for finding in report.findings} == {"designation.mention"}


def test_an_empty_report_changes_nothing() -> None:
    report = designations_to_dict(DesignationsReport(status="ok"))

    assert label_text("Council met.", report, LabelRequest("RU", DAY)).text == "Council met."
    assert label_text("", report, LabelRequest("RU", DAY)).insertions == ()


def test_it_needs_neither_automaton_nor_network() -> None:
    """The web process labels: importing this loads no register's automaton, no dictionary and no ONNX runtime."""
    code = "import sys, models.designations.labelling; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()

    assert not {"models.designations.matcher", "pymorphy3", "onnxruntime", "tokenizers", "numpy"} & set(loaded)
