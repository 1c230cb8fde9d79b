"""The whole reading of one article, with sentence scores from a small function."""

import numpy as np
import pytest

from models.encoder import SentenceScores, WordSpan
from models.source_bias.classifier import ANY_TECHNIQUE, SURE_WORDS, THRESHOLD, classify
from models.source_bias.labels import LABELS, STRUCTURE, TECHNIQUES
from models.source_bias.outlets import OutletRegister, load_outlets
from models.text import PreparedArticle, prepare, split_sentences
from models.types import Article, Finding, Language, SourceBiasReport
from tests.fakes import BIAS_HEADS, FakeScorer, no_score
from tests.timing import cpu_seconds

OPENING = "PORTO, 3 Feb (Xinhua) -- The old bridge of the town will be repaired this spring, the council said.\n"


@pytest.fixture(scope="module")
def outlets() -> OutletRegister:
    return load_outlets()


def read(article: Article, outlets: OutletRegister, scorer: FakeScorer | None = None) -> SourceBiasReport:
    page = prepare(article)
    scorer = scorer or FakeScorer(BIAS_HEADS)
    return classify(page, scorer.score([sentence.text for sentence in page.sentences]), outlets)


def labelled(report: SourceBiasReport, label: str) -> Finding | None:
    return next((finding for finding in report.findings if finding.label == label), None)


def test_labels_are_those_of_the_contract() -> None:
    """Eight cues of structure and the 23 techniques, each with one sentence."""
    assert (len(STRUCTURE), len(TECHNIQUES), len(LABELS)) == (8, 23, 31)
    assert all(sentence.endswith(".") for sentence in LABELS.values())


def test_the_agency_of_the_dateline_is_the_outlet(outlets: OutletRegister) -> None:
    """Without url and source the outlet comes from the dateline, and the reason says who owns it and how we know."""
    report = read(Article(OPENING), outlets)
    state = labelled(report, "bias.state_media")

    assert report.source.dateline is not None
    assert report.source.outlet is not None
    assert (report.source.outlet.name, report.source.outlet.ownership) == ("Xinhua", "state")
    assert state is not None
    assert state.evidence[0].text == "PORTO, 3 Feb (Xinhua"
    assert "by the agency in the dateline" in state.evidence[0].reason
    assert "Owner in the outlet register" in state.evidence[0].reason


def test_the_url_comes_before_source_and_dateline(outlets: OutletRegister) -> None:
    """A text that another outlet republishes is that outlet's."""
    report = read(Article(OPENING, url="https://www.reuters.com/x", source="TASS"), outlets)

    assert report.source.outlet is not None
    assert report.source.outlet.name == "Reuters"
    assert labelled(report, "bias.state_media") is None


def test_an_outlet_named_by_the_request_alone_says_so(outlets: OutletRegister) -> None:
    """Where no word of the text names the outlet, the opening is shown and the reason admits it."""
    report = read(Article("The bridge will be repaired. Work starts soon.", source="TASS"), outlets)
    state = labelled(report, "bias.state_media")

    assert state is not None
    assert state.evidence[0].text == "The bridge will be repaired."
    assert "No word of the text says so" in state.evidence[0].reason


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("The bridge is closed. The town waits.\n© Reuters 2020", "Reuters"),
        ("The bridge is closed. The town waits.\nSource: TASS", "TASS"),
        ("Мост закрыт, город ждёт ремонта.\nИсточник: Интерфакс", "Interfax"),
        ("Мост закрыт, город ждёт ремонта. /ТАСС/", "TASS"),
        ("The bridge is closed, TASS reports. The town waits.", None),
    ],
)
def test_credits(outlets: OutletRegister, text: str, name: str | None) -> None:
    """A credit names the outlet; a citation of another outlet does not."""
    outlet = read(Article(text), outlets).source.outlet

    assert (outlet.name if outlet else None) == name


def test_techniques_have_the_sentence_as_evidence(outlets: OutletRegister) -> None:
    """Every sentence that reaches the threshold is shown; the finding has the highest score."""
    label = "bias.technique.name_calling"  # whose threshold is the network's own
    scores = {"A vile swamp.": 0.9, "A foul marsh.": THRESHOLD, "A wet field.": 0.49}
    scorer = FakeScorer(BIAS_HEADS, lambda head, sentence: scores[sentence] if head == label else 0.0)
    report = read(Article(" ".join(scores)), outlets, scorer)
    finding = labelled(report, label)

    assert finding is not None
    assert finding.score == pytest.approx(0.9)
    assert [evidence.text for evidence in finding.evidence] == ["A vile swamp.", "A foul marsh."]
    assert [f.label for f in report.findings] == [label]


