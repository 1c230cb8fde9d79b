"""The whole classifier: spans that hold, no text that breaks or slows it, dates, rules, and the first real article."""

import json
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.designations.classifier import MAX_MENTIONS, classify
from models.designations.labels import FOOTNOTE_KINDS, LABELS
from models.designations.register import Register
from models.text import PreparedArticle, prepare, split_sentences
from models.types import Article, DesignationsReport, Language, Rules

SEED = Path(__file__).parents[4] / "shared" / "seed"
TODAY = date(2026, 11, 23)
PIECES = [
    "ISIS", "ИГИЛ", "the is militants", "«Исламское государство»", "Islamic State", "(IS)", "IG", "Азов", "Meta",
    "Талибан", "(запрещена в РФ)", "(banned in Russia)", "запрещённой в России организации", "banned in Russia",
    "* Террористическая организация, запрещённая в России.", "*A terrorist organization banned in Russia.", "*", "**",
    "✱", "¹", "[1]", "1", "\n", "\n\n", "\r\n", " ", "  ", ".", ",", "”", "“", "(", ")", "\u200b", "\u00ad", "\u202e",
    "🙂", "e\u0301", "и\u0306", "<b>", "</p>", "&nbsp;", "'s", "–", "f***", "2*3", "- ", "признан иноагентом",
]  # fmt: skip


def read(text: str, register: Register, on: date | None = None, rules: Rules | None = None) -> DesignationsReport:
    page = PreparedArticle(Article(text, published_at=on), Language("en", 1.0, supported=True), split_sentences(text))
    return classify(page, register, rules or Rules(), today=TODAY)


def check_spans(text: str, report: DesignationsReport) -> None:
    spans = [*report.mentions, *report.footnotes, *(m.marker for m in report.mentions if m.marker)]
    spans += [evidence for finding in report.findings for evidence in finding.evidence]
    for span in spans:
        assert 0 <= span.start < span.end <= len(text)
        assert text[span.start : span.end] == span.text
    for mention in report.mentions:
        assert 0 < mention.score <= 1
        assert mention.reason
        assert mention.footnote is None or 0 <= mention.footnote < len(report.footnotes)
        assert mention.marked == (mention.marker is not None or mention.footnote is not None)
    for left, right in zip(report.mentions, report.mentions[1:], strict=False):
        assert left.end <= right.start
    for finding in report.findings:
        assert finding.label in LABELS
        assert finding.evidence
        assert all(evidence.reason for evidence in finding.evidence)
    assert {footnote.kind for footnote in report.footnotes} <= set(FOOTNOTE_KINDS)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(PIECES), max_size=25).map("".join))
def test_spans_hold_for_any_mix_of_names_marks_and_notes(register: Register, text: str) -> None:
    check_spans(text, read(text, register))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.one_of(st.text(max_size=12), st.sampled_from(PIECES)), max_size=15).map("".join))
def test_spans_hold_for_any_text(register: Register, text: str) -> None:
    check_spans(text, read(text, register))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(PIECES), max_size=20).map(" ".join))
def test_same_text_same_answer(register: Register, text: str) -> None:
    assert read(text, register) == read(text, register)


