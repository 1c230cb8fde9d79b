"""The violence classifier's rules, on made-up sentence scores."""

from datetime import date

import numpy as np
import pytest

from models.encoder import SentenceScores, WordSpan
from models.text import PreparedArticle, prepare
from models.types import Article, Language
from models.violence.classifier import article_score, classify

HEADS = (
    "violence.describes", "violence.graphic", "violence.inciting", "violence.severity", "violence.type.killing",
    "violence.type.armed_attack",
)  # fmt: skip


def page_of(*lines: str, language: str = "en") -> PreparedArticle:
    return prepare(Article("\n".join(lines), language=language, published_at=date(2026, 11, 1)))


def scores_of(*rows: dict[str, float], words: tuple[tuple[WordSpan, ...], ...] = ()) -> SentenceScores:
    values = np.zeros((len(rows), len(HEADS)), dtype=np.float32)
    for number, row in enumerate(rows):
        for name, value in row.items():
            values[number, HEADS.index(f"violence.{name}")] = value
    return SentenceScores(HEADS, values, words=words)


def test_an_unsupported_language_has_no_scores_at_all() -> None:
    page = PreparedArticle(Article("Die Stadt"), Language("de", 0.9, supported=False), ())
    report = classify(page, None)
    assert (report.status, report.score, report.graphic, report.inciting, report.severity) == (
        "unsupported_language", None, None, None, None,
    )  # fmt: skip


def test_missing_scores_are_a_failure_and_never_clean() -> None:
    report = classify(page_of("Two men were killed."), None)
    assert report.status == "failed"
    assert report.score is None


def test_evidence_is_the_phrase_with_a_reason_that_names_the_source() -> None:
    page = page_of("The day was calm.", "According to the monitors, they used people as human shields.")
    report = classify(page, scores_of({}, {"describes": 0.95, "severity": 0.2}))
    (finding,) = report.findings
    (evidence,) = finding.evidence
    assert finding.label == "violence.human_shields"
    assert finding.score == pytest.approx(0.95)
    assert evidence.text == "used people as human shields"
    assert page.text[evidence.start : evidence.end] == evidence.text
    assert evidence.reason == (
        "The sentence says that people were used as human shields; reported, "
        "attributed in the sentence (“According to the monitors”)."
    )
    assert report.types == {"human_shields": pytest.approx(0.95)}
    assert report.severity == 5


def test_words_without_the_learned_score_are_no_finding() -> None:
    """A trigger alone decides nothing."""
    report = classify(page_of("He murdered the song and bombed the interview."), scores_of({"describes": 0.3}))
    assert report.findings == ()
    assert report.severity == 0
    assert report.score == pytest.approx(0.3)


def test_a_sentence_of_figures_of_speech_is_half_believed() -> None:
    """The list of phrases that only look violent corrects a network that took them at their word."""
    page = page_of("They attacked the plan and tried to kill the bill.", "They attacked the plan and killed the clerk.")
    first, second = classify(page, scores_of({"describes": 0.9}, {"describes": 0.95})).sentences
    assert first.score == pytest.approx(0.45)
    assert second.score == pytest.approx(0.95)


def marked(sentence: str, **words: str) -> tuple[WordSpan, ...]:
    """Words of *sentence* as the network marks them, by label."""
    return tuple(
        WordSpan(sentence.index(found), sentence.index(found) + len(found), label, 0.8)
        for label, found in words.items()
    )


def test_words_that_the_network_marks_are_evidence_and_its_parts_stand_in_the_reason() -> None:
    text = "Four strangers took the shopkeeper from his door with a gun."
    words = marked(text, abduction="took", victim="the shopkeeper", agent="Four strangers", weapon="a gun")
    report = classify(page_of(text), scores_of({"describes": 0.9}, words=(words,)))
    (finding,) = report.findings
    assert (finding.label, finding.score, finding.severity) == ("violence.abduction", pytest.approx(0.8), 4)
    assert [evidence.text for evidence in finding.evidence] == ["took"]
    assert finding.evidence[0].reason == (
        "The sentence says that people were abducted or held "
        "(to whom: the shopkeeper; by whom: Four strangers; with what: a gun); reported."
    )


def test_a_phrase_of_our_list_comes_before_the_same_words_marked() -> None:
    text = "Gunmen killed two men."
    report = classify(page_of(text), scores_of({"describes": 0.9}, words=(marked(text, killing="killed"),)))
    (finding,) = [f for f in report.findings if f.label == "violence.killing"]
    assert [evidence.text for evidence in finding.evidence] == ["killed"]