def test_techniques_have_their_words_as_evidence_where_the_network_marks_them(outlets: OutletRegister) -> None:
    """The sure ones that are marked with its name or as some technique's, as one where they touch; else the whole
    sentence."""
    text = "This clown of a mayor will ruin us all. Only traitors would vote for him."
    page = prepare(Article(text))
    heads = ("bias.biased", "bias.technique.name_calling", "bias.technique.loaded_language")
    scores = SentenceScores(
        heads,
        np.array([[0.9, 0.9, 0.8], [0.9, 0.9, 0.1]], dtype=np.float32),
        words=(
            (
                WordSpan(0, 10, ANY_TECHNIQUE, SURE_WORDS),
                WordSpan(5, 10, "bias.technique.name_calling", 0.9),
                WordSpan(22, 38, ANY_TECHNIQUE, 0.7),
                WordSpan(27, 31, "bias.technique.appeal_to_fear", 0.9),
            ),
            (WordSpan(5, 13, ANY_TECHNIQUE, SURE_WORDS - 0.01),),
        ),
    )
    report = classify(page, scores, outlets)
    naming, loaded = (labelled(report, head) for head in heads[1:])
    assert naming is not None
    assert [e.text for e in naming.evidence] == ["This clown", "will ruin us all", "Only traitors would vote for him."]
    assert loaded is not None
    assert [e.text for e in loaded.evidence] == ["This clown", "will ruin us all"]


@pytest.mark.parametrize(
    ("heads", "score", "sentence"),
    [
        (("bias.biased",), 0.6, (0.9, None)),
        (("bias.subjective",), 0.0, (None, 0.9)),
        (("bias.technique.name_calling",), 0.4, None),
        ((), None, None),
    ],
)
def test_what_was_not_learned_is_null(
    heads: tuple[str, ...], score: float | None, sentence: tuple[float | None, float | None] | None,
    outlets: OutletRegister,
) -> None:  # fmt: skip
    """A head that does not speak gives null; the article has no score only where none speaks."""
    text = "The old swamp lies there. Then a field begins. Beyond it stands a forest."
    report = read(Article(text), outlets, FakeScorer(heads, lambda _head, _sentence: 0.9))

    assert report.status == "ok"
    assert report.score == (None if score is None else pytest.approx(score))
    assert len(report.sentences) == (3 if sentence else 0)
    for found in report.sentences:
        pair = (found.score, found.subjective)
        assert pair == tuple(None if value is None else pytest.approx(value) for value in sentence or ())


def test_residue_is_not_read_as_prose(outlets: OutletRegister) -> None:
    """A sentence that is residue has no score and raises no technique."""
    text = "The bridge is closed today.\nRead also: Why this shameful bridge must fall\nThe town waits for help."
    report = read(Article(text), outlets, FakeScorer(BIAS_HEADS, lambda _head, _sentence: 0.9))
    kept = [text[sentence.start : sentence.end] for sentence in report.sentences]
    shown = [evidence.text for finding in report.findings for evidence in finding.evidence]

    assert kept == ["The bridge is closed today.", "The town waits for help."]
    assert shown.count("Read also: Why this shameful bridge must fall") == 1  # as residue


def test_the_article_score_is_the_documented_function(outlets: OutletRegister) -> None:
    """CARD.md: 1 − (1 − 0.6·B)(1 − 0.4·T)(1 − 0.2·W)(1 − 0.2·A), here with B = 1/4, T = 0, W = 1/4, A = 1/4."""
    text = "A vile swamp lies there. It allegedly grew. Officials said so. The rest is field."
    scorer = FakeScorer(BIAS_HEADS, lambda head, s: float(head == "bias.biased" and "vile" in s))
    report = read(Article(text), outlets, scorer)

    assert report.score == pytest.approx(1 - (1 - 0.6 / 4) * (1 - 0.2 / 4) * (1 - 0.2 / 4))


def test_the_score_does_not_change_with_the_outlet(outlets: OutletRegister) -> None:
    """Who speaks is not how it is said."""
    text = "It allegedly grew. The rest is field."

    assert read(Article(text, source="TASS"), outlets).score == read(Article(text, source="Reuters"), outlets).score


def test_one_sentence_is_no_trend(outlets: OutletRegister) -> None:
    """A single biased sentence counts as one of three."""
    report = read(Article("A vile swamp."), outlets, FakeScorer(BIAS_HEADS, lambda h, _: float(h == "bias.biased")))

    assert report.score == pytest.approx(0.2)


def test_an_unread_language_has_structure_but_no_score(outlets: OutletRegister) -> None:
    page = prepare(
        Article("BERLIN, 3 Feb (dpa) - Die alte Brücke bleibt gesperrt, und die Stadt wartet.", language="de")
    )
    report = classify(page, None, outlets)

    assert (report.status, report.score, report.sentences) == ("unsupported_language", None, ())
    assert labelled(report, "bias.dateline") is not None