ADVERSARIAL: dict[str, Callable[[int], str]] = {
    "names": lambda n: "ISIS " * (n // 5),
    "marked names": lambda n: "ИГИЛ* " * (n // 6),
    "ambiguous names": lambda n: "IS ИГ «Сеть» " * (n // 13),
    "stars": lambda n: "*" * n,
    "spaced stars": lambda n: ". *a" * (n // 4),
    "open brackets": lambda n: "(" * n,
    "brackets with bans": lambda n: "(запрещена в РФ" * (n // 15),
    "bans": lambda n: "запрещена в России террористическая " * (n // 36),
    "phrases": lambda n: "banned in Russia terrorist group ISIS " * (n // 38),
    "notes": lambda n: "* banned in Russia\n" * (n // 19),
    "digits": lambda n: "1 2 3 " * (n // 6),
    "one long word": lambda n: "ы" * n,
    "invisible": lambda n: "ИГ\u200bИЛ,\u00ad" * (n // 8),
    "newlines": lambda n: "\n" * n,
    "quotes": lambda n: '"«' * (n // 2),
    "markup": lambda n: "<b <" * (n // 4),
    "entities": lambda n: "&nbsp" * (n // 5),
    "mixed alphabets": lambda n: "aа" * (n // 2),
    "labelled persons": lambda n: "«Имя» (признан иноагентом) Петров* " * (n // 36),
    "labels around names": lambda n: "the US designated it as a terrorist group, " * (n // 43),
    "heads without names": lambda n: "considered a terrorist organization by the US and " * (n // 50),
    "open quotes": lambda n: "«a " * (n // 3),
    "two alphabets in turn": lambda n: "aя " * (n // 3),
    "plural labels": lambda n: "ISIS and Daesh (both banned in Russia), " * (n // 40),
    "long names joined": lambda n: "Islamic State of Iraq and the Levant in " * (n // 40),
}


@pytest.mark.parametrize("name", sorted(ADVERSARIAL))
def test_time_grows_with_the_text_and_no_faster(name: str, register: Register) -> None:
    """Twice the text takes at most 2.6 times as long, up to 200,000 code points where names are not everywhere."""
    make = ADVERSARIAL[name]
    half = 25_000 if register.matcher.find(make(1_000)) else 100_000
    pages = [_page(make(size)) for size in (half, 2 * half)]
    for _ in range(3):
        single, double = (_seconds(page, register) for page in pages)
        if double <= 2.6 * single + 0.02:
            return
    pytest.fail(f"{single:.2f} s, then {double:.2f} s for twice the text")


def _page(text: str) -> PreparedArticle:
    return PreparedArticle(Article(text), Language("en", 1.0, supported=True), split_sentences(text))


def _seconds(page: PreparedArticle, register: Register) -> float:
    started = time.process_time()
    classify(page, register, Rules(), today=TODAY)
    return time.process_time() - started


@pytest.mark.parametrize(
    "text", [" ", "\n", "\u200b", "🙂", "*", "(", "«", "\r\n\r\n", "\u202e\u202d", "<>", "&;", "ё"]
)
def test_texts_of_nothing(register: Register, text: str) -> None:
    assert read(text, register) == DesignationsReport(status="ok")


def test_first_mention_only_when_the_house_style_says_so(register: Register) -> None:
    text = "ISIS left. ISIS came back. Al-Qaeda watched."
    every = read(text, register, rules=Rules(marking="every"))
    first = read(text, register, rules=Rules(marking="first"))
    assert [f.evidence[0].start for f in every.findings if f.label == "designation.unmarked_mention"] == [0, 11, 27]
    assert [f.evidence[0].start for f in first.findings if f.label == "designation.unmarked_mention"] == [0, 27]


def test_duty_follows_the_list_and_the_date(register: Register) -> None:
    """Terrorist list: practice before 28 June 2021, law since; extremist list: law since 2015."""
    duties = {
        (text, on): [f.duty for f in read(text, register, on).findings if f.label == "designation.unmarked_mention"]
        for text, on in (
            ("Бойцы ИГИЛ ушли.", date(2021, 6, 27)),
            ("Бойцы ИГИЛ ушли.", date(2021, 6, 28)),
            ("Партия «Правый сектор» на Украине.", date(2016, 1, 1)),
        )
    }
    assert list(duties.values()) == [["practice"], ["law"], ["law"]]


def test_only_asked_jurisdictions_are_shown_and_judged(register: Register) -> None:
    text = "Hezbollah and ISIS fought."
    us = read(text, register, rules=Rules(jurisdictions=("US",), label_duty=("US",)))
    assert {d.jurisdiction for m in us.mentions for d in m.designated_by} == {"US"}
    assert [f.jurisdiction for f in us.findings if f.label == "designation.unmarked_mention"] == ["US", "US"]
    ru = read(text, register, rules=Rules(jurisdictions=("RU",), label_duty=("RU",)))
    assert [m.organisation.id for m in ru.mentions] == ["islamic-state"]
    assert read(text, register, rules=Rules(jurisdictions=(), label_duty=())).mentions == ()


def test_listings_are_those_of_the_articles_date(register: Register) -> None:
    """HTS on the US list: not yet in 2017, listed in 2020, delisted in 2026."""
    rules = Rules(jurisdictions=("US",))
    by_date = {}
    for on in (date(2017, 1, 1), date(2020, 1, 1), date(2026, 1, 1)):
        mentions = read("Hayat Tahrir al-Sham", register, on, rules).mentions
        by_date[on.year] = [(d.since, d.until, d.status) for m in mentions for d in m.designated_by]
    assert by_date[2017] == []
    assert by_date[2020] == [("2018-06-01", "2025-07-08", "listed")]
    assert by_date[2026] == [("2018-06-01", "2025-07-08", "delisted")]


def test_every_finding_says_who_lists_it_since_when_and_where(register: Register) -> None:
    finding = next(f for f in read("ISIS left.", register).findings if f.label == "designation.unmarked_mention")
    reason = finding.evidence[0].reason
    for fact in ("RU", "Единый федеральный список", "2014-12-29", "law"):
        assert fact in reason


def test_an_old_copy_of_a_list_contradicts_nobody(register: Register) -> None:
    """The Russian list was copied on 16 September 2026: after its window, absence from it is no finding."""
    text = "Hamas* spoke.\n* A terrorist organization banned in Russia."
    on_day = [f.label for f in read(text, register, date(2026, 10, 1)).findings]
    after = [f.label for f in read(text, register, date(2026, 11, 23)).findings]
    assert on_day == ["designation.mention", "designation.wrong_footnote"]
    assert after == ["designation.mention"]


def test_names_are_still_reported_in_a_language_that_is_not_read(register: Register) -> None:
    article = Article("Kämpfer der ISIS* flohen aus der Stadt.", language="de", published_at=date(2020, 1, 1))
    report = classify(prepare(article), register, Rules())
    assert report.status == "unsupported_language"
    assert [m.text for m in report.mentions] == ["ISIS"]


@pytest.mark.skipif(not SEED.exists(), reason="the first real article is not published with the project")
@pytest.mark.parametrize("on", [None, date(2017, 7, 13), date(2017, 12, 11)])
def test_first_real_article_is_read_as_annotated(register: Register, on: date | None) -> None:
    """Six mentions, four marked at the right place, one footnote, two unmarked mentions; nothing else."""
    text = (SEED / "mosul.txt").read_text(encoding="utf-8")
    gold = json.loads((SEED / "mosul.gold.json").read_text(encoding="utf-8"))["designations"]
    report = classify(prepare(Article(text, published_at=on)), register, Rules())
    check_spans(text, report)
    assert {m.organisation.id for m in report.mentions} == {gold["organisation"]}
    found = [(m.start, m.end, m.marked, m.marker and (m.marker.start, m.marker.end)) for m in report.mentions]
    assert found == [
        (m["start"], m["end"], m["marked"], (m["marker"]["start"], m["marker"]["end"]) if m["marked"] else None)
        for m in gold["mentions"]
    ]
    assert [(f.start, f.end, f.kind, f.jurisdiction, f.marker) for f in report.footnotes] == [
        (f["start"], f["end"], f["kind"], f["jurisdiction"], "*") for f in gold["footnotes"]
    ]
    assert [m.footnote for m in report.mentions if m.marked] == [0, 0, 0, 0]
    labels = [f.label for f in report.findings]
    assert labels == ["designation.mention"] + ["designation.unmarked_mention"] * gold["unmarked_mentions"]


def test_a_text_of_nothing_but_names_has_a_report_that_can_be_read(register: Register) -> None:
    """What is left out is counted, and an unlabelled mention is never among it while a labelled one is shown."""
    text = "ISIS* fought. " * 700 + "ISIS fought. " * 20 + "\n*A terrorist organization banned in Russia."
    report = classify(_page(text), register, Rules(), today=TODAY)

    assert len(report.mentions) == MAX_MENTIONS
    assert report.omitted_mentions == 720 - MAX_MENTIONS
    assert sum(not mention.marked for mention in report.mentions) == 20
    assert [m.start for m in report.mentions] == sorted(m.start for m in report.mentions)