def test_marked_words_within_a_harmless_phrase_are_no_evidence() -> None:
    text = "He had a heart attack, and two guards beat him."
    words = marked(text, armed_attack="attack", assault="beat")
    report = classify(page_of(text), scores_of({"describes": 0.9}, words=(words,)))
    assert {f.label for f in report.findings} == {"violence.assault"}


def test_incitement_is_shown_by_its_words_where_they_are_marked() -> None:
    text = "Traitors like that belong on a rope, every last one."
    words = marked(text, threat="belong on a rope")
    report = classify(page_of(text), scores_of({"inciting": 0.95}, words=(words,)))
    threat, inciting = report.findings
    assert (threat.label, inciting.label) == ("violence.threat", "violence.inciting")
    for finding in report.findings:
        assert [evidence.text for evidence in finding.evidence] == ["belong on a rope"]
    unmarked = classify(page_of(text), scores_of({"inciting": 0.95}))
    assert [finding.evidence[0].text for finding in unmarked.findings] == [text, text]


def test_a_call_that_tells_of_no_event_is_a_threat_of_severity_two_and_describes_nothing() -> None:
    report = classify(page_of("Hang them all."), scores_of({"inciting": 0.95, "describes": 0.2}))
    assert (report.severity, set(report.types)) == (2, {"threat"})
    assert report.score == pytest.approx(0.2)


def test_a_type_that_only_the_head_names_has_the_sentence_as_evidence() -> None:
    page = page_of("He did not survive the night in the cell.")
    report = classify(page, scores_of({"describes": 0.95, "type.killing": 0.7}))
    (finding,) = report.findings
    assert (finding.label, finding.evidence[0].text) == ("violence.killing", page.text)
    assert finding.score == pytest.approx(0.7)


def test_graphic_and_inciting_stand_apart_from_described() -> None:
    report = classify(page_of("Glory to them all."), scores_of({"inciting": 0.95}))
    assert [finding.label for finding in report.findings] == ["violence.threat", "violence.inciting"]
    assert (report.score, report.graphic) == (0.0, 0.0)
    assert report.inciting == pytest.approx(0.95)
    assert set(report.types) == {"threat"}


@pytest.mark.parametrize(
    ("sentences", "expected"),
    [
        ([], 0.0),
        ([0.6], 0.6),
        ([0.6, 0.0, 0.0], 0.6),
        ([0.0, 0.8, 0.1], 0.8),
        ([0.0, 0.8, 0.4, 0.0], 0.6),
        ([0.9, 0.0, 0.0, 0.0], 0.9),
        ([0.89, 0.0, 0.0, 0.0], 0.445),
    ],
)
def test_the_article_score_is_the_highest_of_few_or_the_mean_of_two(sentences: list[float], expected: float) -> None:
    assert article_score(sentences) == pytest.approx(expected)


def test_one_doubtful_sentence_makes_no_violent_article() -> None:
    page = page_of(
        "Two men were shot.", "The council met.", "Rain is expected.", "Roads are dry.", "It is May.", "He left."
    )
    report = classify(page, scores_of({"describes": 0.6}, {}, {}, {}, {}, {}))
    assert report.score < 0.5
    assert report.findings == ()
    assert report.sentences[0].score == pytest.approx(0.6)


def test_what_the_weights_did_not_learn_is_null_and_not_zero() -> None:
    bare = SentenceScores(("violence.describes",), np.array([[0.95]], dtype=np.float32))
    report = classify(page_of("Gunmen opened fire on a bus."), bare)
    assert (report.inciting, report.graphic) == (None, None)
    assert [(s.graphic, s.inciting) for s in report.sentences] == [(None, None)]
    assert [finding.label for finding in report.findings] == ["violence.armed_attack"]


def test_weights_that_did_not_learn_violence_raise() -> None:
    """A missing head is never read as "no violence"."""
    bare = SentenceScores(("violence.graphic",), np.array([[0.95]], dtype=np.float32))
    with pytest.raises(KeyError, match=r"violence\.describes"):
        classify(page_of("Gunmen opened fire on a bus."), bare)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \r\n \u2028",
        "\u200b\u200b",
        "👩‍👩‍👧 killed 👍🏽\r\nkilled",
        "<script>killed</script>",
        "\u202ekilled\u202c by",
        "e\u0301 killed " * 300,
    ],
)
def test_spans_hold_on_hostile_text(text: str) -> None:
    page = prepare(Article(text, language="en"))
    report = classify(page, scores_of(*({"describes": 0.95, "graphic": 0.9} for _ in page.sentences)))
    assert report.status == "ok"
    for finding in report.findings:
        for evidence in finding.evidence:
            assert text[evidence.start : evidence.end] == evidence.text
    for sentence in report.sentences:
        assert 0 <= sentence.start < sentence.end <= len(text)