def test_missing_scores_of_a_read_language_are_a_failure(outlets: OutletRegister) -> None:
    report = classify(prepare(Article(OPENING, language="en")), None, outlets)

    assert (report.status, report.score) == ("failed", None)


def test_a_profile_without_bias_heads_has_no_score(outlets: OutletRegister) -> None:
    """What needs no learning is still found, and the score is null, never 0."""
    report = read(Article(OPENING + "It allegedly leaks."), outlets, FakeScorer(("violence.describes",)))

    assert (report.status, report.score, report.sentences) == ("ok", None, ())
    assert {f.label for f in report.findings} == {"bias.dateline", "bias.state_media", "bias.hedge"}


def test_a_profile_may_lack_techniques(outlets: OutletRegister) -> None:
    report = read(Article(OPENING), outlets, FakeScorer(("bias.biased", "bias.subjective"), no_score))

    assert report.status == "ok"


@pytest.mark.parametrize("sample", ["islamic_state_retreat.txt", "islamic_state_retreat.ru.txt"])
def test_the_sample_articles(root, sample: str, outlets: OutletRegister) -> None:  # type: ignore[no-untyped-def]
    """Both samples show every cue that rules find."""
    text = (root / "models" / "samples" / sample).read_text("utf-8")
    report = read(Article(text), outlets)

    assert report.source.outlet is not None
    assert report.source.outlet.ownership == "state"
    assert {finding.label for finding in report.findings} == {
        "bias.dateline", "bias.state_media", "bias.extraction_residue", "bias.hedge", "bias.anonymous_source",
        "bias.scare_quotes",
    }  # fmt: skip
    assert len(report.attributions) >= 5


def test_the_seed_article(seed_text: str, outlets: OutletRegister) -> None:
    """Its dateline, outlet, residue and hedge are those of its hand annotation."""
    report = read(Article(seed_text), outlets)
    line, outlet = report.source.dateline, report.source.outlet
    residue, hedge = labelled(report, "bias.extraction_residue"), labelled(report, "bias.hedge")

    assert line is not None
    assert (line.start, line.end, line.place, line.date, line.agency) == (94, 122, "Moscow", "12-11", "RIA Novosti")
    assert outlet is not None
    assert (outlet.name, outlet.ownership, outlet.country) == ("RIA Novosti", "state", "RU")
    assert residue is not None
    assert [(e.start, e.end) for e in residue.evidence] == [(1062, 1099), (2157, 2196)]
    assert hedge is not None
    assert [(e.start, e.end) for e in hedge.evidence] == [(1475, 1485)]


HOSTILE = [
    "", "a", " ", "\n", "\r\n", '"', "“a b c d”", "«", "said ", ", said", "X said. ", "“a b c d,” said X ",
    "(", "/", "MOSCOW, 11 Dec — ", "MOSCOW ", "M", "to download a video   ", "according to ", "по словам ", "якобы ",
    "e\u0301", "\u200b", "\u202e", "😀", "1", ". ", "Read also: x\n", "Share: VK, Telegram, ", "© 2020 ",
    ", сказал ", "), сообщил он. ",
    "שלום ", "İ", "source: ", '"a" ', "<b>", "officials said ", "“abc def ghi jkl. Foo, said X. ", "\u2028",
]  # fmt: skip


@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize("piece", HOSTILE, ids=ascii)
def test_hostile_text(piece: str, language: str, outlets: OutletRegister) -> None:
    """Any text gives spans that hold."""
    text = piece * (6_000 // max(1, len(piece)))
    page = PreparedArticle(Article(text), Language(language, 1.0, supported=True), split_sentences(text))
    scores = SentenceScores(("bias.biased", "bias.subjective"), np.ones((len(page.sentences), 2), dtype=np.float32))
    report = classify(page, scores, outlets)
    spans = [e for finding in report.findings for e in finding.evidence]
    spans += [s for a in report.attributions for s in (a.source, a.cue, a.content) if s]  # type: ignore[misc]

    assert all(span.start < span.end and text[span.start : span.end] == span.text for span in spans)
    assert report.score is None or 0 <= report.score <= 1


@pytest.mark.parametrize("piece", ["said ", "“a b c d,” said X ", '"a" ', "according to ", "source: "])
def test_time_grows_with_the_text_only(piece: str, outlets: OutletRegister) -> None:
    """Four times the text takes about four times as long, for the texts that cost most."""

    def seconds(length: int) -> float:
        text = piece * (length // len(piece))
        page = PreparedArticle(Article(text), Language("en", 1.0, supported=True), split_sentences(text))
        scores = SentenceScores(BIAS_HEADS, np.zeros((len(page.sentences), len(BIAS_HEADS)), dtype=np.float32))
        return cpu_seconds(lambda: classify(page, scores, outlets))

    short = min(seconds(10_000) for _ in range(3))

    assert seconds(40_000) < 10 * short + 0.2
